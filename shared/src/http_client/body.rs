//! Answers are read up to a bound, so that an endless one costs neither memory nor the whole invocation.

use bytes::{Bytes, BytesMut};
use reqwest::Response;

/// An answer's body could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// Over the bound.
    #[error("the answer is longer than {max_bytes} bytes")]
    TooLong {
        /// The bound.
        max_bytes: usize,
    },
    /// Broken off, too slow, or not decodable.
    #[error("the answer broke off")]
    Broken(#[source] reqwest::Error),
}

/// Reads a body whole, counting what it is after decompression.
pub async fn read_bounded(mut response: Response, max_bytes: usize) -> Result<Bytes, BodyError> {
    let too_long = |len: u64| len > max_bytes as u64;
    if response.content_length().is_some_and(too_long) {
        return Err(BodyError::TooLong { max_bytes });
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| BodyError::Broken(error.without_url()))? {
        if too_long((body.len() + chunk.len()) as u64) {
            return Err(BodyError::TooLong { max_bytes });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
