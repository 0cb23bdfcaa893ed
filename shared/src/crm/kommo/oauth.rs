//! The consent of an account. Both tokens change with each renewal, so one whose answer was lost is not repeated before
//! Kommo has said that it did not happen; an account that has another address by now is followed (docs/kommo.md §2).

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::account::Account;
use super::answer::{self, Failure};
use super::{ACCOUNT, CLIENT_ID, CLIENT_SECRET, KommoConnector};
use crate::clock::Timestamp;
use crate::crm::{Consent, CrmError, Reply, ask};
use crate::model::crm_target::OpenCrmTarget;
use crate::model::delivery::AttemptClass::Unauthorised;
use crate::model::grant::OpenGrant;
use crate::model::secret::Secret;

/// The fact that names the account as it is called by now.
pub(super) const ACCOUNT_FACT: &str = "account";
/// The fact that repeats where the browser came back to: a renewal must name it again.
const REDIRECT: &str = "redirect_uri";
/// An access token's life, where the answer does not say it.
const LIFE: u64 = 86_400;

const AGAIN: &str = "Kommo has to be connected again: it no longer lets this integration in";
const NO_CODE: &str = "Kommo does not take this consent: check the integration's id, its secret key and its redirect address, then begin again";
const NO_ACCOUNT: CrmError = CrmError::Settings("the account is none of Kommo's or amoCRM's");

/// A pair of tokens.
#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    refresh_token: String,
    #[serde(default)]
    expires_in: Option<u64>,
}

#[async_trait]
impl Consent for KommoConnector {
    fn authorise_url(&self, target: &OpenCrmTarget, state: &str, _: &Url) -> Result<Url, CrmError> {
        // Kommo sends the browser to the address that is entered with the integration, not to one of ours.
        let at = match &self.way.instead {
            Some(base) => format!("{}/oauth", base.as_str().trim_end_matches('/')),
            None => account(target)?.consents_at(),
        };
        let mut url = Url::parse(&at).map_err(|_| NO_ACCOUNT)?;
        url.query_pairs_mut()
            .append_pair("client_id", target.text(CLIENT_ID).unwrap_or_default())
            .append_pair("state", state)
            .append_pair("mode", "popup");
        Ok(url)
    }

    async fn exchange(
        &self,
        target: &OpenCrmTarget,
        answer: &BTreeMap<String, Secret>,
        redirect: &Url,
        now: Timestamp,
    ) -> Result<OpenGrant, CrmError> {
        let code = answer.get("code").ok_or(CrmError::NoConsent)?;
        // Where it was consented: an account may have another address than the one that was entered.
        let referer = answer.get("referer").and_then(|referer| Account::parse(referer.reveal()));
        let account = referer.map_or_else(|| account(target), Ok)?;
        let given = json!({ "grant_type": "authorization_code", "code": code.reveal() });
        let reply = self.tokens(target, &account, given, redirect.as_str(), now).await?;
        grant(target, &reply, &account, redirect.as_str(), now).map_err(|failure| refused(failure, NO_CODE))
    }

    async fn renew(
        &self,
        target: &OpenCrmTarget,
        old: &OpenGrant,
        now: Timestamp,
    ) -> Result<OpenGrant, CrmError> {
        let refresh = old.refresh.as_ref().ok_or(CrmError::NoConsent)?;
        let redirect = old.fact(REDIRECT).ok_or(CrmError::NoConsent)?;
        let given = json!({ "grant_type": "refresh_token", "refresh_token": refresh.reveal() });
        let mut at = of(target, old)?;
        let mut reply = self.tokens(target, &at, given.clone(), redirect, now).await?;
        // An account that has moved is not known at its old address, so the token is not spent there.
        if matches!(reply.status, 300..=399 | 401 | 404)
            && let Some(moved) = self.whereabouts(old, &at, now).await?.filter(|moved| *moved != at)
        {
            at = moved;
            reply = self.tokens(target, &at, given, redirect, now).await?;
        }
        grant(target, &reply, &at, redirect, now).map_err(|failure| refused(failure, AGAIN))
    }

    async fn is_unspent(
        &self,
        target: &OpenCrmTarget,
        grant: &OpenGrant,
        now: Timestamp,
    ) -> Result<bool, CrmError> {
        Ok(self.whereabouts(grant, &of(target, grant)?, now).await?.is_some())
    }
}

impl KommoConnector {
    async fn tokens(
        &self,
        target: &OpenCrmTarget,
        account: &Account,
        mut given: Value,
        redirect: &str,
        now: Timestamp,
    ) -> Result<Reply, CrmError> {
        for (name, setting) in [("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)] {
            given[name] = json!(target.text(setting).unwrap_or_default());
        }
        given[REDIRECT] = json!(redirect);
        let request = self.way.request(Method::POST, account, "/oauth2/access_token")?;
        self.pace.turn(account.as_str()).await?;
        ask(request.json(&given), now).await
    }

    /// Where the account is by now, if the refresh token is still good: asked by it, which does not spend it.
    async fn whereabouts(
        &self,
        grant: &OpenGrant,
        known: &Account,
        now: Timestamp,
    ) -> Result<Option<Account>, CrmError> {
        let refresh = grant.refresh.as_ref().ok_or(CrmError::NoConsent)?;
        let api = api_domain(grant.access.reveal()).unwrap_or_else(|| known.clone());
        let request = self.way.request(Method::GET, &api, "/oauth2/account/current/subdomain")?;
        let reply = ask(request.header("X-Refresh-Token", refresh.reveal()), now).await?;
        match reply.status {
            200 => {
                let body: Value = reply.json()?;
                let domain = body.get("domain").and_then(Value::as_str).and_then(Account::parse);
                domain.map(Some).ok_or(CrmError::Unreadable { status: 200 })
            }
            300..=399 | 400 | 401 | 404 => Ok(None),
            _ => answer::accepted(&reply, false).map(|()| None).map_err(CrmError::from),
        }
    }
}

/// What a refusal of the tokens means; being told to wait, to pay or that Kommo failed is none.
fn refused(failure: Failure, reason: &'static str) -> CrmError {
    let error = CrmError::from(failure);
    if let Some(status) = error.status().filter(|status| matches!(status, 300..=401 | 404 | 422)) {
        return CrmError::answered(status, Unauthorised, reason);
    }
    error
}

fn account(target: &OpenCrmTarget) -> Result<Account, CrmError> {
    target.text(ACCOUNT).and_then(Account::parse).ok_or(NO_ACCOUNT)
}

/// The account of a grant.
fn of(target: &OpenCrmTarget, grant: &OpenGrant) -> Result<Account, CrmError> {
    grant.fact(ACCOUNT_FACT).and_then(Account::parse).map_or_else(|| account(target), Ok)
}

fn grant(
    target: &OpenCrmTarget,
    reply: &Reply,
    account: &Account,
    redirect: &str,
    now: Timestamp,
) -> Result<OpenGrant, Failure> {
    answer::accepted(reply, false)?;
    let tokens: Tokens = reply.json()?;
    let lives = Duration::from_secs(tokens.expires_in.unwrap_or(LIFE).min(LIFE));
    let facts = [(ACCOUNT_FACT, account.as_str()), (REDIRECT, redirect)];
    Ok(OpenGrant {
        of: target.fingerprint(),
        access: Secret::new(tokens.access_token),
        refresh: Some(Secret::new(tokens.refresh_token)),
        expires_at: now + lives,
        renewed_at: now,
        proof: None,
        facts: facts.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    })
}

/// Where an account's address can be asked for whatever that is by now: a claim of the access token. It is read, not
/// believed: nothing but the vendor's own domains is asked.
fn api_domain(token: &str) -> Option<Account> {
    let claims = token.split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Account::parse(claims.get("api_domain")?.as_str()?)
}
