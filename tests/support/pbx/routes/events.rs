//! Event handlers of an extension (docs/pbx.md §4): no deduplication, a limit per extension, and a `DELETE` on
//! the collection that wipes everybody's.

use std::sync::Arc;

use axum::extract::{OriginalUri, Path, State};
use axum::response::IntoResponse;
use axum::{Extension as Ext, Json};
use http::{Method, StatusCode};

use super::{Reply, access};
use crate::pbx::extension::{EXTENSION_EVENTS, Handler};
use crate::pbx::gate::Caller;
use crate::pbx::ledger::Violation;
use crate::pbx::refusal::Refusal;
use crate::pbx::state;
use crate::pbx::world::Pbx;

type Shared = State<Arc<Pbx>>;

/// All handlers of the extension.
pub(super) async fn list(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path(extension): Path<String>,
) -> Reply {
    pbx.with(|state| {
        let (_, extension) = access::extension(state, caller, &extension)?;
        let handlers = state.stored.handlers.get(&extension.id);
        Ok(Json(handlers.map(Vec::as_slice).unwrap_or_default()).into_response())
    })
}

/// Adds a handler, also one that is there already.
pub(super) async fn create(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path(extension): Path<String>,
    body: String,
) -> Reply {
    pbx.change(|state| {
        let id = access::extension(state, caller, &extension)?.1.id;
        let handler = access::handler(&body, state.stored.next_event_id, &EXTENSION_EVENTS)?;
        let limit = state.event_limit;
        let handlers = state.stored.handlers.entry(id).or_default();
        if handlers.len() >= limit {
            let message = format!("Event limit exceeded: no more than {limit} events per extension");
            return Err(Refusal::Invalid(message));
        }
        handlers.push(handler.clone());
        state.stored.event_id();
        Ok((StatusCode::CREATED, Json(handler)).into_response())
    })
}

/// Deletes ALL handlers, as the real one does, and marks it.
pub(super) async fn delete_all(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path(extension): Path<String>,
    OriginalUri(uri): OriginalUri,
) -> Reply {
    pbx.change(|state| {
        state.violations.push(Violation::CollectionDelete { path: uri.path().into() });
        let id = access::extension(state, caller, &extension)?.1.id;
        state.stored.handlers.remove(&id);
        Ok(StatusCode::NO_CONTENT.into_response())
    })
}

/// One handler.
pub(super) async fn show(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path((extension, event)): Path<(String, String)>,
) -> Reply {
    pbx.with(|state| {
        let handler = find(state, caller, &extension, &event)?;
        Ok(Json(&*handler).into_response())
    })
}

/// Replaces a handler; the id stays.
pub(super) async fn replace(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path((extension, event)): Path<(String, String)>,
    OriginalUri(uri): OriginalUri,
    body: String,
) -> Reply {
    pbx.change(|state| {
        let found = find(state, caller, &extension, &event)?;
        let replacement = access::handler(&body, found.id, &EXTENSION_EVENTS)?;
        let replaced = std::mem::replace(found, replacement.clone());
        mark_foreign(state, &Method::PUT, uri.path(), &replaced.url);
        Ok(Json(replacement).into_response())
    })
}

/// Deletes one handler.
pub(super) async fn delete(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path((extension, event)): Path<(String, String)>,
    OriginalUri(uri): OriginalUri,
) -> Reply {
    pbx.change(|state| {
        let found = find(state, caller, &extension, &event)?.clone();
        for handlers in state.stored.handlers.values_mut() {
            handlers.retain(|one| one.id != found.id);
        }
        mark_foreign(state, &Method::DELETE, uri.path(), &found.url);
        Ok(StatusCode::NO_CONTENT.into_response())
    })
}

/// The handler that the path means.
fn find<'a>(
    state: &'a mut state::State,
    caller: Caller,
    extension: &str,
    event: &str,
) -> Result<&'a mut Handler, Refusal> {
    let extension = access::extension(state, caller, extension)?.1.id;
    let event: u64 = event.parse().map_err(|_| Refusal::NotFound)?;
    let handlers = state.stored.handlers.get_mut(&extension).ok_or(Refusal::NotFound)?;
    handlers.iter_mut().find(|one| one.id == event).ok_or(Refusal::NotFound)
}

/// Notes that somebody else's handler was touched, if the test said which ones are ours.
pub(super) fn mark_foreign(state: &mut state::State, method: &Method, path: &str, url: &str) {
    if state.ours.as_ref().is_some_and(|ours| !url.starts_with(ours.as_str())) {
        let (method, path, url) = (method.to_string(), path.into(), url.into());
        state.violations.push(Violation::ForeignHandler { method, path, url });
    }
}
