//! Local queue agents and their event handlers (docs/pbx.md §5.1).

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::IntoResponse;
use axum::{Extension as Ext, Json};
use http::StatusCode;
use serde_json::{Value, json};

use super::{Reply, access};
use crate::pbx::extension::{AGENT_EVENTS, Agent, Handler};
use crate::pbx::gate::Caller;
use crate::pbx::refusal::Refusal;
use crate::pbx::state;
use crate::pbx::tenant::Tenant;
use crate::pbx::world::Pbx;

type Shared = State<Arc<Pbx>>;

/// The agents of the client, perhaps of one extension only.
pub(super) async fn list(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path(client): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Reply {
    pbx.with(|state| {
        let tenant = access::client(state, caller, &client)?;
        let wanted = |one: &&Agent| {
            query.get("extension_id").is_none_or(|wanted| *wanted == one.extension_id.to_string())
        };
        let all = tenant.agents.iter().filter(wanted).map(|one| agent_json(tenant, one)).collect();
        Ok(Json(access::page(all, &query)).into_response())
    })
}

/// One agent.
pub(super) async fn show(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path((client, agent)): Path<(String, String)>,
) -> Reply {
    pbx.with(|state| {
        let (tenant, agent) = find(state, caller, &client, &agent)?;
        Ok(Json(agent_json(tenant, agent)).into_response())
    })
}

/// The agent record of an extension.
pub(super) async fn of_extension(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path(extension): Path<String>,
) -> Reply {
    pbx.with(|state| {
        let (tenant, extension) = access::extension(state, caller, &extension)?;
        let agent = tenant.agents.iter().find(|one| one.extension_id == extension.id);
        Ok(Json(agent_json(tenant, agent.ok_or(Refusal::NotFound)?)).into_response())
    })
}

/// The handlers of an agent.
pub(super) async fn events(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path((client, agent)): Path<(String, String)>,
) -> Reply {
    pbx.with(|state| {
        let id = find(state, caller, &client, &agent)?.1.id;
        Ok(Json(handlers_of(state, id)).into_response())
    })
}

/// Adds a handler to an agent.
pub(super) async fn subscribe(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path((client, agent)): Path<(String, String)>,
    body: String,
) -> Reply {
    pbx.change(|state| {
        let agent = find(state, caller, &client, &agent)?.1.id;
        let handler = access::handler(&body, state.stored.next_event_id, &AGENT_EVENTS)?;
        state.stored.event_id();
        state.stored.agent_handlers.entry(agent).or_default().push(handler.clone());
        Ok((StatusCode::CREATED, Json(handler)).into_response())
    })
}

/// One handler of an agent.
pub(super) async fn event(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path((client, agent, event)): Path<(String, String, String)>,
) -> Reply {
    pbx.with(|state| {
        let agent = find(state, caller, &client, &agent)?.1.id;
        let found = handlers_of(state, agent).iter().find(|one| one.id.to_string() == event);
        Ok(Json(found.ok_or(Refusal::NotFound)?).into_response())
    })
}

/// Deletes one handler of an agent.
pub(super) async fn unsubscribe(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path((client, agent, event)): Path<(String, String, String)>,
) -> Reply {
    pbx.change(|state| {
        let agent = find(state, caller, &client, &agent)?.1.id;
        let handlers = state.stored.agent_handlers.entry(agent).or_default();
        let index = handlers.iter().position(|one| one.id.to_string() == event);
        handlers.remove(index.ok_or(Refusal::NotFound)?);
        Ok(StatusCode::NO_CONTENT.into_response())
    })
}

fn handlers_of(state: &state::State, agent: u64) -> &[Handler] {
    state.stored.agent_handlers.get(&agent).map(Vec::as_slice).unwrap_or_default()
}

fn find<'a>(
    state: &'a state::State,
    caller: Caller,
    client: &str,
    agent: &str,
) -> Result<(&'a Tenant, &'a Agent), Refusal> {
    let tenant = access::client(state, caller, client)?;
    let found = tenant.agents.iter().find(|one| one.id.to_string() == agent);
    Ok((tenant, found.ok_or(Refusal::NotFound)?))
}

fn agent_json(tenant: &Tenant, agent: &Agent) -> Value {
    let extension = tenant.extension(agent.extension_id).map(|one| tenant.full_number(one));
    json!({"id": agent.id, "type": "local", "extension_id": agent.extension_id,
        "extension_name": extension, "status": agent.status()})
}
