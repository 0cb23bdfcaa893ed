//! CRMs that we don't know, described by a document in the settings: requests that look up, create and update, with named
//! values and no code (docs/templates.md). The host is the settings', the rest is bounded and checked when it is saved.

mod answer;
mod call;
mod document;
mod fill;
mod read;
mod request;
mod request_reader;
mod text;
mod values;

use async_trait::async_trait;
use serde_json::Value;
use url::Url;

use self::document::{People, Template};
use self::request::{Api, id};
use self::values::{Values, written};
use crate::clock::Timestamp;
use crate::crm::strangers::Strangers;
use crate::crm::{
    Abilities, About, Access, Connector, CrmError, CrmUser, Field, FieldKind, FieldProblem, Message, Step,
    Withdraws, Writes,
};
use crate::http_client::CrmClient;
use crate::model::crm_target::{OpenCrmTarget, SIGNING_SECRET};
use crate::model::delivery::Progress;
use crate::model::ids::CrmUserId;

/// Its name in the settings.
pub const KIND: &str = "template";
/// The setting that says where the CRM is.
pub const URL: &str = "url";
/// The setting that holds a token for headers.
pub const SECRET: &str = SIGNING_SECRET;
/// The setting that holds the document.
pub const TEMPLATE: &str = "template";

static ABOUT: About = About {
    kind: KIND,
    title: "Another CRM, by a template",
    fields: &[
        Field {
            name: URL,
            label: "Address",
            help: "Where the CRM's API is, such as https://api.pipedrive.com; every request goes below it.",
            kind: FieldKind::Address,
            optional: false,
        },
        Field {
            name: SECRET,
            label: "Token",
            help: "What the template's headers name {secret}: an API key or token.",
            kind: FieldKind::Secret,
            optional: true,
        },
        Field {
            name: TEMPLATE,
            label: "Template",
            help: "A JSON document of requests, of at most 16 KiB; shared/docs/templates.md teaches writing one.",
            kind: FieldKind::Document,
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

/// Brings calls to whatever a template describes.
#[derive(Debug)]
pub struct TemplateConnector {
    client: CrmClient,
    strangers: Strangers,
}

impl TemplateConnector {
    /// A connector that goes where `client` may go.
    pub fn new(client: CrmClient) -> Self {
        Self { client, strangers: Strangers::default() }
    }
}

fn open(target: &OpenCrmTarget) -> Result<Template, CrmError> {
    let text = target.text(TEMPLATE).ok_or(CrmError::Settings("there is no template"))?;
    read::read(text).map_err(|_| CrmError::Settings("the template can't be read: save it again"))
}

#[async_trait]
impl Connector for TemplateConnector {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check_fields(&self, target: &mut OpenCrmTarget) -> Vec<FieldProblem> {
        let url = target.text(URL).and_then(|url| Url::parse(url).ok());
        let plain = url.is_none_or(|url| url.query().is_none() && url.fragment().is_none());
        if plain { Vec::new() } else { vec![(URL, "give an address without ? and #".to_owned())] }
    }

    fn check_document(&self, _: &str, text: &str) -> Vec<(String, String)> {
        read::read(text).err().unwrap_or_default()
    }

    fn withdraws(&self, target: &OpenCrmTarget) -> Withdraws {
        if open(target).is_ok_and(|template| call::removes(&template)) {
            Withdraws::Removed
        } else {
            Withdraws::Corrected
        }
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
        let template = open(access.target)?;
        let api = Api::open(&self.client, access.target, &template, message.at)?;
        call::step(self, &api, access, message, progress).await
    }

    async fn check(&self, access: Access<'_>) -> Result<(), CrmError> {
        let template = open(access.target)?;
        let api = Api::open(&self.client, access.target, &template, Timestamp::default())?;
        let check = template.check.as_ref().or_else(|| Some(&template.users.as_ref()?.request));
        match check {
            Some(check) => api.send(check, &Values::default()).await.map(drop).map_err(CrmError::from),
            None => Ok(()),
        }
    }

    async fn users(&self, access: Access<'_>) -> Result<Vec<CrmUser>, CrmError> {
        let template = open(access.target)?;
        let api = Api::open(&self.client, access.target, &template, Timestamp::default())?;
        let Some(users) = &template.users else { return Ok(Vec::new()) };
        let answer = api.send(&users.request, &Values::default()).await.map_err(CrmError::from)?;
        let list = answer.pointer(&users.list).and_then(Value::as_array);
        let list = list.ok_or(CrmError::Unreadable { status: 200 })?;
        Ok(list.iter().filter_map(|one| user(one, users)).collect())
    }
}

fn user(one: &Value, people: &People) -> Option<CrmUser> {
    let text = |pointer: &String| {
        let text = one.pointer(pointer).filter(|value| !value.is_null()).map(written)?;
        (!text.trim().is_empty()).then(|| text.trim().to_owned())
    };
    let id = CrmUserId::parse(&id(one, &people.id)?)?;
    let names: Vec<_> = people.name.iter().filter_map(text).collect();
    let email = people.email.as_ref().and_then(text);
    let name = if names.is_empty() { email.clone().unwrap_or_default() } else { names.join(" ") };
    Some(CrmUser { id, name, email, extension: people.extension.as_ref().and_then(text) })
}
