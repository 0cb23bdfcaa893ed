//! Requests to BottleCRM's API, which asks for a slash behind every path.

use reqwest::{Method, RequestBuilder};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::answer::{self, Failure};
use super::{TOKEN, URL};
use crate::clock::Timestamp;
use crate::crm::{CrmError, Reply, ask};
use crate::http_client::CrmClient;
use crate::model::crm_target::OpenCrmTarget;
use crate::model::secret::Secret;

/// What a removal is answered with.
const NOTHING_LEFT: u16 = 204;

/// A BottleCRM that can be asked.
pub(super) struct Api<'a> {
    client: &'a CrmClient,
    base: String,
    token: &'a Secret,
    /// When it is asked.
    pub(super) at: Timestamp,
    /// What tells it from others, without telling its token.
    pub(super) name: String,
}

impl<'a> Api<'a> {
    /// By the settings.
    pub(super) fn open(
        client: &'a CrmClient,
        target: &'a OpenCrmTarget,
        at: Timestamp,
    ) -> Result<Self, CrmError> {
        let base = target.text(URL).ok_or(CrmError::Settings("there is no address"))?;
        let token = target.field(TOKEN).ok_or(CrmError::Settings("there is no token"))?;
        let name = target.fingerprint().short_hex(16);
        Ok(Self { client, base: base.trim_end_matches('/').to_owned(), token, at, name })
    }

    /// Asks for something.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, Failure> {
        let reply = self.send(self.request(Method::GET, path)?.query(query)).await?;
        answer::read(&reply)
    }

    /// Posts something that is answered.
    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Failure> {
        let reply = self.send(self.request(Method::POST, path)?.json(body)).await?;
        answer::read(&reply)
    }

    /// Changes something.
    pub(super) async fn patch(&self, path: &str, body: &Value) -> Result<(), Failure> {
        let reply = self.send(self.request(Method::PATCH, path)?.json(body)).await?;
        answer::read::<Value>(&reply).map(drop)
    }

    /// Removes something; that it is gone already is as good.
    pub(super) async fn delete(&self, path: &str) -> Result<(), CrmError> {
        let reply = self.send(self.request(Method::DELETE, path)?).await?;
        match answer::accepted(&reply) {
            // A page that asks to sign in is a success too, by its status.
            Ok(()) if reply.status != NOTHING_LEFT => reply.json::<Value>().map(drop),
            Ok(()) | Err(Failure::Missing(_)) => Ok(()),
            Err(Failure::Crm(error)) => Err(error),
        }
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, CrmError> {
        let url = Url::parse(&format!("{}/api/{path}", self.base));
        let url = url.map_err(|_| CrmError::Settings("the address is not a URL"))?;
        Ok(self.client.request(method, &url)?.bearer_auth(self.token.reveal()))
    }

    async fn send(&self, request: RequestBuilder) -> Result<Reply, CrmError> {
        ask(request, self.at).await
    }
}
