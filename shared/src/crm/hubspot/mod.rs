//! HubSpot: a call is an object of its own, known by a unique property of ours, so that a repeat is none. It is tied to a
//! contact, and its agent owns it. A private application's token lets us in, or a consent. What HubSpot answers, and what
//! becomes of it: docs/hubspot.md §2, §3 and §4. There is no pop-up: docs/hubspot.md §6.

mod answer;
mod call;
mod contact;
mod fields;
mod oauth;
mod people;
mod property;
mod request;
mod wire;

use async_trait::async_trait;
use url::Url;

use self::request::Api;
use super::strangers::Strangers;
use crate::clock::Timestamp;
use crate::crm::{
    Abilities, About, Access, Connector, Consent, CrmError, CrmUser, Field, FieldKind, FieldProblem, Message,
    Step, Withdraws, Writes,
};
use crate::http_client::CrmClient;
use crate::model::crm_target::OpenCrmTarget;
use crate::model::delivery::Progress;
use crate::model::secret::Secret;

/// Its name in the settings.
pub const KIND: &str = "hubspot";
/// A private application's token.
pub const TOKEN: &str = "token";
/// The application's id, where a consent lets us in.
pub const CLIENT_ID: &str = "client_id";
/// The application's secret.
pub const CLIENT_SECRET: &str = "client_secret";
/// Where HubSpot is asked.
const API: &str = "https://api.hubapi.com";
/// What a consent is asked for.
const SCOPES: &str = "oauth crm.objects.contacts.read crm.objects.contacts.write crm.objects.owners.read \
                      crm.schemas.contacts.write";
/// The longest setting.
const LONGEST: usize = 500;

static ABOUT: About = About {
    kind: KIND,
    title: "HubSpot",
    fields: &[
        Field {
            name: TOKEN,
            label: "Private app token",
            help: "Settings, Integrations, Private apps: an app with the scopes crm.objects.contacts.read and .write, \
                   crm.objects.owners.read and crm.schemas.contacts.write. Without one give a public app's id and secret.",
            kind: FieldKind::Secret,
            optional: true,
        },
        Field {
            name: CLIENT_ID,
            label: "Client ID",
            help: "On the Auth page of a public app; only without a private app's token.",
            kind: FieldKind::Text,
            optional: true,
        },
        Field {
            name: CLIENT_SECRET,
            label: "Client secret",
            help: "Beside the client ID. An administrator then lets Ringbridge in.",
            kind: FieldKind::Secret,
            optional: true,
        },
    ],
    abilities: Abilities {
        signals: false,
        writes: Writes::Idempotent,
        withdraws: Withdraws::Removed,
        users: true,
        consent: true,
    },
};

/// Brings calls to HubSpot.
#[derive(Debug)]
pub struct HubSpotConnector {
    client: CrmClient,
    api: Url,
    strangers: Strangers,
}

impl HubSpotConnector {
    /// A connector that goes where `client` may go, and asks HubSpot at `api`.
    pub fn new(client: CrmClient, mut api: Url) -> Self {
        // What is joined to an address without a slash takes its last part away.
        if !api.path().ends_with('/') {
            let path = format!("{}/", api.path());
            api.set_path(&path);
        }
        Self { client, api, strangers: Strangers::default() }
    }
}

#[async_trait]
impl Connector for HubSpotConnector {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check_fields(&self, target: &mut OpenCrmTarget) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        for name in [TOKEN, CLIENT_ID, CLIENT_SECRET] {
            let Some(text) = target.text(name).map(|text| text.trim().to_owned()) else { continue };
            let visible = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
            if visible && text.len() <= LONGEST {
                target.fields.insert(name.to_owned(), Secret::new(text));
            } else {
                problems
                    .push((name, "copy it whole from the app's page in HubSpot, without spaces".to_owned()));
            }
        }
        let given = |name| target.field(name).is_some();
        let wrong = match (given(TOKEN), given(CLIENT_ID), given(CLIENT_SECRET)) {
            (true, false, false) | (false, true, true) => None,
            (true, _, _) => Some((TOKEN, "give either this or a public app's id and secret")),
            (false, true, false) => Some((CLIENT_SECRET, "the client ID needs its secret")),
            (false, false, true) => Some((CLIENT_ID, "the client secret needs its ID")),
            (false, false, false) => Some((TOKEN, "give this, or else a public app's id and secret")),
        };
        problems.extend(wrong.map(|(name, wrong)| (name, wrong.to_owned())));
        problems
    }

    async fn signal(&self, _: Access<'_>, _: &Message<'_>, _: &Progress) -> Result<Progress, CrmError> {
        Ok(Progress::default())
    }

    async fn step(
        &self,
        access: Access<'_>,
        message: &Message<'_>,
        progress: &Progress,
    ) -> Result<Step, CrmError> {
        let api = Api::open(self, access, message.at)?;
        call::step(self, &api, access, message, progress).await
    }

    async fn check(&self, access: Access<'_>) -> Result<(), CrmError> {
        people::check(&Api::open(self, access, Timestamp::default())?).await
    }

    async fn users(&self, access: Access<'_>) -> Result<Vec<CrmUser>, CrmError> {
        people::users(&Api::open(self, access, Timestamp::default())?).await
    }

    fn consent(&self, target: &OpenCrmTarget) -> Option<&dyn Consent> {
        target.field(TOKEN).is_none().then_some(self)
    }
}
