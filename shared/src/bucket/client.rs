//! A bucket's requests, named like the SDK's; the SDK for S3 itself would be megabytes in each binary.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use url::Url;

use super::error::BucketError;
use crate::aws::Access;
use crate::aws::sign::{self, Payload, S3};
use crate::clock::Timestamp;
use crate::model::call::RecordId;
use crate::model::ids::ConnectionId;

/// What asks and removes takes no longer: a person may wait.
const SHORT: Duration = Duration::from_secs(5);

/// Where a bucket's objects are, as far as that can be an address.
pub fn base(access: &Access, name: &str) -> Option<Url> {
    let Some(endpoint) = &access.endpoint else {
        return Url::parse(&format!("https://{name}.s3.{}.{}/", access.region, access.suffix())).ok();
    };
    let mut base = endpoint.clone();
    base.path_segments_mut().ok()?.pop_if_empty().extend([name, ""]);
    Some(base)
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
        let asked = (self.method.as_str(), &url);
        let headers = sign::headers(&self.client.access, S3, asked, Payload::Unsigned, now);
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
