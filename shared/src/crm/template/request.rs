//! Requests as a template says: to the host of the settings and no other, bounded, and answered as it says.

use reqwest::RequestBuilder;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

use super::answer::{self, Failure};
use super::document::{Body, Lookup, Request, Template};
use super::fill;
use super::text::Text;
use super::values::{Values, written};
use super::{SECRET, URL};
use crate::clock::Timestamp;
use crate::crm::{CrmError, ask};
use crate::http_client::CrmClient;
use crate::model::crm_target::OpenCrmTarget;
use crate::model::delivery::AttemptClass::Refused;
use crate::model::secret::Secret;

/// What a request may carry once its values are in it.
const LONGEST: usize = 64 * 1024;

/// A CRM that can be asked as a template says.
pub(super) struct Api<'a> {
    client: &'a CrmClient,
    base: Url,
    secret: Option<&'a Secret>,
    /// The template.
    pub(super) template: &'a Template,
    /// When it is asked.
    pub(super) at: Timestamp,
    /// What tells it from others, without telling its secret.
    pub(super) name: String,
}

impl<'a> Api<'a> {
    /// By the settings.
    pub(super) fn open(
        client: &'a CrmClient,
        target: &'a OpenCrmTarget,
        template: &'a Template,
        at: Timestamp,
    ) -> Result<Self, CrmError> {
        let base = target.text(URL).and_then(|url| Url::parse(url).ok());
        let base = base.ok_or(CrmError::Settings("the address is not a URL"))?;
        let name = target.fingerprint().short_hex(16);
        Ok(Self { client, base, secret: target.field(SECRET), template, at, name })
    }

    /// Sends a request; what its answer says, if it worked.
    pub(super) async fn send(&self, request: &Request, values: &Values) -> Result<Value, Failure> {
        let reply = ask(self.build(request, values)?, self.at).await?;
        answer::read(&reply, request, &self.template.answers)
    }

    /// What a look-up finds: each one's id, and by what the latest is known.
    pub(super) async fn find(
        &self,
        lookup: &Lookup,
        values: &Values,
    ) -> Result<Vec<(String, String)>, CrmError> {
        let answer = match self.send(&lookup.request, values).await {
            Ok(answer) => answer,
            Err(Failure::Missing(_)) => return Ok(Vec::new()),
            Err(failure) => return Err(failure.into()),
        };
        let wanted = fill::fields(&lookup.has, values);
        let has = |one: &Value| {
            wanted.iter().all(|(pointer, text)| {
                one.pointer(pointer).is_some_and(|value| written(value).contains(text.as_str()))
            })
        };
        let found = answer.pointer(&lookup.list).and_then(Value::as_array).cloned().unwrap_or_default();
        let read = |one: &Value| {
            let newest = lookup.newest.as_ref().and_then(|pointer| one.pointer(pointer)).map(written);
            Some((id(one, &lookup.id)?, newest.unwrap_or_default()))
        };
        Ok(found.iter().filter(|one| has(one)).filter_map(read).collect())
    }

    fn build(&self, request: &Request, values: &Values) -> Result<RequestBuilder, CrmError> {
        let mut url = self.base.clone();
        let path = fill::path(&request.path, values)?;
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        let mut building = self.client.request(request.method.clone(), &url)?;
        let query = fill::fields(&request.query, values);
        if !query.is_empty() {
            building = building.query(&query);
        }
        building = building.headers(self.headers(&request.headers, values)?);
        let too_long =
            CrmError::answered(0, Refused, "what the template makes of this call is longer than 64 KiB");
        match &request.body {
            Body::Nothing => Ok(building),
            Body::Json(body) => match fill::json(body, values)? {
                Some(body) if body.to_string().len() > LONGEST => Err(too_long),
                Some(body) => Ok(building.json(&body)),
                None => Ok(building),
            },
            Body::Form(form) => {
                let form = fill::fields(form, values);
                let length: usize = form.iter().map(|(name, value)| name.len() + value.len()).sum();
                if length > LONGEST { Err(too_long) } else { Ok(building.form(&form)) }
            }
        }
    }

    /// The template's headers, and the request's instead where both have one.
    fn headers(&self, own: &[(String, Text)], values: &Values) -> Result<HeaderMap, CrmError> {
        let mut headers = HeaderMap::new();
        for (name, text) in self.template.headers.iter().chain(own) {
            let Some(value) = fill::text(text, values, self.secret) else { continue };
            let name = HeaderName::from_bytes(name.as_bytes());
            let mut value = HeaderValue::from_str(value.trim())
                .map_err(|_| CrmError::Settings("a header's value has characters that no header may have"))?;
            value.set_sensitive(true);
            headers.insert(name.map_err(|_| CrmError::Settings("a header has no proper name"))?, value);
        }
        Ok(headers)
    }
}

/// An id, where it is a number, a text, or the one of a list.
pub(super) fn id(answer: &Value, pointer: &str) -> Option<String> {
    let found = answer.pointer(pointer)?;
    let found = found.as_array().and_then(|list| list.first()).unwrap_or(found);
    let id = match found {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    // It becomes a part of paths: it is bounded, and percent-encoded there.
    let fits = (1..=128).contains(&id.len()) && id != "0" && id.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then_some(id)
}
