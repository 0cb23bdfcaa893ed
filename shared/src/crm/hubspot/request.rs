//! Requests to HubSpot's API, with the token that was entered or the one that a consent gave.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::answer::{self, Failure, Limit};
use super::wire::Object;
use super::{HubSpotConnector, TOKEN};
use crate::clock::Timestamp;
use crate::crm::{Access, CrmError, Reply, ask};
use crate::http_client::CrmClient;
use crate::model::grant::OpenGrant;
use crate::model::secret::Secret;

/// A token that was renewed so recently is not renewed because it is refused.
const JUST_RENEWED: Duration = Duration::from_mins(1);

/// An account that can be asked.
pub(super) struct Api<'a> {
    client: &'a CrmClient,
    base: &'a Url,
    token: &'a Secret,
    pub(super) grant: Option<&'a OpenGrant>,
    /// When it is asked.
    pub(super) at: Timestamp,
    /// What tells it from others, without telling its token.
    pub(super) name: String,
}

impl<'a> Api<'a> {
    /// By the settings.
    pub(super) fn open(
        connector: &'a HubSpotConnector,
        access: Access<'a>,
        at: Timestamp,
    ) -> Result<Self, CrmError> {
        let entered = access.target.field(TOKEN);
        let grant = access.grant.filter(|_| entered.is_none());
        let token = entered.or_else(|| grant.map(|grant| &grant.access)).ok_or(CrmError::NoConsent)?;
        let name = access.target.fingerprint().short_hex(16);
        Ok(Self { client: &connector.client, base: &connector.api, token, grant, at, name })
    }

    /// Whether an application with a consent asks, which may do what a private one may not.
    pub(super) const fn is_application(&self) -> bool {
        self.grant.is_some()
    }

    /// Asks for something.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, Failure> {
        let reply = self.send(self.request(Method::GET, path)?.query(query)).await?;
        self.judged(answer::read(&reply, Limit::Account))
    }

    /// Posts something that is answered.
    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Failure> {
        let reply = self.send(self.request(Method::POST, path)?.json(body)).await?;
        self.judged(answer::read(&reply, Limit::Account))
    }

    /// Posts something whose answer has no body.
    pub(super) async fn tell(&self, path: &str, body: &Value) -> Result<(), Failure> {
        let reply = self.send(self.request(Method::POST, path)?.json(body)).await?;
        self.judged(answer::accepted(&reply, Limit::Account))
    }

    /// Searches, which has a limit of its own.
    pub(super) async fn search<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Failure> {
        let reply = self.send(self.request(Method::POST, path)?.json(body)).await?;
        self.judged(answer::read(&reply, Limit::Search))
    }

    /// Writes a batch of one.
    pub(super) async fn batch(&self, path: &str, input: &Value) -> Result<Object, Failure> {
        let body = serde_json::json!({ "inputs": [input] });
        let reply = self.send(self.request(Method::POST, path)?.json(&body)).await?;
        self.judged(answer::only(&reply))
    }

    /// Ties one object to another; repeated, it changes nothing.
    pub(super) async fn tie(&self, path: &str) -> Result<(), Failure> {
        let reply = self.send(self.request(Method::PUT, path)?).await?;
        self.judged(answer::read::<Value>(&reply, Limit::Account)).map(drop)
    }

    /// Removes something; that it is gone already is as good.
    pub(super) async fn delete(&self, path: &str) -> Result<(), CrmError> {
        let reply = self.send(self.request(Method::DELETE, path)?).await?;
        match self.judged(answer::accepted(&reply, Limit::Account)) {
            Ok(()) | Err(Failure::Missing(_)) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, CrmError> {
        let url = self.base.join(path).map_err(|_| CrmError::Settings("the address is not a URL"))?;
        Ok(self.client.request(method, &url)?.bearer_auth(self.token.reveal()))
    }

    async fn send(&self, request: RequestBuilder) -> Result<Reply, CrmError> {
        ask(request, self.at).await
    }

    /// A refused token of a consent is renewed once.
    fn judged<T>(&self, answer: Result<T, Failure>) -> Result<T, Failure> {
        let Err(Failure::Token { ended }) = answer else { return answer };
        let renewable = self.grant.is_some_and(|grant| self.at.since(grant.renewed_at) > JUST_RENEWED);
        if self.grant.is_some() && (ended || renewable) {
            return Err(CrmError::TokenEnded.into());
        }
        Err(Failure::Token { ended })
    }
}
