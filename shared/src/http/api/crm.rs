//! The CRM beside a connection: its users for the mapping, whether it works, the browser that comes back from it, and what
//! it posts by itself.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};

use super::describe::{Doc, Routes};
use super::doors::Knocker;
use super::{Admin, CameBack, Refusal, SettingsApi, Who};
use crate::crm::CrmError;
use crate::flow::connection::crm_account::{self, CALLBACK_PATH, NoConsent, Posted};
use crate::flow::connection::crm_check;
use crate::http::Problem;
use crate::http::body::{self, Unread};
use crate::model::secret::Secret;
use crate::model::token::CrmToken;
use crate::rules::limits::Door;
use crate::rules::suggest::{Candidate, suggest};
use crate::view::Page;
use crate::view::crm::{Consented, CrmCheck, CrmUser};
use crate::view::mapping::Suggestion;

/// The longest event of a CRM that is read.
const MAX_EVENT: usize = 64 * 1024;

pub(super) fn routes() -> Routes {
    let users_doc = Doc::new("listCrmUsers", "The CRM's users, each with an extension that may be theirs")
        .lists::<CrmUser>(200, "All of them")
        .ends(502, "The CRM refused or did not answer; the detail says what to do");
    let check_doc = Doc::new(
        "checkCrm",
        "Tries the CRM: credentials, permissions, and a record that is marked as a test and taken back",
    )
    .gives::<CrmCheck>(200, "What works, and what does not");
    let callback_doc = Doc::new("finishConsent", "Where a CRM sends the browser back to")
        .open()
        .query("code", "The CRM's code")
        .query("state", "What the consent was begun with")
        .gives::<Consented>(200, "The CRM is connected")
        .ends(400, "No consent, or one that was begun too long ago")
        .ends(502, "The CRM refused, or lacks a permission; the detail says what to do");
    let click_doc = Doc::new("takeCrmClick", "Where a CRM tells of a click on a number, as a query")
        .open()
        .ends(200, "Taken, or nothing of ours")
        .ends(404, "There is no such address, or the event does not prove where it comes from")
        .ends(405, "Only GET: somebody who looks ahead rings no telephone");
    let event_doc = Doc::new("takeCrmEvent", "Where a CRM posts its installation and its events, as a form")
        .open()
        .ends(200, "Taken, or nothing of ours")
        .ends(404, "There is no such address, or the event does not prove where it comes from")
        .ends(413, "It is longer than 64 KiB")
        .ends(422, "What it says did not work when it was tried");
    Routes::new()
        .on("get", "/api/v1/crm/users", users, users_doc)
        .on("post", "/api/v1/crm/check", check, check_doc)
        .on("get", CALLBACK_PATH, callback, callback_doc)
        .on("post", "/crm-event/{token}", event, event_doc)
        .on("get", "/crm-event/{token}", click, click_doc)
}

async fn users(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
) -> Result<Json<Page<CrmUser>>, Refusal> {
    let users = crm_check::users(&api.settings, &connection.value).await?.map_err(|error| failed(&error))?;
    let stored = api.settings.store.extensions(connection.value.id).await?;
    let extensions: Vec<_> = stored.into_iter().map(|stored| stored.value).collect();
    let candidates: Vec<_> = users
        .iter()
        .map(|user| Candidate {
            crm_user: user.id.clone(),
            name: Some(user.name.clone()),
            email: user.email.clone(),
            number: user.extension.clone(),
        })
        .collect();
    let offers = suggest(&candidates, &extensions);
    let items = users.iter().map(|user| {
        let offer = offers.iter().find(|offer| offer.crm_user == user.id);
        let extension = |id| extensions.iter().find(|extension| extension.listed.id == id);
        CrmUser::of(user, offer.map(|offer| Suggestion::of(offer, extension(offer.extension))))
    });
    Ok(Json(Page::whole(items.collect())))
}

async fn check(State(api): State<SettingsApi>, Admin(connection): Admin) -> Result<Json<CrmCheck>, Refusal> {
    Ok(Json(crm_check::check(&api.settings, &connection.value).await?.into()))
}

async fn callback(
    State(api): State<SettingsApi>,
    who: Who,
    knocker: Knocker,
    method: Method,
    Query(answer): Query<BTreeMap<String, String>>,
) -> Result<Response, Refusal> {
    if method == Method::HEAD {
        // A link scanner that looks ahead must not use the code up.
        return Ok(StatusCode::METHOD_NOT_ALLOWED.into_response());
    }
    knocker.may(&api.settings, Door::Consents)?;
    let state = answer.get("state").cloned().unwrap_or_default();
    if answer.get("code").is_none_or(String::is_empty) {
        let detail = "the CRM gave no consent; begin again if that was not meant";
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail).into());
    }
    let answer = answer.into_iter().map(|(name, value)| (name, Secret::new(value))).collect();
    match crm_account::consented(&api.settings, &state, &answer, &who.0).await {
        Ok(()) => Ok(CameBack::FromCrm.beside(Json(Consented { state: "connected" }).into_response())),
        Err(NoConsent::Store(error)) => Err(error.into()),
        Err(NoConsent::Crm(error)) => Err(failed(&error)),
        Err(NoConsent::Unknown) => {
            knocker.failed(&api.settings, Door::Consents).await;
            let detail = "this consent was not begun here, or more than an hour ago; begin it again";
            Err(Problem::new(StatusCode::BAD_REQUEST, detail).into())
        }
    }
}

async fn click(
    State(api): State<SettingsApi>,
    who: Who,
    Path(token): Path<String>,
    method: Method,
    Query(fields): Query<BTreeMap<String, String>>,
) -> Result<Response, Refusal> {
    if method == Method::HEAD {
        return Ok(StatusCode::METHOD_NOT_ALLOWED.into_response());
    }
    let token = CrmToken::parse(&token).ok_or_else(unknown)?;
    posted(&api, &token, &fields, &who).await
}

async fn event(
    State(api): State<SettingsApi>,
    who: Who,
    Path(token): Path<String>,
    body: Body,
) -> Result<Response, Refusal> {
    let token = CrmToken::parse(&token).ok_or_else(unknown)?;
    let body = body::read(body, MAX_EVENT).await.map_err(|unread| match unread {
        Unread::TooLong => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is longer than 64 KiB"),
        Unread::TooSlow => Problem::new(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time"),
    })?;
    let fields = form_urlencoded::parse(&body).into_owned().collect();
    posted(&api, &token, &fields, &who).await
}

fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is nothing at this address")
}

async fn posted(
    api: &SettingsApi,
    token: &CrmToken,
    fields: &BTreeMap<String, String>,
    who: &Who,
) -> Result<Response, Refusal> {
    match crm_account::posted(&api.settings, token, fields, &who.0).await? {
        Posted::Taken => Ok((StatusCode::OK, "ok\n").into_response()),
        Posted::Unknown => Err(unknown().into()),
        Posted::Refused => {
            let detail = "what this installation says did not work when it was tried";
            Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail).into())
        }
    }
}

/// What a CRM's failure is answered with; its sentence says what to do.
fn failed(error: &CrmError) -> Refusal {
    Problem::new(StatusCode::BAD_GATEWAY, error.to_string()).into()
}
