//! Signing in with an admin key, and out. Whatever is wrong with a key, the answer is the same.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use maud::{Markup, html};

use super::fields::Fields;
use super::layout::{self, Input};
use super::signed::{AnyForm, CSRF, OpenForm, proof};
use super::voice::{LANGUAGE, Voice, cookie};
use crate::flow::connection::sessions;
use crate::http::api::{Knocker, Refusal, SettingsApi, opened};
use crate::model::secret::Secret;
use crate::model::token::AdminKey;
use crate::rules::limits::Door;
use crate::text::Language;
use crate::text::pages::fill;

/// A year.
const REMEMBERED: u64 = 365 * 24 * 3600;

/// What a form is called that travels through the sign-in, and its fields.
const KEPT_FOR: &str = "_kept_for";
const KEPT: &str = "_kept.";

pub(super) async fn show(voice: Voice, query: Fields) -> Response {
    let kept = html! { input type="hidden" name="next" value=(next(&query)); };
    asked(&voice, &kept, None, StatusCode::OK)
}

/// Asks for a key; what was sent without a session comes along.
pub(super) fn keeping(voice: &Voice, path: &str, fields: &Fields) -> Response {
    let kept = html! {
        p class="note" role="status" { (voice.t.common.ended) }
        input type="hidden" name=(KEPT_FOR) value=(path.strip_prefix("/app").unwrap_or(path));
        @for (name, value) in fields.all().filter(|(name, _)| *name != CSRF) {
            input type="hidden" name={ (KEPT) (name) } value=(value);
        }
    };
    asked(voice, &kept, None, StatusCode::UNAUTHORIZED)
}

fn asked(voice: &Voice, kept: &Markup, problem: Option<&str>, status: StatusCode) -> Response {
    let t = &voice.t.common;
    let key =
        Input { name: "key", label: t.key, help: t.key_help, kind: "password", value: "", optional: false };
    let content = html! {
        form class="narrow" method="post" action=(voice.url("/sign-in")) {
            @if let Some(problem) = problem { p class="bad" role="alert" { (problem) } }
            (kept)
            (key.show(voice, &[]))
            button { (t.sign_in) }
        }
        p { a href=(voice.url("/connect")) { (t.first_time) } }
    };
    let mut response = layout::open(voice, t.sign_in, &content);
    *response.status_mut() = status;
    response
}

pub(super) async fn sign_in(
    State(api): State<SettingsApi>,
    voice: Voice,
    knocker: Knocker,
    OpenForm(fields): OpenForm,
) -> Result<Response, Refusal> {
    let deps = &api.settings;
    if let Err(Refusal::Wait(wait)) = knocker.may(deps, Door::Keys) {
        let text = fill(voice.t.common.too_often, &[&wait.as_secs().max(1).to_string()]);
        return Ok(asked(&voice, &carried(&fields), Some(&text), StatusCode::TOO_MANY_REQUESTS));
    }
    let key = fields.get("key").and_then(AdminKey::parse);
    let Some((connection, key)) = opened(key, &api).await? else {
        knocker.failed(deps, Door::Keys).await;
        let text = voice.t.common.wrong_key;
        return Ok(asked(&voice, &carried(&fields), Some(text), StatusCode::UNAUTHORIZED));
    };
    let cookie = sessions::begin(deps, connection.value.id, key.id).await?;
    let page = match fields.get(KEPT_FOR) {
        Some(path) => again(&voice, path, &fields, &cookie),
        None => Redirect::to(&voice.url(&next(&fields))).into_response(),
    };
    Ok(with_session(&voice, page, &cookie))
}

/// What travels along, for another try.
fn carried(fields: &Fields) -> Markup {
    html! {
        @for (name, value) in fields.all().filter(|(name, _)| *name != "key") {
            input type="hidden" name=(name) value=(value);
        }
    }
}

/// The form that was sent without a session, to be looked at and sent again.
fn again(voice: &Voice, path: &str, fields: &Fields, cookie: &Secret) -> Response {
    let t = &voice.t.common;
    let content = html! {
        p { (t.kept) }
        form class="narrow" method="post" action=(voice.url(path)) {
            input type="hidden" name=(CSRF) value=(proof(cookie.reveal()));
            @for (name, value) in fields.below(KEPT) {
                @if value.is_empty() || is_for_programs(name) {
                    input type="hidden" name=(name) value=(value);
                } @else {
                    div class="field" {
                        label for={ "kept-" (name) } {
                            @match name.strip_prefix("x.") {
                                Some(id) => { (voice.t.people.extension) " " (id) }
                                None => (name),
                            }
                        }
                        // A field of one line would join lines.
                        @if value.contains('\n') { textarea id={ "kept-" (name) } name=(name) { (value) } }
                        @else { input id={ "kept-" (name) } name=(name) value=(value); }
                    }
                }
            }
            button { (t.send_kept) }
            " " a href=(voice.url(path)) { (t.cancel) }
        }
    };
    layout::open(voice, t.kept_title, &content)
}

/// Whether a field says nothing to whoever filled in the form, or must not be seen.
fn is_for_programs(name: &str) -> bool {
    ["secret", "token", "key"].iter().any(|part| name.contains(part))
        || ["version", "confirmed", "id", "cursor"].contains(&name)
        || name.starts_with('_')
}

/// A response that begins a session in the browser.
pub(super) fn with_session(voice: &Voice, mut response: Response, cookie: &Secret) -> Response {
    let value = voice.cookie(voice.session_name(), cookie.reveal(), sessions::LIFETIME.as_secs());
    if let Ok(value) = value.parse() {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

/// The page that one comes from; only ever one of ours.
fn next(fields: &Fields) -> String {
    let given = fields.get("next").filter(|page| page.starts_with('/') && !page.starts_with("//"));
    given.filter(|page| !page.contains('\\')).unwrap_or("/overview").to_owned()
}

pub(super) async fn sign_out(
    State(api): State<SettingsApi>,
    headers: HeaderMap,
    form: AnyForm,
) -> Result<Response, Refusal> {
    let voice = form.signed.voice;
    if let Some(cookie) = cookie(&headers, voice.session_name()) {
        sessions::end(&api.settings, &cookie).await?;
    }
    let gone = voice.cookie(voice.session_name(), "", 0);
    Ok(([(SET_COOKIE, gone)], Redirect::to(&voice.url("/sign-in"))).into_response())
}

/// Remembers a language, and goes back to where it was chosen.
pub(super) async fn language(voice: Voice, headers: HeaderMap, OpenForm(fields): OpenForm) -> Response {
    let chosen = fields.get("language").and_then(Language::parse).unwrap_or(voice.language);
    let from = headers.get(http::header::REFERER).and_then(|from| url::Url::parse(from.to_str().ok()?).ok());
    let page = from.map(|from| match from.query() {
        Some(query) => format!("{}?{query}", from.path()),
        None => from.path().to_owned(),
    });
    let back =
        page.filter(|page| page.starts_with(&voice.url("/"))).unwrap_or_else(|| voice.url("/overview"));
    let remembered = voice.cookie(LANGUAGE, chosen.code(), REMEMBERED);
    ([(SET_COOKIE, remembered)], Redirect::to(&back)).into_response()
}
