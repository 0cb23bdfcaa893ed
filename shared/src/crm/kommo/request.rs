//! Requests to an account's API.

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::account::{Account, Way};
use super::answer::{self, Failure};
use super::oauth::ACCOUNT_FACT;
use super::pace::Pace;
use super::{ACCOUNT, KommoConnector, TOKEN};
use crate::clock::Timestamp;
use crate::crm::{Access, CrmError, Reply, ask};
use crate::model::secret::Secret;

/// An account that can be asked.
pub(super) struct Api<'a> {
    way: &'a Way,
    pace: &'a Pace,
    account: Account,
    token: &'a Secret,
    /// Whether the token can be renewed.
    renewable: bool,
    /// When it is asked.
    pub(super) at: Timestamp,
}

impl<'a> Api<'a> {
    /// By the token in the settings, or by what the consent gave.
    pub(super) fn open(
        connector: &'a KommoConnector,
        access: Access<'a>,
        at: Timestamp,
    ) -> Result<Self, CrmError> {
        let (way, pace) = (&connector.way, &connector.pace);
        let (named, token, renewable) = if let Some(token) = access.target.field(TOKEN) {
            (None, token, false)
        } else {
            let grant = access.grant.ok_or(CrmError::NoConsent)?;
            (grant.fact(ACCOUNT_FACT), &grant.access, true)
        };
        let account = named.or_else(|| access.target.text(ACCOUNT)).and_then(Account::parse);
        let account = account.ok_or(CrmError::Settings("the account is none of Kommo's or amoCRM's"))?;
        Ok(Self { way, pace, account, token, renewable, at })
    }

    /// Which account it is.
    pub(super) fn name(&self) -> &str {
        self.account.as_str()
    }

    /// Asks for a list.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        name: &str,
    ) -> Result<Vec<T>, Failure> {
        let reply = self.send(Method::GET, path, query, None).await?;
        answer::list(&reply, self.renewable, name)
    }

    /// Asks whether something may be seen.
    pub(super) async fn look(&self, path: &str) -> Result<(), Failure> {
        let reply = self.send(Method::GET, path, &[("limit", "1")], None).await?;
        answer::accepted(&reply, self.renewable)
    }

    /// Posts one thing, as a list of one, and reads what it became.
    pub(super) async fn make<T: DeserializeOwned>(
        &self,
        path: &str,
        body: Value,
        name: &str,
    ) -> Result<T, Failure> {
        let reply = self.send(Method::POST, path, &[], Some(&Value::Array(vec![body]))).await?;
        let made = answer::list(&reply, self.renewable, name)?.into_iter().next();
        made.ok_or_else(|| CrmError::Unreadable { status: reply.status }.into())
    }

    /// Changes one thing.
    pub(super) async fn change(&self, path: &str, body: Value) -> Result<(), Failure> {
        let reply = self.send(Method::PATCH, path, &[], Some(&Value::Array(vec![body]))).await?;
        answer::accepted(&reply, self.renewable)
    }

    /// Posts something that is answered with no more than that it was taken.
    pub(super) async fn tell(&self, path: &str, body: &Value) -> Result<(), Failure> {
        let reply = self.send(Method::POST, path, &[], Some(body)).await?;
        answer::accepted(&reply, self.renewable)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Reply, CrmError> {
        let request = self.way.request(method, &self.account, &format!("/api/{path}"))?;
        let mut request = request.bearer_auth(self.token.reveal()).query(query);
        if let Some(body) = body {
            request = request.json(body);
        }
        self.pace.turn(self.name()).await?;
        ask(request, self.at).await
    }
}
