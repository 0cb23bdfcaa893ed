//! What a browser is shown of answers that are JSON to programs: where consents come back to, and every refusal.

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE};
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

use super::voice::Voice;
use super::{connected, layout};
use crate::flow::connection::connect::Connected;
use crate::http::api::{CameBack, SettingsApi};

/// The longest refusal.
const MAX_PROBLEM: usize = 64 * 1024;

/// Turns what a browser can't show into a page. Programs, which don't ask for HTML, get what they always got.
pub(in crate::http) async fn for_browsers(State(api): State<SettingsApi>, request: Request, next: Next) -> Response {
    let reads_pages = wants_page(request.method(), request.headers());
    let headers = reads_pages.then(|| request.headers().clone());
    let response = next.run(request).await;
    let Some(headers) = headers else { return response };
    let voice = Voice::of(&headers, &api);
    match response.extensions().get::<CameBack>() {
        Some(CameBack::FromPbx(made)) => {
            let made: Connected = made.as_ref().clone();
            match connected::welcome(&api, &voice, &made).await {
                Ok(page) => return page,
                Err(refusal) => return problem(&voice, refusal.into_response()).await,
            }
        }
        Some(CameBack::FromCrm) => {
            let page = if headers.contains_key(COOKIE) { "/crm?consented=1" } else { "/sign-in?next=/crm" };
            return Redirect::to(&voice.url(page)).into_response();
        }
        None => {}
    }
    if response.status().is_client_error() || response.status().is_server_error() {
        return problem(&voice, response).await;
    }
    response
}

/// Whether a page was asked for: by somebody's browser that goes there, or sends a form.
fn wants_page(method: &Method, headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|accepted| accepted.to_str().ok()).unwrap_or_default();
    (method == Method::GET || method == Method::POST) && accepted.contains("text/html")
}

async fn problem(voice: &Voice, response: Response) -> Response {
    let kind = response.headers().get(CONTENT_TYPE).map(|kind| kind.as_bytes().to_vec()).unwrap_or_default();
    if kind.starts_with(b"text/html") {
        return response;
    }
    let (status, whole) = (response.status(), response.headers().clone());
    let body = to_bytes(response.into_body(), MAX_PROBLEM).await.unwrap_or_default();
    let detail = serde_json::from_slice::<Value>(&body).ok();
    let detail = detail.as_ref().and_then(|problem| problem["detail"].as_str());
    let text = match (status, detail) {
        (StatusCode::NOT_FOUND, _) => voice.t.common.page_missing.into(),
        (_, Some(detail)) => voice.say(detail),
        (_, None) => status.canonical_reason().unwrap_or_default().into(),
    };
    let mut page = layout::sorry_stranger(voice, status, &text);
    for name in [http::header::RETRY_AFTER, http::header::ALLOW] {
        if let Some(value) = whole.get(&name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    page
}
