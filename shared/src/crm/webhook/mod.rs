//! The CRM kind `webhook`: one signed POST per message, after the Standard Webhooks specification (design §3).
//! The receiver tells repeats by `webhook-id`, so nothing has to be looked up before a retry.

mod body;
mod retry_after;
mod secret;

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, Response};
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};
use url::Url;

pub use self::secret::{SecretProblem, generate_secret, parse_secret};
use crate::clock::Timestamp;
use crate::crm::{Connector, CrmError, Message, Receipt};
use crate::http_client::{CrmClient, TargetProblem, Unanswered, unanswered};
use crate::model::connection::OpenCrmTarget;
use crate::model::secret::Secret;

/// Posts signed webhooks.
#[derive(Clone, Debug)]
pub struct WebhookConnector {
    client: CrmClient,
}

impl WebhookConnector {
    /// A connector that goes where `client` may go.
    pub const fn new(client: CrmClient) -> Self {
        Self { client }
    }

    async fn post(&self, url: &Url, secrets: &[&Secret], message: &Message<'_>) -> Result<Receipt, CrmError> {
        let request = self.client.request(Method::POST, url).map_err(refusal)?;
        let body = body::of(message);
        let id = message.idempotency_key();
        let at = message.at.secs();
        // The timestamp is the attempt's, so each attempt is signed anew: by each secret, with a space between.
        let sign = |secret: &&Secret| {
            let signer =
                Webhook::new(secret.reveal()).and_then(|signer| signer.sign(&id, at, body.as_bytes()));
            signer.map_err(|_| CrmError::Settings("the signing secret is not valid"))
        };
        let signature = secrets.iter().map(sign).collect::<Result<Vec<_>, _>>()?.join(" ");
        let response = request
            .header(CONTENT_TYPE, "application/json")
            .header(HEADER_WEBHOOK_ID, id)
            .header(HEADER_WEBHOOK_TIMESTAMP, at)
            .header(HEADER_WEBHOOK_SIGNATURE, signature)
            .body(body)
            .send()
            .await
            .map_err(|error| match unanswered(error) {
                Unanswered::Refused => CrmError::PrivateAddress,
                Unanswered::NotReached(error) => CrmError::NotReached(error),
                Unanswered::NoAnswer(error) => CrmError::NoAnswer(error),
            })?;
        receipt(&response, message.at)
    }
}

#[async_trait]
impl Connector for WebhookConnector {
    async fn deliver(&self, target: &OpenCrmTarget, message: &Message<'_>) -> Result<Receipt, CrmError> {
        match target {
            OpenCrmTarget::Webhook { url, secret, former } => {
                let former = former.as_ref().filter(|former| message.at < former.until);
                let secrets: Vec<_> =
                    [secret].into_iter().chain(former.map(|former| &former.secret)).collect();
                self.post(url, &secrets, message).await
            }
        }
    }
}

/// The status says all; the body is not read, so that an endless one is no danger.
fn receipt(response: &Response, at: Timestamp) -> Result<Receipt, CrmError> {
    let status = response.status();
    if status.is_success() {
        return Ok(Receipt { status: status.as_u16(), crm_id: None });
    }
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = retry_after.and_then(|text| retry_after::parse(text, at));
    Err(CrmError::Status { status: status.as_u16(), retry_after })
}

fn refusal(problem: TargetProblem) -> CrmError {
    match problem {
        TargetProblem::PrivateAddress => CrmError::PrivateAddress,
        TargetProblem::NotHttps | TargetProblem::NotHttp => {
            CrmError::Settings("the address must begin with https://")
        }
        TargetProblem::Credentials => CrmError::Settings("the address contains a user name or password"),
        TargetProblem::TooLong | TargetProblem::NotAUrl => CrmError::Settings("the address is not valid"),
    }
}
