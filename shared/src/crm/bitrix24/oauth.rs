//! The consent of a local application. The portal's REST address comes with the tokens and may change with each
//! renewal; the portal itself is known by its `member_id`, since its address is not kept for ever.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method;
use serde_json::Value;
use url::Url;

use super::wire::{ENDPOINT, INSTALLED, MEMBER, USER};
use super::{Bitrix24Connector, CLIENT_ID, CLIENT_SECRET, PORTAL, answer, events};
use crate::clock::Timestamp;
use crate::crm::{Consent, CrmError, CrmEvent, ask};
use crate::model::crm_target::OpenCrmTarget;
use crate::model::delivery::AttemptClass::{Throttled, Transient, Unauthorised};
use crate::model::grant::OpenGrant;
use crate::model::secret::Secret;

/// An access token's life, where the answer does not say it.
const LIFE: u64 = 3600;

#[async_trait]
impl Consent for Bitrix24Connector {
    fn authorise_url(&self, target: &OpenCrmTarget, state: &str, _: &Url) -> Result<Url, CrmError> {
        // Bitrix24 sends the browser to the address that is entered with the application, not to one of ours.
        let mut url = portal(target)?.join("/oauth/authorize/").map_err(|_| NO_PORTAL)?;
        url.query_pairs_mut()
            .append_pair("client_id", target.text(CLIENT_ID).unwrap_or_default())
            .append_pair("state", state);
        Ok(url)
    }

    async fn exchange(
        &self,
        target: &OpenCrmTarget,
        answer: &BTreeMap<String, Secret>,
        _: &Url,
        now: Timestamp,
    ) -> Result<OpenGrant, CrmError> {
        let code = answer.get("code").ok_or(CrmError::NoConsent)?;
        let fields = self
            .tokens(target, &[("grant_type", "authorization_code"), ("code", code.reveal())], now)
            .await?;
        grant(target, &|name| field(&fields, name), None, now).ok_or(CrmError::Unreadable { status: 200 })
    }

    async fn renew(
        &self,
        target: &OpenCrmTarget,
        old: &OpenGrant,
        now: Timestamp,
    ) -> Result<OpenGrant, CrmError> {
        let refresh = old.refresh.as_ref().ok_or(CrmError::NoConsent)?;
        let given = [("grant_type", "refresh_token"), ("refresh_token", refresh.reveal())];
        let fields = self.tokens(target, &given, now).await?;
        let new = grant(target, &|name| field(&fields, name), Some(old), now);
        let new = new.ok_or(CrmError::Unreadable { status: 200 })?;
        if old.fact(MEMBER).is_some_and(|member| new.fact(MEMBER) != Some(member)) {
            return Err(CrmError::answered(
                200,
                Unauthorised,
                "Bitrix24 answered for another portal: connect it again",
            ));
        }
        Ok(new)
    }

    fn installed(
        &self,
        target: &OpenCrmTarget,
        body: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> Option<OpenGrant> {
        if !body.get("event").is_some_and(|event| event.eq_ignore_ascii_case(INSTALLED)) {
            return None;
        }
        let read = |name: &str| body.get(&format!("auth[{name}]")).cloned();
        let grant = grant(target, &read, None, now)?;
        // Anybody may post such a form: the address that our token will go to is the portal's own.
        let endpoint = Url::parse(grant.fact(ENDPOINT)?).ok()?;
        let own = portal(target).ok()?;
        let same = endpoint.origin() == own.origin() && grant.proof.is_some();
        same.then_some(grant)
    }

    fn event(&self, grant: &OpenGrant, body: &BTreeMap<String, String>) -> CrmEvent {
        events::read(grant, body)
    }
}

impl Bitrix24Connector {
    /// Asks for tokens. The address holds secrets, so no error keeps it.
    async fn tokens(
        &self,
        target: &OpenCrmTarget,
        given: &[(&str, &str)],
        now: Timestamp,
    ) -> Result<Value, CrmError> {
        let mut url = self.oauth.clone();
        for (name, setting) in [("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)] {
            url.query_pairs_mut().append_pair(name, target.text(setting).unwrap_or_default());
        }
        url.query_pairs_mut().extend_pairs(given);
        let reply = ask(self.client.request(Method::GET, &url)?, now).await?;
        let Ok(body) = reply.json::<Value>() else {
            if CrmError::class_of(reply.status) == Throttled {
                return Err(reply.refusal());
            }
            let reason = "Bitrix24's token server failed; it is tried again";
            return Err(CrmError::answered(reply.status, Transient, reason));
        };
        if body.get("error").is_some_and(|error| !error.is_null()) || !reply.is_success() {
            return Err(answer::failure(reply.status, &body, reply.retry_after, now).into());
        }
        Ok(body)
    }
}

const NO_PORTAL: CrmError = CrmError::Settings("the portal's address is not a URL");

/// The portal's address as it was entered.
pub(super) fn portal(target: &OpenCrmTarget) -> Result<Url, CrmError> {
    target.text(PORTAL).and_then(|text| Url::parse(text).ok()).ok_or(NO_PORTAL)
}

fn field(fields: &Value, name: &str) -> Option<String> {
    match fields.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Tokens and facts; what a renewal does not repeat stays.
fn grant(
    target: &OpenCrmTarget,
    read: &dyn Fn(&str) -> Option<String>,
    old: Option<&OpenGrant>,
    now: Timestamp,
) -> Option<OpenGrant> {
    let given = |name: &str| read(name).filter(|text| !text.is_empty());
    let lives = given("expires_in").and_then(|text| text.parse().ok()).unwrap_or(LIFE).min(24 * LIFE);
    let mut facts = old.map(|old| old.facts.clone()).unwrap_or_default();
    facts.extend(
        [ENDPOINT, MEMBER, USER].into_iter().filter_map(|name| Some((name.to_owned(), given(name)?))),
    );
    Url::parse(facts.get(ENDPOINT)?).ok()?;
    Some(OpenGrant {
        of: target.fingerprint(),
        access: Secret::new(given("access_token")?),
        refresh: Some(Secret::new(given("refresh_token")?)),
        expires_at: now + Duration::from_secs(lives),
        renewed_at: now,
        proof: given("application_token").map(Secret::new).or_else(|| old?.proof.clone()),
        facts,
    })
}
