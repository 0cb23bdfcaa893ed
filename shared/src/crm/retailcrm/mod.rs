//! RetailCRM (Simla): a call is uploaded once under our own key, its card shown and closed by live events, and a click on
//! a number there comes to an address of ours. It finds customers by itself (docs/retailcrm.md §4).

mod answer;
mod call;
mod events;
mod fields;
mod people;
mod request;

use std::collections::BTreeMap;

use async_trait::async_trait;
use url::Url;

use self::request::Api;
use crate::clock::Timestamp;
use crate::crm::{
    Abilities, About, Access, Connector, CrmError, CrmEvent, CrmUser, Field, FieldKind, FieldProblem,
    Message, Step, Withdraws, Writes,
};
use crate::http_client::CrmClient;
use crate::model::crm_target::OpenCrmTarget;
use crate::model::delivery::Progress;
use crate::model::secret::Secret;

/// Its name in the settings.
pub const KIND: &str = "retailcrm";
/// The setting that says where it is.
pub const URL: &str = "url";
/// The setting that holds the key.
pub const API_KEY: &str = "api_key";

static ABOUT: About = About {
    kind: KIND,
    title: "RetailCRM (Simla)",
    fields: &[
        Field {
            name: URL,
            label: "Address",
            help: "The address of your RetailCRM, such as https://example.retailcrm.ru or https://example.simla.com.",
            kind: FieldKind::Address,
            optional: false,
        },
        Field {
            name: API_KEY,
            label: "API key",
            help: "Settings, Integration, API keys. It needs the methods of telephony, users (reading) and integration \
                   modules (reading and writing).",
            kind: FieldKind::Secret,
            optional: false,
        },
    ],
    abilities: Abilities {
        signals: true,
        writes: Writes::Idempotent,
        withdraws: Withdraws::Corrected,
        users: true,
        consent: false,
    },
};

/// Brings calls to RetailCRM.
#[derive(Debug)]
pub struct RetailCrmConnector {
    client: CrmClient,
}

impl RetailCrmConnector {
    /// A connector that goes where `client` may go.
    pub const fn new(client: CrmClient) -> Self {
        Self { client }
    }
}

#[async_trait]
impl Connector for RetailCrmConnector {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check_fields(&self, target: &mut OpenCrmTarget) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        match target.text(URL).map(base) {
            Some(Some(base)) => drop(target.fields.insert(URL.to_owned(), Secret::new(base))),
            Some(None) => {
                problems
                    .push((URL, "give its address alone, such as https://example.retailcrm.ru".to_owned()));
            }
            None => {}
        }
        if let Some(key) = target.text(API_KEY).map(|key| key.trim().to_owned()) {
            if (8..=200).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                target.fields.insert(API_KEY.to_owned(), Secret::new(key));
            } else {
                problems.push((API_KEY, "copy the API key whole; it has letters and digits only".to_owned()));
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
        let api = Api::open(&self.client, access.target, message.at)?;
        events::tell(&api, access, message, known).await
    }

    async fn step(
        &self,
        access: Access<'_>,
        message: &Message<'_>,
        progress: &Progress,
    ) -> Result<Step, CrmError> {
        let api = Api::open(&self.client, access.target, message.at)?;
        call::step(&api, access, message, progress).await
    }

    async fn check(&self, access: Access<'_>) -> Result<(), CrmError> {
        let api = Api::open(&self.client, access.target, Timestamp::default())?;
        people::check(&api).await
    }

    async fn users(&self, access: Access<'_>) -> Result<Vec<CrmUser>, CrmError> {
        let api = Api::open(&self.client, access.target, Timestamp::default())?;
        people::list(&api).await
    }

    async fn subscribe(&self, access: Access<'_>, address: &Url) -> Result<(), CrmError> {
        let api = Api::open(&self.client, access.target, Timestamp::default())?;
        events::register(&api, address).await
    }

    fn posts(&self, _target: &OpenCrmTarget) -> bool {
        true
    }

    fn event(&self, _: &OpenCrmTarget, body: &BTreeMap<String, String>) -> CrmEvent {
        events::read(body)
    }
}

/// An address without what follows it: `/api` is ours to add.
fn base(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok()?;
    let plain = url.has_host() && url.query().is_none() && url.fragment().is_none();
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/api").unwrap_or(path);
    (plain && path.is_empty()).then(|| url.origin().ascii_serialization())
}
