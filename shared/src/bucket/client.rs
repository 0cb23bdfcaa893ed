//! A bucket's requests, named like the SDK's; the SDK for S3 itself would be megabytes in each binary.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use url::Url;

use super::error::BucketError;
use super::sign;
use crate::clock::Timestamp;
use crate::model::call::RecordId;
use crate::model::ids::ConnectionId;
use crate::model::secret::Secret;

/// What asks and removes takes no longer: a person may wait.
const SHORT: Duration = Duration::from_secs(5);

/// Where S3 is, and who asks.
#[derive(Clone, Debug)]
pub struct Access {
    /// The region, such as `eu-west-1`.
    pub region: String,
    /// The keys.
    pub keys: Keys,
    /// Where S3 is, if it is not AWS's own.
    pub endpoint: Option<Url>,
}

/// Keys as Lambda gives them to a process; they live as long as it does.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The key's id.
    pub id: String,
    /// The key.
    pub secret: Secret,
    /// The token of a role's session.
    pub session: Option<Secret>,
}

impl Access {
    /// Where a bucket's objects are, as far as that can be an address.
    pub fn base(&self, name: &str) -> Option<Url> {
        let Some(endpoint) = &self.endpoint else {
            let suffix = if self.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
            return Url::parse(&format!("https://{name}.s3.{}.{suffix}/", self.region)).ok();
        };
        let mut base = endpoint.clone();
        base.path_segments_mut().ok()?.pop_if_empty().extend([name, ""]);
        Some(base)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    base: Url,
    access: Access,
}

/// An operation that needs its object.
pub(super) struct Operation<'a> {
    client: &'a Client,
    method: Method,
}

impl Client {
    pub(super) const fn new(http: reqwest::Client, base: Url, access: Access) -> Self {
        Self { http, base, access }
    }

    pub(super) const fn head_object(&self) -> Operation<'_> {
        Operation { client: self, method: Method::HEAD }
    }

    pub(super) const fn get_object(&self) -> Operation<'_> {
        Operation { client: self, method: Method::GET }
    }

    pub(super) const fn put_object(&self) -> Operation<'_> {
        Operation { client: self, method: Method::PUT }
    }

    pub(super) const fn delete_object(&self) -> Operation<'_> {
        Operation { client: self, method: Method::DELETE }
    }
}

impl Operation<'_> {
    /// The signed request.
    pub(super) fn of(self, connection: ConnectionId, record: RecordId, now: Timestamp) -> RequestBuilder {
        let url = self.object(connection, record);
        let headers = sign::headers(&self.client.access, self.method.as_str(), &url, now);
        let request = self.client.http.request(self.method, url).timeout(SHORT);
        headers.into_iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    /// The address that needs no more than itself.
    pub(super) fn presigned(
        self,
        connection: ConnectionId,
        record: RecordId,
        valid: Duration,
        now: Timestamp,
    ) -> Url {
        sign::presigned(&self.client.access, &self.object(connection, record), valid, now)
    }

    fn object(&self, connection: ConnectionId, record: RecordId) -> Url {
        let mut url = self.client.base.clone();
        // Digits and slashes alone.
        url.set_path(&format!("{}{connection}/{record}.mp3", self.client.base.path()));
        url
    }
}

/// Sends a request; an answer that is no success is an error.
pub(super) async fn answer(request: RequestBuilder) -> Result<(), BucketError> {
    let answer = request.send().await.map_err(|error| BucketError::NoAnswer(error.without_url()))?;
    let status = answer.status();
    if status.is_success() { Ok(()) } else { Err(BucketError::Status { status: status.as_u16() }) }
}
