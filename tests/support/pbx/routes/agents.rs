//! Queue agents, local and remote, and their event handlers (docs/pbx.md §5.1): as with extensions there is no
//! deduplication, a limit, and a `DELETE` on the collection that wipes everybody's.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{OriginalUri, Path, Query, State};
use axum::response::IntoResponse;
use axum::{Extension as Ext, Json};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::events::mark_foreign;
use super::{Reply, access};
use crate::pbx::extension::{AGENT_EVENTS, Agent, Handler, Place};
use crate::pbx::gate::Caller;
use crate::pbx::ledger::Violation;
use crate::pbx::refusal::Refusal;
use crate::pbx::state;
use crate::pbx::tenant::Tenant;
use crate::pbx::world::Pbx;

type Shared = State<Arc<Pbx>>;

/// The lists that there are.
const KINDS: [&str; 2] = ["local", "remote"];

/// The agents of the client of one kind, perhaps of one extension only.
pub(super) async fn list(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path((client, kind)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
) -> Reply {
    pbx.with(|state| {
        let tenant = access::client(state, caller, &client)?;
        if !KINDS.contains(&kind.as_str()) {
            return Err(Refusal::NotFound);
        }
        let at = |one: &Agent, wanted: &str| one.extension_id().is_some_and(|id| id.to_string() == wanted);
        let wanted = |one: &&Agent| {
            one.kind() == kind && query.get("extension_id").is_none_or(|wanted| at(one, wanted))
        };
        let all = tenant.agents.iter().filter(wanted).map(|one| agent_json(tenant, one)).collect();
        Ok(Json(access::page(all, &query)).into_response())
    })
}

/// One agent.
pub(super) async fn show(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path((client, kind, agent)): Path<(String, String, String)>,
) -> Reply {
    pbx.with(|state| {
        let (tenant, agent) = find(state, caller, &client, &kind, &agent)?;
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
        let agent = tenant.agents.iter().find(|one| one.extension_id() == Some(extension.id));
        Ok(Json(agent_json(tenant, agent.ok_or(Refusal::NotFound)?)).into_response())
    })
}

/// The handlers of an agent.
pub(super) async fn events(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path((client, kind, agent)): Path<(String, String, String)>,
) -> Reply {
    pbx.with(|state| {
        let id = find(state, caller, &client, &kind, &agent)?.1.id;
        Ok(Json(handlers_of(state, id)).into_response())
    })
}

/// Adds a handler to an agent.
pub(super) async fn subscribe(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path((client, kind, agent)): Path<(String, String, String)>,
    body: String,
) -> Reply {
    pbx.change(|state| {
        let agent = find(state, caller, &client, &kind, &agent)?.1.id;
        let handler = access::handler(&body, state.stored.next_event_id, &AGENT_EVENTS)?;
        let limit = state.event_limit;
        let handlers = state.stored.agent_handlers.entry(agent).or_default();
        if handlers.len() >= limit {
            let message = format!("Event limit exceeded: no more than {limit} events per agent");
            return Err(Refusal::Invalid(message));
        }
        handlers.push(handler.clone());
        state.stored.event_id();
        Ok((StatusCode::CREATED, Json(handler)).into_response())
    })
}

/// One handler of an agent.
pub(super) async fn event(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path((client, kind, agent, event)): Path<(String, String, String, String)>,
) -> Reply {
    pbx.with(|state| {
        let agent = find(state, caller, &client, &kind, &agent)?.1.id;
        let found = handlers_of(state, agent).iter().find(|one| one.id.to_string() == event);
        Ok(Json(found.ok_or(Refusal::NotFound)?).into_response())
    })
}

/// Deletes ALL handlers of an agent, and marks it.
pub(super) async fn unsubscribe_all(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path((client, kind, agent)): Path<(String, String, String)>,
    OriginalUri(uri): OriginalUri,
) -> Reply {
    pbx.change(|state| {
        state.violations.push(Violation::CollectionDelete { path: uri.path().into() });
        let agent = find(state, caller, &client, &kind, &agent)?.1.id;
        state.stored.agent_handlers.remove(&agent);
        Ok(StatusCode::NO_CONTENT.into_response())
    })
}

/// Deletes one handler of an agent.
pub(super) async fn unsubscribe(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path((client, kind, agent, event)): Path<(String, String, String, String)>,
    OriginalUri(uri): OriginalUri,
) -> Reply {
    pbx.change(|state| {
        let agent = find(state, caller, &client, &kind, &agent)?.1.id;
        let handlers = state.stored.agent_handlers.entry(agent).or_default();
        let index = handlers.iter().position(|one| one.id.to_string() == event);
        let gone = handlers.remove(index.ok_or(Refusal::NotFound)?);
        mark_foreign(state, &Method::DELETE, uri.path(), &gone.url);
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
    kind: &str,
    agent: &str,
) -> Result<(&'a Tenant, &'a Agent), Refusal> {
    let tenant = access::client(state, caller, client)?;
    let found = tenant.agents.iter().find(|one| one.kind() == kind && one.id.to_string() == agent);
    Ok((tenant, found.ok_or(Refusal::NotFound)?))
}

fn agent_json(tenant: &Tenant, agent: &Agent) -> Value {
    let (id, kind, status) = (agent.id, agent.kind(), agent.status());
    match &agent.place {
        Place::Local { extension_id } => {
            let name = tenant.extension(*extension_id).map(|one| tenant.full_number(one));
            json!({"id": id, "type": kind, "extension_id": extension_id, "extension_name": name, "status": status})
        }
        Place::Remote { number } => json!({"id": id, "type": kind, "number": number, "status": status}),
    }
}
