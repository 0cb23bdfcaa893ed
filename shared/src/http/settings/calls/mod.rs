//! The delivery log: `GET /calls`, one call in detail, and resending (P4). Legs that gave no record are listed with
//! `state=not_logged`, so that nothing the PBX said is out of sight.

mod query;
mod view;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde_json::{Value, json};

use self::query::{Query, Wanted};
use super::form::OptionalForm;
use super::{Admin, Refusal, SettingsApi};
use crate::call::RecordId;
use crate::connection::Connection;
use crate::delivery::DeliveryState;
use crate::flow::resend::{self, Parked, Resent};
use crate::http::Problem;
use crate::storage::{Span, StoreError};

/// Records of one page.
const PAGE: i32 = 50;
/// Legs of one page of `not_logged`; each takes a look at its whole call.
const UNLOGGED_PAGE: i32 = 20;
/// Pages that are looked through for a state before the cursor is handed back, found or not.
const PAGES_SEARCHED: usize = 10;

pub(super) fn routes() -> Router<SettingsApi> {
    Router::new()
        .route("/api/v1/calls", get(list))
        .route("/api/v1/calls/resend", post(resend_parked))
        .route("/api/v1/calls/{record_id}", get(show))
        .route("/api/v1/calls/{record_id}/resend", post(resend_one))
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
    Path(id): Path<String>,
    OptionalForm(mut form): OptionalForm,
) -> Result<Response, Refusal> {
    let force = form.flag("force");
    let force = form.finish(force)?;
    let id = RecordId::parse(&id).ok_or_else(not_found)?;
    let conflict = |detail: &str| Refusal::from(Problem::new(StatusCode::CONFLICT, detail));
    match resend::one(&api.calls, connection.value.id, id, force).await? {
        Resent::NotFound => Err(not_found().into()),
        Resent::AlreadyDelivered => {
            Err(conflict("the CRM has this record already; give {\"force\":true} to send it again"))
        }
        Resent::UnderWay => Err(conflict("an attempt is under way; look again in a moment")),
        Resent::Tried(delivery) => Ok(Json(view::record(&delivery)).into_response()),
    }
}

async fn resend_parked(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
) -> Result<Response, Refusal> {
    let resent = resend::parked(&api.calls, connection.value.id, Parked::All).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "resent": resent }))).into_response())
}

fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is no such record in the delivery log")
}
