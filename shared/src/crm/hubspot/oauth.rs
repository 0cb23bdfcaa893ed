//! The consent of an account's administrator. HubSpot says how long a token lives, and gives the refresh token back with
//! each new one, the same or another: what it gives is kept (docs/hubspot.md §1).

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::wire::TOKENS;
use super::{API, CLIENT_ID, CLIENT_SECRET, HubSpotConnector, SCOPES};
use crate::clock::Timestamp;
use crate::crm::{Consent, CrmError, ask};
use crate::model::crm_target::OpenCrmTarget;
use crate::model::delivery::AttemptClass::{Refused, Throttled, Transient, Unauthorised};
use crate::model::grant::OpenGrant;
use crate::model::secret::Secret;

/// Where a person consents; what stands for the API stands for it too.
const CONSENT: &str = "https://app.hubspot.com/oauth/authorize";
/// An access token's life, where the answer does not say it.
const LIFE: u64 = 1_800;
/// The facts that name the account and the application.
pub(super) const ACCOUNT: &str = "hub_id";
/// See [`ACCOUNT`].
pub(super) const APPLICATION: &str = "app_id";

const AGAIN: &str = "HubSpot has to be connected again: it no longer lets this application in";
const CLIENT: &str = "HubSpot does not know the application: check its client id and secret";
const FAILED: &str = "HubSpot's token server failed; it is tried again";
const REFUSED: &str =
    "HubSpot gave no token: check the application's redirect address and scopes, then begin again";

/// A pair of tokens.
#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<u64>,
    hub_id: Option<u64>,
}

#[async_trait]
impl Consent for HubSpotConnector {
    fn authorise_url(&self, target: &OpenCrmTarget, state: &str, redirect: &Url) -> Result<Url, CrmError> {
        const NO_URL: CrmError = CrmError::Settings("HubSpot's address is not a URL");
        let mut url = if self.api.as_str().trim_end_matches('/') == API {
            Url::parse(CONSENT).map_err(|_| NO_URL)?
        } else {
            self.api.join("oauth/authorize").map_err(|_| NO_URL)?
        };
        url.query_pairs_mut()
            .append_pair("client_id", target.text(CLIENT_ID).unwrap_or_default())
            .append_pair("redirect_uri", redirect.as_str())
            .append_pair("scope", SCOPES)
            .append_pair("state", state);
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
        let given = [
            ("grant_type", "authorization_code"),
            ("code", code.reveal()),
            ("redirect_uri", redirect.as_str()),
        ];
        let tokens = self.tokens(target, &given, now).await?;
        let grant = grant(target, tokens, None, now);
        let mut grant = grant.ok_or(CrmError::answered(200, Refused, REFUSED))?;
        // Its player alone needs the application's id, and calls are logged without it.
        if let Ok(application) = self.application(&grant.access, now).await {
            grant.facts.insert(APPLICATION.to_owned(), application.to_string());
        }
        Ok(grant)
    }

    async fn renew(
        &self,
        target: &OpenCrmTarget,
        old: &OpenGrant,
        now: Timestamp,
    ) -> Result<OpenGrant, CrmError> {
        let refresh = old.refresh.as_ref().ok_or(CrmError::NoConsent)?;
        let given = [("grant_type", "refresh_token"), ("refresh_token", refresh.reveal())];
        let tokens = self.tokens(target, &given, now).await?;
        grant(target, tokens, Some(old), now).ok_or(CrmError::Unreadable { status: 200 })
    }
}

impl HubSpotConnector {
    /// Which application a token was given to.
    async fn application(&self, access: &Secret, now: Timestamp) -> Result<u64, CrmError> {
        #[derive(Deserialize)]
        struct About {
            app_id: u64,
        }
        let url = self.api.join(&format!("oauth/{TOKENS}/access-tokens/{}", access.reveal()));
        let url = url.map_err(|_| CrmError::Settings("HubSpot's address is not a URL"))?;
        let reply = ask(self.client.request(Method::GET, &url)?, now).await?;
        if reply.is_success() { Ok(reply.json::<About>()?.app_id) } else { Err(reply.refusal()) }
    }

    /// Asks for tokens, by a form.
    async fn tokens(
        &self,
        target: &OpenCrmTarget,
        given: &[(&str, &str)],
        now: Timestamp,
    ) -> Result<Tokens, CrmError> {
        let url = self.api.join(&format!("oauth/{TOKENS}/token"));
        let url = url.map_err(|_| CrmError::Settings("HubSpot's address is not a URL"))?;
        let settings = [("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)];
        let settings = settings.map(|(name, setting)| (name, target.text(setting).unwrap_or_default()));
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(given)
            .extend_pairs(settings)
            .finish();
        let request = self.client.request(Method::POST, &url)?.body(body);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let reply = ask(request, now).await?;
        if reply.is_success() {
            return reply.json();
        }
        let Ok(body) = reply.json::<Value>() else {
            if CrmError::class_of(reply.status) == Throttled {
                return Err(reply.refusal());
            }
            return Err(CrmError::answered(reply.status, Transient, FAILED));
        };
        let status = body.get("status").and_then(Value::as_str).unwrap_or_default();
        let reason = match (reply.status, status) {
            (400 | 401 | 403, "BAD_CLIENT_ID" | "BAD_CLIENT_SECRET") => CLIENT,
            (400 | 401 | 403, "BAD_REDIRECT_URI" | "BAD_AUTH_CODE" | "MISMATCH_REDIRECT_URI_AUTH_CODE") => {
                REFUSED
            }
            (400 | 401 | 403, _) => AGAIN,
            _ => return Err(reply.refusal()),
        };
        Err(CrmError::answered(reply.status, Unauthorised, reason))
    }
}

/// Tokens and the account; what a renewal does not repeat stays.
fn grant(
    target: &OpenCrmTarget,
    tokens: Tokens,
    old: Option<&OpenGrant>,
    now: Timestamp,
) -> Option<OpenGrant> {
    let refresh = tokens.refresh_token.filter(|token| !token.is_empty()).map(Secret::new);
    let mut facts = old.map(|old| old.facts.clone()).unwrap_or_default();
    facts.extend(tokens.hub_id.map(|account| (ACCOUNT.to_owned(), account.to_string())));
    Some(OpenGrant {
        of: target.fingerprint(),
        access: Some(tokens.access_token).filter(|token| !token.is_empty()).map(Secret::new)?,
        refresh: Some(refresh.or_else(|| old?.refresh.clone())?),
        expires_at: now + Duration::from_secs(tokens.expires_in.unwrap_or(LIFE).min(48 * LIFE)),
        renewed_at: now,
        proof: None,
        facts,
    })
}
