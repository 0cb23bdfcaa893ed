//! One signed request to a service of AWS.

use std::sync::OnceLock;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Response};
use url::Url;

use super::Access;
use super::sign::{self, Payload};
use crate::clock::Timestamp;
use crate::http_client::{self, ClientError, Timeouts};

/// A request had no answer. It may have arrived.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unanswered {
    /// There is no client to ask with.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Nobody answered.
    #[error("the service did not answer")]
    Http(#[source] reqwest::Error),
}

/// A service. Its client is made when it is first asked: most processes never ask one.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    name: &'static str,
    address: Url,
    access: Access,
    client: OnceLock<Client>,
}

impl Service {
    /// The service that signatures call so, on hosts of that name, at a path. `None` where that is no address.
    pub(crate) fn new(access: Access, name: &'static str, host: &str, path: &str) -> Option<Self> {
        let own = || Url::parse(&format!("https://{host}.{}.{}/", access.region, access.suffix())).ok();
        let address = access.endpoint.clone().or_else(own)?.join(path).ok()?;
        Some(Self { name, address, access, client: OnceLock::new() })
    }

    /// Posts a body of that type; the moment is the signature's.
    pub(crate) async fn post(
        &self,
        content_type: &str,
        body: Vec<u8>,
        at: Timestamp,
    ) -> Result<Response, Unanswered> {
        let asked = ("POST", &self.address);
        let headers = sign::headers(&self.access, self.name, asked, Payload::Bytes(&body), at);
        let request = self.client()?.post(self.address.clone()).header(CONTENT_TYPE, content_type);
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        request.body(body).send().await.map_err(|error| Unanswered::Http(error.without_url()))
    }

    fn client(&self) -> Result<&Client, ClientError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = http_client::for_aws(Timeouts::default(), &self.access.roots)?;
        Ok(self.client.get_or_init(|| client))
    }
}
