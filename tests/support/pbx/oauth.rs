//! `/oauth/token` and `/oauth/authorize` (docs/pbx.md §1.3, §1.4). No `X-RateLimit-*` headers here.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, StatusCode, header};
use ring::digest;
use serde_json::json;

use super::consent::{self, ALLOW, ANSWER};
use super::state::{self, Code, Token};
use super::tenant::{App, AppKind, Tenant};
use super::world::Pbx;

type Params = HashMap<String, String>;

/// An OAuth error: its code and its description.
struct OAuthError(&'static str, &'static str);

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = json!({"error": self.0, "error_description": self.1});
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    }
}

/// Parameters come in the form body, or in the query with an empty body.
pub(super) async fn token(
    State(pbx): State<Arc<Pbx>>,
    Query(query): Query<Params>,
    body: String,
) -> Response {
    let mut params = query;
    params.extend(form_urlencoded::parse(body.as_bytes()).into_owned());
    let now = pbx.now();
    let lifetime = pbx.settings().token_seconds;
    let granted = pbx.with(|state| {
        let client_id = match params.get("grant_type").map(String::as_str) {
            Some("client_credentials") => trusted_client(state, &params),
            Some("authorization_code") => consented_client(state, &params),
            Some(_) => Err(OAuthError("unsupported_grant_type", "This grant is not supported")),
            None => Err(OAuthError("invalid_request", "grant_type is missing")),
        }?;
        let token = state.stored.rng.token();
        state.tokens.insert(token.clone(), Token { client_id, expires_at: now + lifetime * 1_000_000 });
        Ok(token)
    });
    match granted {
        Ok(token) => Json(json!({"access_token": token, "token_type": "Bearer", "expires_in": lifetime,
            "scope": "all"}))
        .into_response(),
        Err::<String, OAuthError>(error) => error.into_response(),
    }
}

/// The client of a trusted application that knows its secret.
fn trusted_client(state: &state::State, params: &Params) -> Result<u64, OAuthError> {
    let known = |app: &App| app.kind == AppKind::Trusted && proves(app, params);
    let owner = state.stored.tenants.iter().find(|tenant| tenant.apps.iter().any(known));
    owner.map(|tenant| tenant.client_id).ok_or(REJECTED)
}

/// The client whose consent the code stands for. A code works once, and only if all else is right.
fn consented_client(state: &mut state::State, params: &Params) -> Result<u64, OAuthError> {
    let given = |key: &str| params.get(key).map(String::as_str).unwrap_or_default();
    let code = state.codes.get(given("code")).ok_or(EXPIRED)?;
    let mut apps = state.stored.tenants.iter().flat_map(|tenant| &tenant.apps);
    if code.app_id != given("client_id") || !apps.any(|app| proves(app, params)) {
        return Err(REJECTED);
    }
    if code.redirect_uri != given("redirect_uri") {
        return Err(OAuthError("invalid_grant", "redirect_uri differs from the authorisation request"));
    }
    if !challenge_met(code, given("code_verifier")) {
        return Err(OAuthError("invalid_grant", "code_verifier does not match"));
    }
    let client_id = code.client_id;
    state.codes.remove(given("code"));
    Ok(client_id)
}

const REJECTED: OAuthError = OAuthError("invalid_client", "Client credentials are invalid");
const EXPIRED: OAuthError = OAuthError("invalid_grant", "Code is unknown or was used");

fn proves(app: &App, params: &Params) -> bool {
    params.get("client_id") == Some(&app.id) && params.get("client_secret") == Some(&app.secret)
}

/// PKCE is optional: without a challenge, any verifier will do.
fn challenge_met(code: &Code, verifier: &str) -> bool {
    let Some(challenge) = &code.challenge else { return true };
    if code.challenge_method.as_deref() == Some("S256") {
        let hash = digest::digest(&digest::SHA256, verifier.as_bytes());
        return *challenge == URL_SAFE_NO_PAD.encode(hash);
    }
    challenge == verifier
}

/// Sends the browser back with a code. A person is asked first; programs, which don't ask for HTML, consent at once.
/// Nothing is sent to a URL that isn't registered.
pub(super) async fn authorize(
    State(pbx): State<Arc<Pbx>>,
    headers: HeaderMap,
    Query(mut params): Query<Params>,
) -> Response {
    let answer = params.remove(ANSWER);
    let given = |key: &str| params.get(key).cloned().unwrap_or_default();
    let redirect_uri = given("redirect_uri");
    let Ok(mut location) = url::Url::parse(&redirect_uri) else { return unknown_app() };
    let client = pbx.with(|state| {
        let id = consenting_client(state, &given("client_id"), &redirect_uri)?;
        state.tenant(id).cloned()
    });
    let Some(client) = client else { return unknown_app() };
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    let (key, value) = if given("response_type") != "code" {
        ("error", "unsupported_response_type".to_owned())
    } else if answer.is_none() && accepted.is_some_and(|accepted| accepted.contains("text/html")) {
        return consent::ask(&client, &params);
    } else if answer.is_some_and(|answer| answer != ALLOW) {
        ("error", "access_denied".to_owned())
    } else {
        let consent = Code {
            client_id: client.client_id,
            app_id: given("client_id"),
            redirect_uri,
            challenge: params.get("code_challenge").cloned(),
            challenge_method: params.get("code_challenge_method").cloned(),
        };
        let code = pbx.with(|state| {
            let code = state.stored.rng.token();
            state.codes.insert(code.clone(), consent);
            code
        });
        ("code", code)
    };
    location.query_pairs_mut().append_pair(key, &value);
    if let Some(state) = params.get("state") {
        location.query_pairs_mut().append_pair("state", state);
    }
    (StatusCode::FOUND, [(header::LOCATION, location.to_string())]).into_response()
}

/// Whose administrator sits at the browser: the client chosen by the test, else the first with this app.
fn consenting_client(state: &state::State, app_id: &str, redirect_uri: &str) -> Option<u64> {
    let registered = |app: &App| match &app.kind {
        AppKind::Public(uris) => app.id == app_id && uris.iter().any(|uri| uri == redirect_uri),
        AppKind::Trusted => false,
    };
    let offers = |tenant: &&Tenant| tenant.apps.iter().any(registered);
    let first = state.stored.tenants.iter().find(offers)?;
    Some(state.consenting.unwrap_or(first.client_id))
}

fn unknown_app() -> Response {
    OAuthError("invalid_request", "Unknown application or redirect_uri").into_response()
}
