//! The delivery log: `GET /calls`, one call in detail, and resending (P4). Legs that gave no record are listed with
//! `state=not_logged`, so that nothing the PBX said is out of sight.

mod query;
mod view;

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

use self::query::{Query, Wanted};
use super::describe::{Doc, Routes};
use super::{Admin, Refusal, SettingsApi, Who};
use crate::clock::Timestamp;
use crate::flow::call::Turn;
use crate::flow::call::resend::{self, Resent};
use crate::flow::connection::audit;
use crate::http::Problem;
use crate::http::form::OptionalForm;
use crate::model::audit::Act;
use crate::model::call::RecordId;
use crate::model::connection::Connection;
use crate::model::delivery::DeliveryState;
use crate::model::delivery::Which;
use crate::storage::{Resend, Span, StoreError};

/// Records of one page.
const PAGE: i32 = 50;
/// Legs of one page of `not_logged`; each takes a look at its whole call.
const UNLOGGED_PAGE: i32 = 20;
/// The PBX's clock may be ahead of ours.
const A_DAY: Duration = Duration::from_hours(24);
/// How long a person waits for a record that they resend: a CRM's whole timeout, within the function's own.
const PATIENCE: Duration = Duration::from_secs(25);
/// Pages that are looked through for a state before the cursor is handed back, found or not.
const PAGES_SEARCHED: usize = 10;

pub(super) fn routes() -> Routes {
    let list_doc = Doc::new("The delivery log, newest first")
        .query("from", "RFC 3339; calls that began then or later")
        .query("to", "RFC 3339; calls that began before")
        .query("state", "delivered, waiting, parked, gave_up or not_logged")
        .query("cursor", "From the page before")
        .gives(200, "One page", json!({ "items": [example()], "cursor": null }))
        .ends(422, "Fields of the query are wrong");
    let show_doc = Doc::new("One record: what was logged, the events it came from, every attempt")
        .gives(200, "The record", detail_example())
        .ends(404, "There is no such record");
    let all_doc =
        Doc::new("Sends again every record that was parked or given up, by the time at which its call began")
            .takes(json!({ "from": "2026-09-01T00:00:00Z", "to": "2026-09-02T00:00:00Z" }))
            .gives(202, "Begun; the retry job goes on with it", progress_example())
            .ends(422, "Fields of the body are wrong");
    let progress_doc = Doc::new("How far the latest resending of many has come")
        .gives(200, "Its progress", progress_example())
        .ends(404, "There was none");
    let one_doc = Doc::new("Sends a record again, with `{\"force\":true}` also one that was delivered")
        .gives(200, "How that went", example())
        .ends(404, "There is no such record")
        .ends(409, "Delivered already, or under way");
    Routes::new()
        .on("get", "/api/v1/calls", list, list_doc)
        .on("post", "/api/v1/calls/resend", resend_many, all_doc)
        .on("get", "/api/v1/calls/resend", resend_progress, progress_doc)
        .on("get", "/api/v1/calls/{record_id}", show, show_doc)
        .on("post", "/api/v1/calls/{record_id}/resend", resend_one, one_doc)
}

/// What is shown of a record in detail.
fn detail_example() -> Value {
    let mut example = example();
    let attempt = json!({
        "at": "2026-09-01T12:01:15Z", "revision": 1, "class": "delivered", "status": 200, "duration_ms": 41,
        "detail": null,
    });
    let event = json!({
        "received_at": "2026-09-01T12:00:00Z", "extension_id": 731_205, "extension_type": "phone",
        "record_id": "9c1e…", "verdict": "…", "fields": { "EventType": "hangup" },
    });
    let more = json!({
        "revision": 1, "crm_id": null, "recovered": false, "attempts": [attempt],
        "answered_at": "2026-09-01T12:00:01Z", "ended_at": "2026-09-01T12:01:15Z", "did": "442079460100",
        "via": ["4821*801"], "transferred": false, "recording_id": null, "events": [event],
    });
    if let (Value::Object(fields), Value::Object(more)) = (&mut example, more) {
        fields.extend(more);
    }
    example
}

/// What is shown of a record.
fn example() -> Value {
    json!({
        "record_id": "9c1e…", "call_id": "ac03…", "leg_id": "731205-5c50…", "type": "call.ended",
        "direction": "inbound", "outcome": "answered", "external_number": "+442079460555",
        "internal_number": "4821*205", "crm_user": "u1", "started_at": "2026-09-01T12:00:00Z",
        "talk_seconds": 74,
        "delivery": { "state": "delivered", "attempts": 1, "next_attempt_at": null, "reason": null },
    })
}

async fn list(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    let connection = &connection.value;
    let (items, cursor) = match query.wanted {
        Wanted::Unlogged => unlogged(&api, connection, &query).await?,
        Wanted::All => logged(&api, connection, &query, |_| true).await?,
        Wanted::State(state) => logged(&api, connection, &query, |found| found == state).await?,
    };
    Ok(Json(json!({ "items": items, "cursor": cursor })))
}

async fn logged(
    api: &SettingsApi,
    connection: &Connection,
    query: &Query,
    wanted: impl Fn(DeliveryState) -> bool,
) -> Result<(Vec<Value>, Option<String>), StoreError> {
    let (mut items, mut cursor) = (Vec::new(), query.cursor.clone());
    for _ in 0..PAGES_SEARCHED {
        let span = Span { from: query.from, to: query.to, cursor: cursor.as_deref(), limit: PAGE };
        let page = api.calls.store.records(connection.id, span).await?;
        let found = page.items.iter().filter(|listed| wanted(listed.delivery.state));
        items.extend(found.map(|listed| view::record(&listed.delivery)));
        cursor = page.cursor;
        if cursor.is_none() || !items.is_empty() {
            break;
        }
    }
    Ok((items, cursor))
}

async fn unlogged(
    api: &SettingsApi,
    connection: &Connection,
    query: &Query,
) -> Result<(Vec<Value>, Option<String>), StoreError> {
    let span = Span { from: query.from, to: query.to, cursor: query.cursor.as_deref(), limit: UNLOGGED_PAGE };
    let page = api.calls.store.unlogged(connection.id, span).await?;
    let mut items = Vec::new();
    for id in page.items {
        let call = api.calls.store.call_of(connection.id, id).await?;
        items.extend(view::unlogged(&call, id, connection, &api.calls));
    }
    Ok((items, page.cursor))
}

async fn show(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let id = RecordId::parse(&id).ok_or_else(not_found)?;
    let call = api.calls.store.call_of(connection.value.id, id).await?;
    let shown = view::detail(&call, id, &connection.value, &api.calls);
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
        Resent::Tried(delivery) => Ok(Json(view::record(&delivery)).into_response()),
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
    let (from, to) = form.finish(span)?;
    audit::note(&api.settings, connection.value.id, &who.0, Act::Resent { record: None }).await?;
    let wanted = Resend::begun(Which::Failed, from, to, now);
    let begun = resend::begin(&api.calls.store, &api.calls.queue, connection.value.id, wanted).await?;
    Ok((StatusCode::ACCEPTED, Json(progress(&begun))).into_response())
}

async fn resend_progress(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
) -> Result<Json<Value>, Refusal> {
    let latest = api.calls.store.resend(connection.value.id, Which::Failed).await?;
    let none = || Problem::new(StatusCode::NOT_FOUND, "nothing was resent by range yet");
    Ok(Json(progress(&latest.ok_or_else(none)?.value)))
}

fn progress(resend: &Resend) -> Value {
    json!({
        "resent": resend.resent,
        "looked_at": resend.seen,
        "done": resend.done,
        "from": resend.from.rfc3339(),
        "to": resend.to.rfc3339(),
        "begun_at": resend.begun_at.rfc3339(),
    })
}

fn progress_example() -> Value {
    json!({
        "resent": 3, "looked_at": 50, "done": false, "from": "2026-09-01T00:00:00Z",
        "to": "2026-09-02T00:00:00Z", "begun_at": "2026-09-02T08:00:00Z",
    })
}

fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is no such record in the delivery log")
}
