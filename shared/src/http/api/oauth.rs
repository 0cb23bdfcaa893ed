//! Connecting by consent: `POST /oauth/start` gives the address for the browser, which comes back to `/oauth/callback`.
//! A cookie ties the two together, so that nobody can have somebody else finish his sign-in.

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, COOKIE, SET_COOKIE};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::describe::{Doc, Routes};
use super::{Refusal, SettingsApi, connections};
use crate::flow::connection::consent::{self, CALLBACK_PATH, ConsentError, Wish};
use crate::http::Problem;
use crate::http::form::Form;
use crate::http::form::crm;
use crate::model::secret::Secret;

/// The browser's proof that it began the sign-in.
const BROWSER: &str = "ringbridge_sign_in";

pub(super) fn routes() -> Routes {
    let start_doc = Doc::new("Begins to connect by consent; sets a cookie that the browser brings back")
        .open()
        .takes(json!({
            "name": "Example Ltd",
            "pbx": { "host": "https://pbx.example" },
            "crm": { "kind": "webhook", "url": "https://crm.example/hook", "secret": "whsec_…" },
        }))
        .gives(200, "Where the browser goes", json!({
            "authorise_url": "https://pbx.example/oauth/authorize?…", "expires_at": "2026-09-01T12:10:00Z",
        }));
    let callback_doc = Doc::new("Where the PBX sends the browser back to")
        .open()
        .query("code", "The PBX's code")
        .query("state", "What the sign-in was begun with")
        .gives(201, "Connected; the key is shown this once", connections::connected_example())
        .ends(400, "No consent, or a sign-in that is over or another browser's")
        .ends(422, "The PBX account can't be used");
    Routes::new().on("post", "/api/v1/oauth/start", start, start_doc).on(
        "get",
        CALLBACK_PATH,
        callback,
        callback_doc,
    )
}

/// What comes back with the browser.
#[derive(Deserialize)]
struct Answer {
    state: Option<String>,
    code: Option<String>,
}

async fn start(State(api): State<SettingsApi>, mut form: Form) -> Result<Response, Refusal> {
    let deps = &api.settings;
    let name = form.text("name", connections::MAX_NAME);
    let host = form.text("pbx.host", connections::MAX_NAME);
    let origin = host.and_then(|host| connections::listed(&mut form, deps, &host));
    let crm = crm::read(&mut form, &deps.connectors, deps.targets);
    let wish = name.zip(origin).zip(crm).map(|((name, origin), crm)| Wish { name, origin, crm });
    let wish = form.finish(wish)?;
    let Some(begun) = consent::begin(deps, wish).await? else {
        let message =
            "the operator has no public application on this PBX; connect with App ID and App Secret";
        return Err(Problem::field("pbx.host", message).into());
    };
    let secure = if deps.public_url.scheme() == "https" { "; Secure" } else { "" };
    let cookie = format!(
        "{BROWSER}={}; HttpOnly; SameSite=Lax; Path=/api/v1/oauth; Max-Age=600{secure}",
        begun.browser.reveal()
    );
    let body =
        json!({ "authorise_url": begun.authorise_url.as_str(), "expires_at": begun.expires_at.rfc3339() });
    Ok(([(SET_COOKIE, cookie)], Json(body)).into_response())
}

async fn callback(
    State(api): State<SettingsApi>,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Result<Response, Refusal> {
    let Some(code) = answer.code.filter(|code| !code.is_empty()) else {
        let detail = "the PBX gave no consent; begin the sign-in again if that was not meant";
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail).into());
    };
    let (state, browser) = (Secret::new(answer.state.unwrap_or_default()), browser(&headers));
    match consent::finish(&api.settings, &state, &Secret::new(code), &browser).await {
        Ok(connected) => {
            let body = Json(connections::view(&connected));
            Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], body).into_response())
        }
        Err(ConsentError::Unknown) => {
            let detail = "this sign-in is over or belongs to another browser; begin it again";
            Err(Problem::new(StatusCode::BAD_REQUEST, detail).into())
        }
        Err(ConsentError::Connect(error)) => Err(connections::refusal(error)),
    }
}

fn browser(headers: &HeaderMap) -> Secret {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    Secret::new(pairs.find(|(name, _)| *name == BROWSER).map(|(_, value)| value).unwrap_or_default())
}
