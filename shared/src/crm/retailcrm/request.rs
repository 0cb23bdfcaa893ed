//! Requests to RetailCRM's API: what is nested goes as JSON inside a form (docs/retailcrm.md §1).

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use url::Url;

use super::{API_KEY, URL, answer};
use crate::clock::Timestamp;
use crate::crm::{CrmError, ask};
use crate::http_client::CrmClient;
use crate::model::crm_target::OpenCrmTarget;
use crate::model::secret::Secret;

/// Where the key stands.
const KEY: &str = "X-API-KEY";

/// A RetailCRM that can be asked.
pub(super) struct Api<'a> {
    client: &'a CrmClient,
    base: &'a str,
    key: &'a Secret,
    at: Timestamp,
}

impl<'a> Api<'a> {
    /// By the settings.
    pub(super) fn open(
        client: &'a CrmClient,
        target: &'a OpenCrmTarget,
        at: Timestamp,
    ) -> Result<Self, CrmError> {
        let base = target.text(URL).ok_or(CrmError::Settings("there is no address"))?;
        let key = target.field(API_KEY).ok_or(CrmError::Settings("there is no API key"))?;
        Ok(Self { client, base: base.trim_end_matches('/'), key, at })
    }

    /// Asks for something.
    pub(super) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, CrmError> {
        let reply = ask(self.request(Method::GET, path)?.query(query), self.at).await?;
        answer::read(&reply)
    }

    /// Posts a form.
    pub(super) async fn post(&self, path: &str, form: &[(&str, String)]) -> Result<Value, CrmError> {
        let reply = ask(self.request(Method::POST, path)?.form(form), self.at).await?;
        answer::read(&reply)
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, CrmError> {
        let url = Url::parse(&format!("{}/api/v5/{path}", self.base));
        let url = url.map_err(|_| CrmError::Settings("the address is not a URL"))?;
        Ok(self.client.request(method, &url)?.header(KEY, self.key.reveal()))
    }
}
