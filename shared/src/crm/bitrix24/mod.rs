//! Bitrix24: every ringing leg is a call of its own there, registered for its own user, whose card is shown and hidden
//! with the phone; the end is logged under the same id, and the recording is attached last. Local applications only:
//! Bitrix24 takes calls from no other.

mod answer;
mod call;
mod contact;
mod events;
mod fields;
mod oauth;
mod people;
mod request;
mod wire;

use async_trait::async_trait;
use serde_json::json;
use url::Url;

use self::request::Portal;
use crate::clock::Timestamp;
use crate::crm::strangers::Strangers;
use crate::crm::{
    Abilities, About, Access, Connector, Consent, CrmError, CrmUser, Field, FieldKind, FieldProblem, Message,
    Step, Withdraws, Writes,
};
use crate::http_client::CrmClient;
use crate::model::call::RecordKind;
use crate::model::crm_target::OpenCrmTarget;
use crate::model::delivery::Progress;
use crate::model::secret::Secret;

/// Its name in the settings.
pub const KIND: &str = "bitrix24";
/// The setting that says where the portal is.
pub const PORTAL: &str = "portal";
/// The application's code.
pub const CLIENT_ID: &str = "client_id";
/// The application's key.
pub const CLIENT_SECRET: &str = "client_secret";

static ABOUT: About = About {
    kind: KIND,
    title: "Bitrix24",
    fields: &[
        Field {
            name: PORTAL,
            label: "Portal",
            help: "The address of your Bitrix24, such as https://example.bitrix24.com.",
            kind: FieldKind::Address,
            optional: false,
        },
        Field {
            name: CLIENT_ID,
            label: "Application code",
            help: "Developer resources, Other, Local application, \"uses API only\": shown as client_id when it is saved.",
            kind: FieldKind::Text,
            optional: false,
        },
        Field {
            name: CLIENT_SECRET,
            label: "Application key",
            help: "Shown beside the code as client_secret. The application needs the permissions telephony, crm and user.",
            kind: FieldKind::Secret,
            optional: false,
        },
    ],
    abilities: Abilities {
        signals: true,
        writes: Writes::LookFirst,
        withdraws: Withdraws::Corrected,
        users: true,
        consent: true,
    },
};

/// Brings calls to Bitrix24.
#[derive(Debug)]
pub struct Bitrix24Connector {
    client: CrmClient,
    oauth: Url,
    strangers: Strangers,
}

impl Bitrix24Connector {
    /// A connector that goes where `client` may go, and has tokens from `oauth`.
    pub fn new(client: CrmClient, oauth: Url) -> Self {
        Self { client, oauth, strangers: Strangers::default() }
    }
}

#[async_trait]
impl Connector for Bitrix24Connector {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check_fields(&self, target: &mut OpenCrmTarget) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        match oauth::portal(target) {
            Ok(portal) if portal.has_host() => {
                let origin = portal.origin().ascii_serialization();
                target.fields.insert(PORTAL.to_owned(), Secret::new(origin));
            }
            Ok(_) | Err(_) => {
                problems.push((
                    PORTAL,
                    "give the portal's address, such as https://example.bitrix24.com".to_owned(),
                ));
            }
        }
        for name in [CLIENT_ID, CLIENT_SECRET] {
            let trimmed = target.text(name).unwrap_or_default().trim().to_owned();
            if trimmed.is_empty() || trimmed.len() > 200 || trimmed.chars().any(char::is_whitespace) {
                problems.push((
                    name,
                    "copy it from the application's page in Bitrix24, without spaces".to_owned(),
                ));
            } else {
                target.fields.insert(name.to_owned(), Secret::new(trimmed));
            }
        }
        problems
    }

    async fn signal(
        &self,
        access: Access<'_>,
        message: &Message<'_>,
        known: &Progress,
    ) -> Result<Progress, CrmError> {
        let portal = Portal::open(&self.client, access, message.at)?;
        match message.kind {
            // Begun by a click there: the portal has registered it, and shows its own card.
            RecordKind::Ringing if known.id(wire::CALL).is_some() => Ok(Progress::default()),
            RecordKind::Ringing => call::ring(&portal, access, message).await,
            RecordKind::Stopped => call::hide(&portal, known).await,
            // The card stays open while they talk: nothing is to be told.
            RecordKind::Answered
            | RecordKind::Ended
            | RecordKind::Missed
            | RecordKind::Withdrawn
            | RecordKind::Recording => Ok(Progress::default()),
        }
    }

    async fn step(
        &self,
        access: Access<'_>,
        message: &Message<'_>,
        progress: &Progress,
    ) -> Result<Step, CrmError> {
        let portal = Portal::open(&self.client, access, message.at)?;
        call::step(self, &portal, access, message, progress).await
    }

    async fn check(&self, access: Access<'_>) -> Result<(), CrmError> {
        let portal = Portal::open(&self.client, access, Timestamp::default())?;
        people::check(&portal).await
    }

    async fn users(&self, access: Access<'_>) -> Result<Vec<CrmUser>, CrmError> {
        let portal = Portal::open(&self.client, access, Timestamp::default())?;
        people::users(&portal).await
    }

    async fn subscribe(&self, access: Access<'_>, address: &Url) -> Result<(), CrmError> {
        let portal = Portal::open(&self.client, access, Timestamp::default())?;
        events::bind(&portal, address.as_str()).await
    }

    fn consent(&self, _: &OpenCrmTarget) -> Option<&dyn Consent> {
        Some(self)
    }
}

/// The name of the line that calls are shown on.
fn line() -> serde_json::Value {
    json!({ "NUMBER": fields::LINE, "NAME": "Ringbridge", "CRM_AUTO_CREATE": "N" })
}
