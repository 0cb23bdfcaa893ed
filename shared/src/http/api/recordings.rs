//! `GET /recording/{token}/{name}`: the link that a CRM shows beside a call. The signature in it is the key; the answer
//! sends the browser to where the PBX keeps the recording at this moment. A CRM with a player of its own asks for the link
//! by the token (docs/hubspot.md §3).

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

use super::describe::{Doc, Routes};
use super::{Refusal, SettingsApi};
use crate::flow::recording::{self, NoRecording};
use crate::http::Problem;
use crate::recording::BadLink;
use crate::view::recording::RecordingLink;

/// Under this name the link is answered.
const ADDRESS: &str = "address.json";

pub(super) fn routes() -> Routes {
    let doc = Doc::new("openRecording", "A call's recording, by the link that the CRM was given")
        .open()
        .gives::<RecordingLink>(200, "The link itself, where `name` is `address.json`")
        .ends(302, "Where the PBX keeps it at this moment")
        .ends(403, "The PBX does not let us have it until the administrator acts")
        .ends(404, "No such link, or the recording is gone")
        .ends(410, "The link has expired")
        .ends(503, "The PBX is busy; `Retry-After` says when to try again");
    Routes::new().on("get", "/recording/{token}/{name}", listen, doc)
}

async fn listen(State(api): State<SettingsApi>, Path((token, name)): Path<(String, String)>) -> Response {
    let mut response = if name == ADDRESS { told(&api, &token) } else { led(&api, &token).await };
    // What is answered opens the recording for whoever has it: nobody keeps it or passes it on.
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn told(api: &SettingsApi, token: &str) -> Response {
    match recording::link(&api.settings, token) {
        Ok(url) => Json(RecordingLink { authenticated_url: url.into() }).into_response(),
        Err(error) => problem(&error),
    }
}

async fn led(api: &SettingsApi, token: &str) -> Response {
    match recording::locate(&api.settings, token).await {
        Ok(address) => match HeaderValue::try_from(address.as_str()) {
            Ok(address) => (StatusCode::FOUND, [(LOCATION, address)]).into_response(),
            Err(_) => problem(&NoRecording::Refused),
        },
        Err(NoRecording::Store(error)) => Refusal::from(error).into_response(),
        Err(error) => problem(&error),
    }
}

fn problem(error: &NoRecording) -> Response {
    let (status, detail) = match error {
        NoRecording::Link(BadLink::Forged) => {
            (StatusCode::NOT_FOUND, "this is no link to a recording; copy it again from the CRM")
        }
        NoRecording::Link(BadLink::Expired) => {
            (StatusCode::GONE, "this link has expired; look for the recording on the PBX itself")
        }
        NoRecording::Forgotten => (
            StatusCode::NOT_FOUND,
            "this call is no longer kept here; look for the recording on the PBX itself",
        ),
        NoRecording::Gone => (StatusCode::NOT_FOUND, "the PBX does not have this recording, or not any more"),
        NoRecording::Refused => (
            StatusCode::FORBIDDEN,
            "the PBX does not let us have this recording; ask your administrator to look at the connection",
        ),
        NoRecording::Later { .. } | NoRecording::Store(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, "the PBX can't be asked for the recording now; try again later")
        }
    };
    let mut response = Problem::new(status, detail).into_response();
    if let NoRecording::Later { retry_after } = error {
        let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
        response.headers_mut().insert(RETRY_AFTER, seconds.max(1).into());
    }
    response
}
