//! Access tokens (docs/pbx.md §1): the two grants that an integration uses, and when a token is renewed.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use super::answer::{self, Endpoint};
use super::error::PbxError;
use super::{PbxClient, wire};
use crate::clock::Timestamp;
use crate::model::connection::Origin;
use crate::model::ids::Random;
use crate::model::secret::{Digest, Secret};

/// Used when the PBX doesn't say (docs/pbx.md §1.3).
const DEFAULT_LIFETIME: Duration = Duration::from_hours(1);

/// A token is renewed this long before it ends, so that none ends on its way (docs/pbx.md §1.3).
const EARLY: Duration = Duration::from_mins(1);

/// Authorises requests for about an hour. Its parts are stored one by one, the secret ones sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// The bearer token.
    pub value: Secret,
    /// When it ends.
    pub expires_at: Timestamp,
    /// What some grants give for renewing it (docs/pbx.md §13.16).
    pub refresh: Option<Secret>,
}

impl AccessToken {
    /// Whether it can be used for a request now.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now + EARLY < self.expires_at
    }
}

/// Proof that the one who exchanges a code is the one who asked for it (RFC 7636, S256).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pkce {
    /// Kept until the exchange.
    pub verifier: Secret,
    /// Sent with the browser.
    pub challenge: String,
}

impl Pkce {
    /// A new pair.
    pub fn random(random: &dyn Random) -> Self {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        Self::from_verifier(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The pair that belongs to a verifier.
    pub fn from_verifier(verifier: Secret) -> Self {
        let challenge = URL_SAFE_NO_PAD.encode(Digest::of(verifier.reveal().as_bytes()).bytes());
        Self { verifier, challenge }
    }
}

/// Where the administrator's browser goes to consent (docs/pbx.md §1.4). `state` comes back with the code and must
/// be compared by the caller. `None` when the origin is no base of addresses.
pub fn authorise_url(
    origin: &Origin,
    app_id: &str,
    redirect_uri: &str,
    state: &str,
    pkce: Option<&Pkce>,
) -> Option<Url> {
    let mut url = Url::parse(&format!("{origin}/oauth/authorize")).ok()?;
    {
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", app_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", "all")
            .append_pair("state", state);
        if let Some(pkce) = pkce {
            query.append_pair("code_challenge", &pkce.challenge).append_pair("code_challenge_method", "S256");
        }
    }
    Some(url)
}

impl PbxClient {
    /// A token for a `trusted` application (`client_credentials`, docs/pbx.md §1.3).
    pub async fn token(
        &self,
        origin: &Origin,
        app_id: &str,
        app_secret: &Secret,
    ) -> Result<AccessToken, PbxError> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", app_id),
            ("client_secret", app_secret.reveal()),
        ];
        self.ask_for_token(origin, &form).await
    }

    /// A token for the code that a `public` application was given (docs/pbx.md §1.4).
    pub async fn exchange_code(
        &self,
        origin: &Origin,
        app_id: &str,
        app_secret: &Secret,
        code: &Secret,
        redirect_uri: &str,
        verifier: Option<&Secret>,
    ) -> Result<AccessToken, PbxError> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code.reveal()),
            ("redirect_uri", redirect_uri),
            ("client_id", app_id),
            ("client_secret", app_secret.reveal()),
        ];
        if let Some(verifier) = verifier {
            form.push(("code_verifier", verifier.reveal()));
        }
        self.ask_for_token(origin, &form).await
    }

    /// A new token for one that came with something to renew it (docs/pbx.md §13.16).
    pub async fn renew(
        &self,
        origin: &Origin,
        app_id: &str,
        app_secret: &Secret,
        refresh: &Secret,
    ) -> Result<AccessToken, PbxError> {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.reveal()),
            ("client_id", app_id),
            ("client_secret", app_secret.reveal()),
        ];
        let renewed = self.ask_for_token(origin, &form).await?;
        // One that is not replaced serves again (RFC 6749 §6).
        let refresh = renewed.refresh.clone().or_else(|| Some(refresh.clone()));
        Ok(AccessToken { refresh, ..renewed })
    }

    async fn ask_for_token(&self, origin: &Origin, form: &[(&str, &str)]) -> Result<AccessToken, PbxError> {
        let asked_at = self.clock.now();
        let request = self.http.post(format!("{origin}/oauth/token")).form(form);
        let response = request.send().await.map_err(answer::unanswered)?;
        let body = answer::receive(Endpoint::Token, response, self.clock.now()).await?;
        answer::object(answer::json(&body)?, |token| read(&token, asked_at))
    }
}

fn read(token: &wire::Token, asked_at: Timestamp) -> Option<AccessToken> {
    // What can't stand in a header can't be a token.
    let value = token.access_token.text().filter(|text| text.bytes().all(|b| b.is_ascii_graphic()))?;
    Some(AccessToken {
        value: Secret::new(value),
        expires_at: asked_at + token.expires_in.seconds().unwrap_or(DEFAULT_LIFETIME),
        refresh: token.refresh_token.text().map(Secret::new),
    })
}
