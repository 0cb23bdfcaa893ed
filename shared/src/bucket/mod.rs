//! The operator's bucket in S3, where recordings are kept that the PBX deletes early. An object is named by connection
//! and record, so that a repeat overwrites itself and nothing in it tells of a person.

mod client;
mod error;

use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use reqwest::{Body, Method, StatusCode};
use url::Url;

pub use self::client::base;
use self::client::{Client, answer};
pub use self::error::BucketError;
use crate::aws::Access;
use crate::clock::Timestamp;
use crate::http_client::{self, ClientError, CrmClient, Targets, Timeouts};
use crate::model::call::RecordId;
use crate::model::ids::ConnectionId;

/// The largest recording that is kept: some hours of talk.
pub const LARGEST: u64 = 64 * 1024 * 1024;
/// How long somebody may begin to listen by an address of the bucket.
pub const VALID: Duration = Duration::from_mins(5);
/// How long one copy may take, and less than a claim's lease, which is what a run has left at its end.
const COPY: Timeouts = Timeouts { connect: Duration::from_secs(3), total: Duration::from_secs(12) };

/// Keeps recordings.
#[derive(Clone, Debug)]
pub struct Bucket {
    client: Client,
    /// For the hosts that the operator named.
    named: reqwest::Client,
    /// For what the PBX says of elsewhere.
    elsewhere: CrmClient,
}

/// What became of a recording that was to be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// It is in the bucket.
    Kept,
    /// The PBX's storage does not have it, or not yet.
    Gone,
    /// Its length is unknown or more than [`LARGEST`].
    TooLarge,
}

/// Where a recording is copied from.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// The PBX itself, which the operator named.
    Pbx(&'a Url),
    /// Another host, checked like any that we are told of.
    Elsewhere(&'a Url),
}

impl Bucket {
    /// The bucket whose address is [`base`].
    pub fn new(base: Url, access: Access, targets: Targets) -> Result<Self, ClientError> {
        let named = http_client::for_recordings(COPY)?;
        let client = Client::new(http_client::for_aws(COPY, &access.roots)?, base, access);
        Ok(Self { client, named, elsewhere: http_client::for_crm(COPY, targets)? })
    }

    /// Whether a record's recording is kept.
    pub async fn holds(
        &self,
        connection: ConnectionId,
        record: RecordId,
        now: Timestamp,
    ) -> Result<bool, BucketError> {
        let request = self.client.head_object().of(connection, record, now);
        match answer(request).await {
            Ok(()) => Ok(true),
            Err(BucketError::Status { status: 404 }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Where a browser may read it for [`VALID`].
    pub fn address(&self, connection: ConnectionId, record: RecordId, now: Timestamp) -> Url {
        self.client.get_object().presigned(connection, record, VALID, now)
    }

    /// Removes it; nothing there is as good.
    pub async fn remove(
        &self,
        connection: ConnectionId,
        record: RecordId,
        now: Timestamp,
    ) -> Result<(), BucketError> {
        let request = self.client.delete_object().of(connection, record, now);
        match answer(request).await {
            Ok(()) | Err(BucketError::Status { status: 404 }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Copies it, as it comes: what is in memory is a piece of it.
    pub async fn copy(
        &self,
        connection: ConnectionId,
        record: RecordId,
        from: Source<'_>,
        now: Timestamp,
    ) -> Result<Copied, BucketError> {
        let asked = match from {
            Source::Pbx(url) => self.named.get(url.clone()),
            Source::Elsewhere(url) => {
                self.elsewhere.request(Method::GET, url).map_err(|_| BucketError::Address)?
            }
        };
        let found = asked.send().await.map_err(|error| BucketError::Source(error.without_url()))?;
        match found.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(Copied::Gone),
            status => return Err(BucketError::SourceStatus { status: status.as_u16() }),
        }
        let Some(length) = found.content_length().filter(|length| *length <= LARGEST) else {
            return Ok(Copied::TooLarge);
        };
        let kind = found.headers().get(CONTENT_TYPE).filter(|kind| is_audio(kind)).cloned();
        let request = self.client.put_object().of(connection, record, now);
        let request = request
            .timeout(COPY.total)
            .header(CONTENT_TYPE, kind.unwrap_or(HeaderValue::from_static("application/octet-stream")))
            .header(CONTENT_LENGTH, length)
            .body(Body::from(found));
        answer(request).await?;
        Ok(Copied::Kept)
    }
}

/// Anything else would be shown by a browser as what it claims to be.
fn is_audio(kind: &HeaderValue) -> bool {
    kind.as_bytes().starts_with(b"audio/")
}
