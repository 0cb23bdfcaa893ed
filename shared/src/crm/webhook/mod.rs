//! The CRM kind `webhook`: one signed POST per message, after the Standard Webhooks specification (docs/promises.md §3).
//! The receiver tells repeats by `webhook-id`, so nothing has to be looked up before a retry.

mod body;
mod secret;

use async_trait::async_trait;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, Response};
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};
use url::Url;

pub use self::secret::{SecretProblem, generate_secret, parse_secret};
use super::reply::{send, waits};
use crate::clock::Timestamp;
use crate::crm::{
    Abilities, About, Access, Connector, CrmError, Field, FieldKind, FieldProblem, Message, Receipt, Step,
    Withdraws, Writes,
};
use crate::http_client::CrmClient;
use crate::model::crm_target::{OpenCrmTarget, SIGNING_SECRET};
use crate::model::delivery::Progress;
use crate::model::secret::Secret;

/// Its name in the settings.
pub const KIND: &str = "webhook";
/// The setting that says where it is posted.
pub const URL: &str = "url";

static ABOUT: About = About {
    kind: KIND,
    title: "Signed webhook",
    fields: &[
        Field {
            name: URL,
            label: "Address",
            help: "Every record is posted to this address, which must begin with https://.",
            kind: FieldKind::Address,
            optional: false,
        },
        Field {
            name: SIGNING_SECRET,
            label: "Signing secret",
            help: "whsec_ followed by the base64 of 24 to 64 bytes; the receiver verifies each request with it.",
            kind: FieldKind::Secret,
            optional: false,
        },
    ],
    abilities: Abilities {
        signals: true,
        writes: Writes::Idempotent,
        withdraws: Withdraws::Told,
        users: false,
        consent: false,
    },
};

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

    async fn post(&self, target: &OpenCrmTarget, message: &Message<'_>) -> Result<u16, CrmError> {
        let url = target.text(URL).and_then(|url| Url::parse(url).ok());
        let url = url.ok_or(CrmError::Settings("the webhook's address is not a URL"))?;
        let request = self.client.request(Method::POST, &url)?;
        let body = body::of(message);
        let id = message.idempotency_key();
        let response = request
            .header(CONTENT_TYPE, "application/json")
            .header(HEADER_WEBHOOK_SIGNATURE, signature(target, message, &id, &body)?)
            .header(HEADER_WEBHOOK_ID, id)
            .header(HEADER_WEBHOOK_TIMESTAMP, message.at.secs())
            .body(body);
        status(&send(response).await?, message.at)
    }
}

/// The timestamp is the attempt's, so each attempt is signed anew: by the secret, and by the one before it as long as
/// that is valid, with a space between.
fn signature(
    target: &OpenCrmTarget,
    message: &Message<'_>,
    id: &str,
    body: &str,
) -> Result<String, CrmError> {
    let former = target.former.as_ref().filter(|former| message.at < former.until);
    let secrets = target.field(SIGNING_SECRET).into_iter().chain(former.map(|former| &former.secret));
    let sign = |secret: &Secret| {
        let signer = Webhook::new(secret.reveal());
        let signed = signer.and_then(|signer| signer.sign(id, message.at.secs(), body.as_bytes()));
        signed.map_err(|_| CrmError::Settings("the signing secret is not valid"))
    };
    let signatures = secrets.map(sign).collect::<Result<Vec<_>, _>>()?;
    if signatures.is_empty() {
        return Err(CrmError::Settings("there is no signing secret"));
    }
    Ok(signatures.join(" "))
}

#[async_trait]
impl Connector for WebhookConnector {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check_fields(&self, target: &mut OpenCrmTarget) -> Vec<FieldProblem> {
        let Some(secret) = target.text(SIGNING_SECRET) else { return Vec::new() };
        match parse_secret(secret) {
            Ok(secret) => {
                target.fields.insert(SIGNING_SECRET.to_owned(), secret);
                Vec::new()
            }
            Err(problem) => vec![(SIGNING_SECRET, problem.to_string())],
        }
    }

    async fn signal(
        &self,
        access: Access<'_>,
        message: &Message<'_>,
        _: &Progress,
    ) -> Result<Progress, CrmError> {
        self.post(access.target, message).await?;
        Ok(Progress::default())
    }

    async fn step(
        &self,
        access: Access<'_>,
        message: &Message<'_>,
        progress: &Progress,
    ) -> Result<Step, CrmError> {
        let status = self.post(access.target, message).await?;
        Ok(Step::Done(Receipt { status, progress: progress.clone(), remark: None }))
    }
}

/// The status says all; the body is not read, so that an endless one is no danger.
fn status(response: &Response, at: Timestamp) -> Result<u16, CrmError> {
    let status = response.status();
    if status.is_success() {
        return Ok(status.as_u16());
    }
    Err(CrmError::Status { status: status.as_u16(), retry_after: waits(response, at) })
}
