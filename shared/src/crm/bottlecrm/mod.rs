//! BottleCRM: a call is an interaction on the timeline of one contact or lead. There is no key against repeats, so what
//! may have arrived is looked for by a mark in the text, and there is no owner, so the agent's name stands in the
//! subject. What it answers, and what becomes of it: docs/bottlecrm.md §2, §3 and §4.

mod answer;
mod call;
mod contact;
mod fields;
mod people;
mod request;
mod wire;

use async_trait::async_trait;
use url::Url;

use self::people::People;
use self::request::Api;
use super::strangers::Strangers;
use crate::clock::Timestamp;
use crate::crm::{
    Abilities, About, Access, Connector, CrmError, CrmUser, Field, FieldKind, FieldProblem, Message, Step,
    Withdraws, Writes,
};
use crate::http_client::CrmClient;
use crate::model::crm_target::OpenCrmTarget;
use crate::model::delivery::Progress;
use crate::model::secret::Secret;

/// Its name in the settings.
pub const KIND: &str = "bottlecrm";
/// The setting that says where it is.
pub const URL: &str = "url";
/// The setting that lets us in.
pub const TOKEN: &str = "token";
/// How every personal access token begins.
const TOKEN_PREFIX: &str = "bcrm_pat_";

static ABOUT: About = About {
    kind: KIND,
    title: "BottleCRM",
    fields: &[
        Field {
            name: URL,
            label: "Address",
            help: "Where BottleCRM's API is, without /api, such as https://crm.example.com.",
            kind: FieldKind::Address,
            optional: false,
        },
        Field {
            name: TOKEN,
            label: "Access token",
            help: "A personal access token of an administrator: Settings, Access tokens. It begins with bcrm_pat_; \
                   if it has scopes, it needs contacts, leads and interactions, read and write, and users, read.",
            kind: FieldKind::Secret,
            optional: false,
        },
    ],
    abilities: Abilities {
        signals: false,
        writes: Writes::LookFirst,
        withdraws: Withdraws::Removed,
        users: true,
        consent: false,
    },
};

/// Brings calls to BottleCRM.
#[derive(Debug)]
pub struct BottleCrmConnector {
    client: CrmClient,
    strangers: Strangers,
    people: People,
}

impl BottleCrmConnector {
    /// A connector that goes where `client` may go.
    pub fn new(client: CrmClient) -> Self {
        Self { client, strangers: Strangers::default(), people: People::default() }
    }
}

#[async_trait]
impl Connector for BottleCrmConnector {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check_fields(&self, target: &mut OpenCrmTarget) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        match target.text(URL).map(base) {
            Some(Some(base)) => drop(target.fields.insert(URL.to_owned(), Secret::new(base))),
            Some(None) => {
                problems.push((URL, "give its address alone, such as https://crm.example.com".to_owned()));
            }
            None => {}
        }
        if let Some(token) = target.text(TOKEN).map(|token| token.trim().to_owned()) {
            let visible = token.bytes().all(|byte| byte.is_ascii_graphic());
            if token.starts_with(TOKEN_PREFIX) && visible && token.len() <= 200 {
                target.fields.insert(TOKEN.to_owned(), Secret::new(token));
            } else {
                let wrong = "copy the personal access token whole; it begins with bcrm_pat_";
                problems.push((TOKEN, wrong.to_owned()));
            }
        }
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
        let api = Api::open(&self.client, access.target, message.at)?;
        call::step(self, &api, access, message, progress).await
    }

    async fn check(&self, access: Access<'_>) -> Result<(), CrmError> {
        let api = Api::open(&self.client, access.target, Timestamp::default())?;
        people::check(&api).await
    }

    async fn users(&self, access: Access<'_>) -> Result<Vec<CrmUser>, CrmError> {
        let api = Api::open(&self.client, access.target, Timestamp::default())?;
        Ok(people::list(&api).await?.iter().map(people::Person::as_user).collect())
    }
}

/// An address without what follows it: `/api` is ours to add.
fn base(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok()?;
    let plain = url.has_host() && url.query().is_none() && url.fragment().is_none();
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/api").unwrap_or(path);
    plain.then(|| format!("{}{path}", url.origin().ascii_serialization()))
}
