//! The CRM kind `webhook`: one signed POST per message, after the Standard Webhooks specification (docs/promises.md §3).
//! The receiver tells repeats by `webhook-id`, so nothing has to be looked up before a retry.

mod body;
mod poster;
mod secret;

use async_trait::async_trait;
use url::Url;

pub use self::poster::{Posted, Poster};
pub use self::secret::{SecretProblem, generate_secret, parse_secret};
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

/// Posts records as signed webhooks.
#[derive(Clone, Debug)]
pub struct WebhookConnector {
    poster: Poster,
}

impl WebhookConnector {
    /// A connector that goes where `client` may go.
    pub const fn new(client: CrmClient) -> Self {
        Self { poster: Poster::new(client) }
    }

    async fn post(&self, target: &OpenCrmTarget, message: &Message<'_>) -> Result<u16, CrmError> {
        let url = target.text(URL).and_then(|url| Url::parse(url).ok());
        let url = url.ok_or(CrmError::Settings("the webhook's address is not a URL"))?;
        let id = message.idempotency_key();
        let posted = Posted { id: &id, at: message.at, body: body::of(message) };
        self.poster.post(&url, secrets(target, message.at), posted).await
    }
}

/// The timestamp is the attempt's, so each attempt is signed anew: by the secret, and by the one before it as long as
/// that is valid.
fn secrets(target: &OpenCrmTarget, at: Timestamp) -> impl Iterator<Item = &Secret> {
    let former = target.former.as_ref().filter(move |former| at < former.until);
    target.field(SIGNING_SECRET).into_iter().chain(former.map(|former| &former.secret))
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
