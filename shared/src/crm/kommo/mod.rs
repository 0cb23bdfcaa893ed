//! Kommo, and amoCRM, which is the same below another name: a call is a note on a contact, under a key of ours. An
//! account is let in by a consent, whose tokens both change with each renewal, or by a token that lives long. What it
//! answers, and what becomes of it: docs/kommo.md §1, §2 and §3.

mod account;
mod answer;
mod call;
mod contact;
mod fields;
mod lead;
mod oauth;
mod pace;
mod people;
mod request;
mod wire;

use async_trait::async_trait;
use url::Url;

use self::account::{Account, Way};
use self::pace::Pace;
use self::request::Api;
use super::strangers::Strangers;
use crate::clock::Timestamp;
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
pub const KIND: &str = "kommo";
/// The setting that says which account it is.
pub const ACCOUNT: &str = "account";
/// The setting that lets us in without a consent.
pub const TOKEN: &str = "token";
/// The integration's id.
pub const CLIENT_ID: &str = "client_id";
/// The integration's key.
pub const CLIENT_SECRET: &str = "client_secret";

/// The longest token: it is a JWT.
const LONGEST: usize = 2048;

static ABOUT: About = About {
    kind: KIND,
    title: "Kommo (amoCRM)",
    fields: &[
        Field {
            name: ACCOUNT,
            label: "Account",
            help: "The address of your account, such as example.kommo.com or example.amocrm.ru.",
            kind: FieldKind::Text,
            optional: false,
        },
        Field {
            name: TOKEN,
            label: "Long-lived token",
            help: "Settings, Integrations, a private integration of yours, Keys and scopes, Generate long-lived token; \
                   it acts for the administrator who made it. Without one give the integration's id and secret key.",
            kind: FieldKind::Secret,
            optional: true,
        },
        Field {
            name: CLIENT_ID,
            label: "Integration ID",
            help: "Keys and scopes of the integration; only without a long-lived token.",
            kind: FieldKind::Text,
            optional: true,
        },
        Field {
            name: CLIENT_SECRET,
            label: "Secret key",
            help: "Beside the integration's id. An administrator then lets Ringbridge in.",
            kind: FieldKind::Secret,
            optional: true,
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

/// Brings calls to Kommo.
#[derive(Debug)]
pub struct KommoConnector {
    way: Way,
    pace: Pace,
    strangers: Strangers,
}

impl KommoConnector {
    /// A connector that goes where `client` may go: to each account, or to what stands for all of them `instead`.
    pub fn new(client: CrmClient, instead: Option<Url>) -> Self {
        Self { way: Way { client, instead }, pace: Pace::default(), strangers: Strangers::default() }
    }
}

#[async_trait]
impl Connector for KommoConnector {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check_fields(&self, target: &mut OpenCrmTarget) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        match target.text(ACCOUNT).map(Account::parse) {
            Some(Some(account)) => {
                target.fields.insert(ACCOUNT.to_owned(), Secret::new(account.as_str()));
            }
            Some(None) => {
                let wrong = "give the account's address, such as example.kommo.com or example.amocrm.ru";
                problems.push((ACCOUNT, wrong.to_owned()));
            }
            None => {}
        }
        for name in [TOKEN, CLIENT_ID, CLIENT_SECRET] {
            let Some(text) = target.text(name).map(|text| text.trim().to_owned()) else { continue };
            let visible = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
            if visible && text.len() <= LONGEST {
                target.fields.insert(name.to_owned(), Secret::new(text));
            } else {
                problems.push((name, "copy it whole from Keys and scopes, without spaces".to_owned()));
            }
        }
        let given = |name| target.field(name).is_some();
        match (given(TOKEN), given(CLIENT_ID), given(CLIENT_SECRET)) {
            (true, false, false) | (false, true, true) => {}
            (true, _, _) => {
                let wrong = "give either this or the integration's id and secret key";
                problems.push((TOKEN, wrong.to_owned()));
            }
            (false, true, false) => {
                problems.push((CLIENT_SECRET, "the integration's id needs its secret key".to_owned()));
            }
            (false, false, true) => {
                problems.push((CLIENT_ID, "the secret key needs the integration's id".to_owned()));
            }
            (false, false, false) => {
                let wrong = "give this, or else the integration's id and secret key";
                problems.push((TOKEN, wrong.to_owned()));
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
        match message.kind {
            RecordKind::Ringing => {
                people::ring(&Api::open(self, access, message.at)?, access, message, known).await
            }
            // What was told stays in Kommo's list of news: there is nothing to take away.
            RecordKind::Stopped
            | RecordKind::Answered
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
