//! The delivery log: `GET /calls`, one call in detail, and resending (P4). Legs that gave no record are listed with
//! `state=not_logged`, so that nothing the PBX said is out of sight.

pub(in crate::http) mod query;

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use self::query::{AFTER_TO, Query, Wanted};
use super::describe::{Doc, Routes};
use super::{Admin, Refusal, SettingsApi, Who};
use crate::clock::Timestamp;
use crate::flow::call::Turn;
use crate::flow::call::resend::{self, Resent};
use crate::flow::connection::audit;
use crate::flow::log;
use crate::http::Problem;
use crate::http::form::OptionalForm;
use crate::http::form::bodies::{ResendSpan, ResendWish};
use crate::model::audit::Act;
use crate::model::call::{Outcome, RecordId};
use crate::model::connection::Connection;
use crate::model::delivery::Which;
use crate::storage::{Resend, Span, StoreError};
use crate::view::Page;
use crate::view::call::{Call, LogState, Resending};
use crate::view::call_detail::CallDetail;

/// The first record of a page.
const RECORD: &[(&str, &str)] = &[("record_id", "$response.body#/items/0/record_id")];
/// Legs of one page of `not_logged`; each takes a look at its whole call.
const UNLOGGED_PAGE: i32 = 20;
/// The PBX's clock may be ahead of ours.
const A_DAY: Duration = Duration::from_hours(24);
/// How long a person waits for a record that they resend: a CRM's whole timeout, within the function's own.
pub(in crate::http) const PATIENCE: Duration = Duration::from_secs(25);

pub(super) fn routes() -> Routes {
    let list_doc = Doc::new("listCalls", "The delivery log, newest first")
        .moment("from", "Calls that began then or later")
        .moment("to", "Calls that began before")
        .choice::<LogState>("state", "Where the records stand")
        .query("call_id", "One call, by the PBX's id of it")
        .query("number", "Calls with this number, in any spelling, or of this extension")
        .query("crm_user", "Whose the records are in the CRM")
        .choice::<Outcome>("outcome", "How the calls ended")
        .query("cursor", "From the page before")
        .lists::<Call>(200, "One page")
        .ends(422, "Fields of the query are wrong")
        .leads(200, "getCall", RECORD)
        .leads(200, "resendCall", RECORD);
    let show_doc = Doc::new("getCall", "One record: what was logged, the events it came from, every attempt")
        .gives::<CallDetail>(200, "The record")
        .ends(404, "There is no such record");
    let span = ResendSpan { from: Some("2026-09-01T00:00:00Z"), to: Some("2026-09-02T00:00:00Z") };
    let all_doc = Doc::new(
        "resendCalls",
        "Sends again every record that was parked or given up, by the time at which its call began",
    )
    .may_take(&span)
    .gives::<Resending>(202, "Begun; the retry job goes on with it")
    .leads(202, "getResending", &[]);
    let progress_doc = Doc::new("getResending", "How far the latest resending of many has come")
        .gives::<Resending>(200, "Its progress")
        .ends(404, "There was none");
    let one_doc =
        Doc::new("resendCall", "Sends a record again, with `{\"force\":true}` also one that was delivered")
            .may_take(&ResendWish { force: Some(true) })
            .gives::<Call>(200, "How that went")
            .ends(404, "There is no such record")
            .ends(409, "Delivered already, or under way");
    Routes::new()
        .on("get", "/api/v1/calls", list, list_doc)
        .on("post", "/api/v1/calls/resend", resend_many, all_doc)
        .on("get", "/api/v1/calls/resend", resend_progress, progress_doc)
        .on("get", "/api/v1/calls/{record_id}", show, show_doc)
        .on("post", "/api/v1/calls/{record_id}/resend", resend_one, one_doc)
}

async fn list(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    query: Query,
) -> Result<Json<Page<Call>>, Refusal> {
    let connection = &connection.value;
    let (items, cursor) = match query.wanted {
        Wanted::Unlogged => unlogged(&api, connection, &query).await?,
        Wanted::All => {
            let found =
                log::find(&api.calls.store, connection.id, &query.filter, query.cursor.as_deref()).await?;
            (found.items.iter().map(|listed| Call::from(&listed.delivery)).collect(), found.cursor)
        }
    };
    Ok(Json(Page { items, cursor }))
}

async fn unlogged(
    api: &SettingsApi,
    connection: &Connection,
    query: &Query,
) -> Result<(Vec<Call>, Option<String>), StoreError> {
    let filter = &query.filter;
    let mut shown = Vec::new();
    let cursor = if let Some(call) = &filter.call_id {
        let call = log::one(&api.calls.store, connection.id, call).await?;
        let legs = call.legs.iter().filter(|leg| leg.record.delivery.is_none());
        shown.extend(legs.filter_map(|leg| Call::unlogged(&call, leg.record.id, connection, &api.calls)));
        None
    } else {
        let (from, to, cursor) = (filter.from, filter.to, query.cursor.as_deref());
        let span = Span { from, to, cursor, limit: UNLOGGED_PAGE };
        let page = api.calls.store.unlogged(connection.id, span).await?;
        for id in page.items {
            let call = api.calls.store.call_of(connection.id, id).await?;
            shown.extend(Call::unlogged(&call, id, connection, &api.calls));
        }
        page.cursor
    };
    // Nobody's, and without an outcome: whoever looks for those finds none here.
    let (external, internal) =
        (|call: &Call| call.external_number.clone(), |call: &Call| call.internal_number.clone());
    shown.retain(|call| filter.fits(external(call).as_deref(), internal(call).as_deref(), None, None));
    Ok((shown, cursor))
}

async fn show(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    Path(id): Path<String>,
) -> Result<Json<CallDetail>, Refusal> {
    let id = RecordId::parse(&id).ok_or_else(not_found)?;
    let call = api.calls.store.call_of(connection.value.id, id).await?;
    let shown = CallDetail::of(&call, id, &connection.value, &api.calls);
    Ok(Json(shown.ok_or_else(not_found)?))
}

async fn resend_one(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    who: Who,
    Path(id): Path<String>,
    OptionalForm(mut form): OptionalForm,
) -> Result<Response, Refusal> {
    let force = form.flag("force");
    let force = form.finish(force)?;
    let id = RecordId::parse(&id).ok_or_else(not_found)?;
    let turn = Turn::of_retry(api.calls.clock.now() + PATIENCE);
    let conflict = |detail: &str| Refusal::from(Problem::new(StatusCode::CONFLICT, detail));
    audit::note(&api.settings, connection.value.id, &who.0, Act::resent(id)).await?;
    match resend::one(&api.calls, turn, connection.value.id, id, force).await? {
        Resent::NotFound => Err(not_found().into()),
        Resent::AlreadyDelivered => {
            Err(conflict("the CRM has this record already; give {\"force\":true} to send it again"))
        }
        Resent::UnderWay => Err(conflict("an attempt is under way; look again in a moment")),
        Resent::Tried(delivery) => Ok(Json(Call::from(delivery.as_ref())).into_response()),
    }
}

async fn resend_many(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    who: Who,
    OptionalForm(mut form): OptionalForm,
) -> Result<Response, Refusal> {
    let now = api.calls.clock.now();
    let from = form.moment("from", Timestamp::default());
    let span = form.moment("to", now + A_DAY).and_then(|to| Some((from?, to)));
    if span.is_some_and(|(from, to)| from > to) {
        form.wrong("from", AFTER_TO);
    }
    let (from, to) = form.finish(span)?;
    audit::note(&api.settings, connection.value.id, &who.0, Act::Resent { record: None }).await?;
    let wanted = Resend::begun(Which::Failed, from, to, now);
    let begun = resend::begin(&api.calls.store, &api.calls.queue, connection.value.id, wanted).await?;
    Ok((StatusCode::ACCEPTED, Json(Resending::from(&begun))).into_response())
}

async fn resend_progress(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
) -> Result<Json<Resending>, Refusal> {
    let latest = api.calls.store.resend(connection.value.id, Which::Failed).await?;
    let none = || Problem::new(StatusCode::NOT_FOUND, "nothing was resent by range yet");
    Ok(Json(Resending::from(&latest.ok_or_else(none)?.value)))
}

fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is no such record in the delivery log")
}
