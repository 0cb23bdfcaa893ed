//! Bodies are read whole, up to a length and for a time: a sender that never ends holds nothing.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};

/// How long a body may take to arrive; gateways send it whole, and the largest takes a second on a slow line.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is longer than it may be; a broken connection can't be told apart here, but nobody hears its answer.
    TooLong,
    /// It did not arrive in time.
    TooSlow,
}

/// Reads a body of at most `max` bytes.
pub(super) async fn read(body: Body, max: usize) -> Result<Bytes, Unread> {
    match tokio::time::timeout(ARRIVES_WITHIN, to_bytes(body, max)).await {
        Ok(read) => read.map_err(|_| Unread::TooLong),
        Err(_) => Err(Unread::TooSlow),
    }
}
