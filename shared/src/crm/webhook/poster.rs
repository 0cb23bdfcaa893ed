//! One signed POST, after the Standard Webhooks specification: for records, and for notices.

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, Response};
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};
use url::Url;

use crate::clock::Timestamp;
use crate::crm::CrmError;
use crate::crm::reply::{send, waits};
use crate::http_client::CrmClient;
use crate::model::secret::Secret;

/// Posts signed webhooks to addresses that customers chose.
#[derive(Clone, Debug)]
pub struct Poster {
    client: CrmClient,
}

/// What is posted.
#[derive(Clone, Debug)]
pub struct Posted<'a> {
    /// `webhook-id`: the same at every attempt.
    pub id: &'a str,
    /// When this attempt is made, which is signed too.
    pub at: Timestamp,
    /// JSON.
    pub body: String,
}

impl Poster {
    /// One that goes where `client` may go.
    pub const fn new(client: CrmClient) -> Self {
        Self { client }
    }

    /// Posts, signed by each of the secrets; answers the status if it says that it worked.
    pub async fn post<'a>(
        &self,
        url: &Url,
        secrets: impl Iterator<Item = &'a Secret> + Send,
        posted: Posted<'_>,
    ) -> Result<u16, CrmError> {
        let request = self.client.request(Method::POST, url)?;
        let signature = signature(secrets, &posted)?;
        let response = request
            .header(CONTENT_TYPE, "application/json")
            .header(HEADER_WEBHOOK_SIGNATURE, signature)
            .header(HEADER_WEBHOOK_ID, posted.id)
            .header(HEADER_WEBHOOK_TIMESTAMP, posted.at.secs())
            .body(posted.body);
        status(&send(response).await?, posted.at)
    }
}

/// One signature by each secret, with a space between.
fn signature<'a>(secrets: impl Iterator<Item = &'a Secret>, posted: &Posted<'_>) -> Result<String, CrmError> {
    let sign = |secret: &Secret| {
        let signer = Webhook::new(secret.reveal());
        let signed =
            signer.and_then(|signer| signer.sign(posted.id, posted.at.secs(), posted.body.as_bytes()));
        signed.map_err(|_| CrmError::Settings("the signing secret is not valid"))
    };
    let signatures = secrets.map(sign).collect::<Result<Vec<_>, _>>()?;
    if signatures.is_empty() {
        return Err(CrmError::Settings("there is no signing secret"));
    }
    Ok(signatures.join(" "))
}

/// The status says all; the body is not read, so that an endless one is no danger.
fn status(response: &Response, at: Timestamp) -> Result<u16, CrmError> {
    let status = response.status();
    if status.is_success() {
        return Ok(status.as_u16());
    }
    Err(CrmError::Status { status: status.as_u16(), retry_after: waits(response, at) })
}
