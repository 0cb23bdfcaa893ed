//! A small control surface for people, below `/simulator/`; it is no part of the vendor's API and its
//! requests don't appear in the ledger.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde_json::{Value, json};

use super::player::{Cast, NAMED, Order, named};
use super::world::Pbx;

pub(super) fn routes(pbx: &Arc<Pbx>) -> Router {
    Router::new()
        .route("/simulator/", get(overview))
        .route("/simulator/scenarios", get(scenarios))
        .route("/simulator/play/{scenario}", post(play))
        .route("/simulator/agent/{agent}/{change}", post(agent))
        .route("/simulator/lose/{event_type}", post(lose))
        .route("/simulator/repeat/{event_type}", post(repeat))
        .route("/simulator/delay/{event_type}", post(delay))
        .route("/simulator/label/{extension}", post(label))
        .with_state(Arc::clone(pbx))
}

/// Clients, extensions and who listens to them.
async fn overview(State(pbx): State<Arc<Pbx>>) -> Json<Value> {
    Json(pbx.with(|state| {
        let tenants = state.stored.tenants.iter().map(|tenant| {
            let extensions = tenant.extensions.iter().map(|one| {
                json!({"id": one.id, "name": tenant.full_number(one), "type": one.kind, "label": one.label,
                    "events": state.stored.handlers.get(&one.id).map(Vec::as_slice).unwrap_or_default()})
            });
            let agents = tenant.agents.iter().map(|one| {
                json!({"id": one.id, "type": one.kind(), "status": one.status(),
                    "events": state.stored.agent_handlers.get(&one.id).map(Vec::as_slice).unwrap_or_default()})
            });
            json!({"client_id": tenant.client_id, "name": tenant.name, "prefix": tenant.prefix,
                "dids": tenant.dids, "extensions": extensions.collect::<Vec<_>>(),
                "agents": agents.collect::<Vec<_>>()})
        });
        json!({"tenants": tenants.collect::<Vec<_>>(), "calls": state.stored.calls.len(),
            "violations": state.violations, "persist_error": state.persist_error})
    }))
}

/// What can be played.
async fn scenarios() -> Json<Value> {
    Json(NAMED.iter().map(|one| json!({"name": one.name, "what": one.what})).collect())
}

/// Plays a call now: `?caller=` is the outside number, `?client=` and `?phone=` (an extension id) who it is for.
async fn play(
    State(pbx): State<Arc<Pbx>>,
    Path(name): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let Some(named) = named(&name) else {
        return refuse(StatusCode::NOT_FOUND, "no such scenario, see /simulator/scenarios");
    };
    let wanted = query.get("client").map(|text| text.parse::<u64>());
    let tenants = pbx.tenants();
    let Some(tenant) = tenants.iter().find(|one| match &wanted {
        Some(wanted) => *wanted == Ok(one.client_id),
        None => true,
    }) else {
        return refuse(StatusCode::NOT_FOUND, "no such client");
    };
    let mut cast = Cast::of(tenant);
    if let Some(caller) = query.get("caller") {
        // A plus that was not escaped arrives as a blank.
        let caller = caller.strip_prefix(' ').map_or_else(|| caller.clone(), |rest| format!("+{rest}"));
        cast.dialled.clone_from(&caller);
        cast.outside = caller;
    }
    if let Some(phone) = query.get("phone").and_then(|text| text.parse().ok()) {
        cast.lead_with(phone);
    }
    let Ok(played) = pbx.play(&named.scenario, &cast, Order::InOrder).await else {
        return refuse(StatusCode::CONFLICT, "this client lacks an extension that the scenario needs");
    };
    let body = json!({"call_id": played.call_id, "scenario": named.name, "what": named.what,
        "events": played.emissions.len(), "not_subscribed": played.report.not_subscribed,
        "deliveries": played.report.deliveries});
    Json(body).into_response()
}

/// Logs an agent in or out, as they do at their phone.
async fn agent(State(pbx): State<Arc<Pbx>>, Path((agent, change)): Path<(u64, String)>) -> Response {
    let known = pbx.tenants().iter().any(|tenant| tenant.agents.iter().any(|one| one.id == agent));
    let available = match change.as_str() {
        "login" => true,
        "logout" => false,
        _ => return refuse(StatusCode::NOT_FOUND, "an agent can `login` and `logout`"),
    };
    if !known {
        return refuse(StatusCode::NOT_FOUND, "no such agent, see /simulator/");
    }
    let report = pbx.set_agent_available(agent, available, "phone").await;
    Json(json!({"agent": agent, "deliveries": report.deliveries})).into_response()
}

/// Loses the next event of a type.
async fn lose(State(pbx): State<Arc<Pbx>>, Path(event_type): Path<String>) -> StatusCode {
    pbx.lose_next(&event_type, 1);
    StatusCode::NO_CONTENT
}

/// Posts the next event of a type twice.
async fn repeat(State(pbx): State<Arc<Pbx>>, Path(event_type): Path<String>) -> StatusCode {
    pbx.repeat_next(&event_type, 1);
    StatusCode::NO_CONTENT
}

/// Holds the next event of a type back, and posts it so many `?seconds=` after it happened, ten unless told.
async fn delay(
    State(pbx): State<Arc<Pbx>>,
    Path(event_type): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> StatusCode {
    let seconds = query.get("seconds").and_then(|text| text.parse().ok()).unwrap_or(10);
    pbx.hold_next(&event_type, 1);
    tokio::spawn(async move { pbx.post_when_held(Duration::from_secs(seconds)).await });
    StatusCode::NO_CONTENT
}

/// Gives an extension another label, the `?text=`.
async fn label(
    State(pbx): State<Arc<Pbx>>,
    Path(extension): Path<u64>,
    Query(mut query): Query<HashMap<String, String>>,
) -> StatusCode {
    let text = query.remove("text");
    let tenants = pbx.tenants();
    let Some(tenant) = tenants.iter().find(|tenant| tenant.extension(extension).is_some()) else {
        return StatusCode::NOT_FOUND;
    };
    pbx.edit_tenant(tenant.client_id, |tenant| {
        tenant
            .extensions
            .iter_mut()
            .filter(|one| one.id == extension)
            .for_each(|one| one.label.clone_from(&text));
    });
    StatusCode::NO_CONTENT
}

fn refuse(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"message": message}))).into_response()
}
