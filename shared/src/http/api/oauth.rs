//! Connecting by consent: `POST /oauth/start` gives the address for the browser, which comes back to `/oauth/callback`.
//! A cookie ties the two together, so that nobody can have somebody else finish their sign-in.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;
use url::Url;

use super::describe::{Doc, Routes};
use super::doors::Knocker;
use super::{CameBack, Refusal, SettingsApi, Who, connections};
use crate::flow::SettingsDeps;
use crate::flow::connection::consent::{self, Begun, ConsentError, Wish};
use crate::http::Problem;
use crate::http::form::Form;
use crate::http::form::bodies::{Host, NewCrm, NewSignIn};
use crate::http::form::crm;
use crate::model::secret::Secret;
use crate::rules::limits::Door;
use crate::view::connection::{Connected, SignIn};

/// The browser's proof that it began the sign-in. With the prefix, where https is spoken, no neighbour under the same
/// domain can plant one.
const BROWSER: &str = "ringbridge_sign_in";
const HOST_BROWSER: &str = "__Host-ringbridge_sign_in";

/// Where one PBX sends the browser back to; `consent::place` says what stands for it.
const CALLBACK: &str = "/api/v1/oauth/callback/{pbx}";

pub(super) fn routes() -> Routes {
    let wish =
        NewSignIn { name: "Example Ltd", pbx: Host { host: "https://pbx.example" }, crm: NewCrm::example() };
    let start_doc =
        Doc::new("beginSignIn", "Begins to connect by consent; sets a cookie that the browser brings back")
            .open()
            .takes(&wish)
            .ends(415, "Neither JSON nor a page of ours")
            .gives::<SignIn>(200, "Where the browser goes");
    let callback_doc = Doc::new("finishSignIn", "Where the PBX sends the browser back to")
        .open()
        .query("code", "The PBX's code")
        .query("state", "What the sign-in was begun with")
        .gives::<Connected>(201, "Connected; the key is shown this once")
        .ends(400, "No consent, or a sign-in that is over or another browser's")
        .ends(422, "The PBX account can't be used");
    Routes::new().on("post", "/api/v1/oauth/start", start, start_doc).on(
        "get",
        CALLBACK,
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

async fn start(
    State(api): State<SettingsApi>,
    knocker: Knocker,
    headers: HeaderMap,
    mut form: Form,
) -> Result<Response, Refusal> {
    let deps = &api.settings;
    if !is_ours(&headers, &deps.public_url) {
        let detail = "begin a sign-in from our own pages, or with Content-Type: application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).into());
    }
    let name = form.text("name", connections::MAX_NAME);
    let host = form.text("pbx.host", connections::MAX_NAME);
    let origin = host.and_then(|host| connections::listed(&mut form, deps, &host));
    let crm = crm::read(&mut form, &deps.connectors, deps.targets);
    let wish = name.zip(origin).zip(crm).map(|((name, origin), crm)| Wish { name, origin, crm });
    let wish = form.finish(wish)?;
    knocker.may(deps, Door::Consents)?;
    // Each counts, since each stores something.
    knocker.failed(deps, Door::Consents).await;
    let Some(begun) = consent::begin(deps, wish).await? else {
        let message =
            "the operator has no public application on this PBX; connect with App ID and App Secret";
        return Err(Problem::field("pbx.host", message).into());
    };
    let cookie = browser_cookie(deps, &begun);
    let body =
        SignIn { authorise_url: begun.authorise_url.to_string(), expires_at: begun.expires_at.rfc3339() };
    Ok(([(SET_COOKIE, cookie)], Json(body)).into_response())
}

/// The cookie that a browser brings back. For the whole host: the prefix asks for it, and a public URL may have a path
/// that the callback never sees.
pub(in crate::http) fn browser_cookie(deps: &SettingsDeps, begun: &Begun) -> String {
    let (name, secure) = match deps.public_url.scheme() {
        "https" => (HOST_BROWSER, "; Secure"),
        _ => (BROWSER, ""),
    };
    format!("{name}={}; HttpOnly; SameSite=Lax; Path=/; Max-Age=600{secure}", begun.browser.reveal())
}

async fn callback(
    State(api): State<SettingsApi>,
    who: Who,
    knocker: Knocker,
    method: Method,
    Path(pbx): Path<String>,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Result<Response, Refusal> {
    if method == Method::HEAD {
        // A link scanner that looks ahead must not use the code up.
        return Ok(StatusCode::METHOD_NOT_ALLOWED.into_response());
    }
    let Some(code) = answer.code.filter(|code| !code.is_empty()) else {
        let detail = "the PBX gave no consent; begin the sign-in again if that was not meant";
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail).into());
    };
    knocker.may(&api.settings, Door::Accounts)?;
    let (state, browser) =
        (Secret::new(answer.state.unwrap_or_default()), browser(&headers, &api.settings.public_url));
    match consent::finish(&api.settings, &state, &Secret::new(code), &browser, &pbx, &who.0).await {
        Ok(connected) => {
            let body = Json(connections::shown(&api.settings, &connected).await?);
            let response = (StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], body).into_response();
            Ok(CameBack::FromPbx(Arc::new(connected)).beside(response))
        }
        Err(ConsentError::Unknown) => {
            knocker.failed(&api.settings, Door::Accounts).await;
            let detail = "this sign-in is over or belongs to another browser; begin it again";
            Err(Problem::new(StatusCode::BAD_REQUEST, detail).into())
        }
        Err(ConsentError::Connect(error)) => Err(connections::refusal(error)),
    }
}

/// Whether a sign-in is begun by JSON, which no foreign page can send unasked, or by a page of ours.
fn is_ours(headers: &HeaderMap, public_url: &Url) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let json = text(CONTENT_TYPE).and_then(|kind| kind.split(';').next());
    let json = json.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    json || text(ORIGIN).is_some_and(|origin| origin == public_url.origin().ascii_serialization())
}

fn browser(headers: &HeaderMap, public_url: &Url) -> Secret {
    let wanted = if public_url.scheme() == "https" { HOST_BROWSER } else { BROWSER };
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    Secret::new(pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value).unwrap_or_default())
}
