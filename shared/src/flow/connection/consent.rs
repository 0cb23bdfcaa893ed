//! Connecting by consent: the administrator signs in on the PBX and lets the operator's public application in
//! (docs/pbx.md §1.4). The sign-in is bound to the browser that began it, works once, and ends after ten minutes.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use super::account::{self, AccountProblem, Credentials};
use super::connect::{self, ConnectError, Connected, NewConnection};
use crate::clock::Timestamp;
use crate::flow::deps::SettingsDeps;
use crate::model::audit::Actor;
use crate::model::connection::Origin;
use crate::model::crm_target::OpenCrmTarget;
use crate::model::ids::ConnectionId;
use crate::model::public_app::PublicApp;
use crate::model::secret::{Digest, Secret};
use crate::model::secret::{crm_field, field};
use crate::pbx::{Pkce, authorise_url};
use crate::storage::{Consent, StoreError};

/// Time to find the password and to sign in.
const LIFETIME: Duration = Duration::from_mins(10);

/// Where PBXs send the browser back to, below the public address; each has a place of its own below it.
pub const CALLBACK_PATH: &str = "/api/v1/oauth/callback";

/// The place of a PBX below [`CALLBACK_PATH`], such as `pbx.example` or `pbx.example-8443`; the operator registers it with
/// the application. One for each, so that no PBX can have another's code sent to its own token endpoint.
pub fn place(origin: &Origin) -> String {
    origin.authority().to_ascii_lowercase().replace(':', "-")
}

/// What a consent is for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What the connection will be called.
    pub name: String,
    /// The PBX.
    pub origin: Origin,
    /// Where its records will go.
    pub crm: OpenCrmTarget,
}

/// A sign-in that was begun.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Where the browser goes.
    pub authorise_url: Url,
    /// What it must keep, as a cookie.
    pub browser: Secret,
    /// When it is too late.
    pub expires_at: Timestamp,
}

/// Why a sign-in led to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    /// The sign-in is unknown, used, too old, or another browser's.
    #[error("the sign-in can't be continued")]
    Unknown,
    /// The connection did not come about.
    #[error(transparent)]
    Connect(#[from] ConnectError),
}

impl From<StoreError> for ConsentError {
    fn from(error: StoreError) -> Self {
        Self::Connect(error.into())
    }
}

/// Begins a sign-in; `None` if the operator has no public application on that PBX.
pub async fn begin(deps: &SettingsDeps, wish: Wish) -> Result<Option<Begun>, StoreError> {
    let Some(app) = deps.public_app(&wish.origin, None) else { return Ok(None) };
    let (state, browser) = (random(deps), random(deps));
    let pkce = Pkce::random(deps.random.as_ref());
    let redirect = redirect_uri(deps, &app.origin);
    let Some(authorise_url) = authorise_url(&app.origin, &app.app_id, &redirect, state.reveal(), Some(&pkce))
    else {
        return Ok(None);
    };
    let sealed_for = ConnectionId::random(deps.random.as_ref());
    let expires_at = deps.clock.now() + LIFETIME;
    let consent = Consent {
        sealed_for,
        browser: bound(&browser, &place(&app.origin)),
        verifier: deps.sealer.seal(sealed_for, field::VERIFIER, &pkce.verifier, deps.random.as_ref())?,
        origin: app.origin.clone(),
        app_id: app.app_id.clone(),
        name: wish.name,
        crm: connect::seal_crm(deps, sealed_for, &wish.crm)?,
        expires_at,
    };
    deps.store.begin_consent(&digest(&state), &consent).await?;
    Ok(Some(Begun { authorise_url, browser, expires_at }))
}

/// The browser came back with a code.
pub async fn finish(
    deps: &SettingsDeps,
    state: &Secret,
    code: &Secret,
    browser: &Secret,
    place: &str,
    by: &Actor,
) -> Result<Connected, ConsentError> {
    // Taken only by the browser that began it, at the place of its PBX: whoever else comes burns nothing.
    let consent = deps.store.take_consent(&digest(state), &bound(browser, place)).await?;
    let consent =
        consent.filter(|consent| deps.clock.now() < consent.expires_at).ok_or(ConsentError::Unknown)?;
    let app: &PublicApp =
        deps.public_app(&consent.origin, Some(&consent.app_id)).ok_or(ConsentError::Unknown)?;
    let open = |field: &str, sealed: &_| {
        deps.sealer.open(consent.sealed_for, field, sealed).map_err(StoreError::from)
    };
    let verifier = open(field::VERIFIER, &consent.verifier)?;
    let crm = consent.crm.try_map(|name, sealed| open(&crm_field(name), sealed))?;
    let redirect = redirect_uri(deps, &app.origin);
    let exchanged =
        deps.pbx.exchange_code(&app.origin, &app.app_id, &app.app_secret, code, &redirect, Some(&verifier));
    let token = exchanged.await.map_err(|error| {
        let message = format!("{} The sign-in did not work; begin it again.", error.sentence());
        ConnectError::Account(AccountProblem { field: "host", message })
    })?;
    let account = account::read_with(deps, &app.origin, token).await.map_err(ConnectError::Account)?;
    let pbx = Credentials {
        origin: app.origin.clone(),
        app_id: app.app_id.clone(),
        // The application's secret is the operator's, and stays in the configuration.
        app_secret: Secret::new(""),
    };
    Ok(connect::take(deps, NewConnection { name: consent.name.clone(), pbx, crm }, account, by).await?)
}

fn redirect_uri(deps: &SettingsDeps, origin: &Origin) -> String {
    format!("{}{CALLBACK_PATH}/{}", deps.public_url.as_str().trim_end_matches('/'), place(origin))
}

/// What ties a sign-in to its browser and its PBX.
fn bound(browser: &Secret, place: &str) -> Digest {
    Digest::of(format!("{}\n{place}", browser.reveal()).as_bytes())
}

fn digest(secret: &Secret) -> Digest {
    Digest::of(secret.reveal().as_bytes())
}

fn random(deps: &SettingsDeps) -> Secret {
    let mut bytes = [0; 32];
    deps.random.fill(&mut bytes);
    Secret::new(URL_SAFE_NO_PAD.encode(bytes))
}
