//! The breaker of a connection: it opens when its CRM hangs, so that nobody's time is spent on waiting for it, and
//! closes when an attempt of the retry job is answered. It stands on the connection, which every event reads.

use crate::clock::Timestamp;
use crate::error::chain;
use crate::flow::call::Turn;
use crate::flow::deps::CallDeps;
use crate::model::connection::Connection;
use crate::rules::pause;
use crate::storage::{Saved, StoreError, Stored};
use crate::telemetry::field;

/// Until when nothing may be tried. When the time has come for a probe, one hand of the retry job gets it.
pub(super) async fn held(
    deps: &CallDeps,
    turn: Turn,
    connection: &Stored<Connection>,
) -> Result<Option<Timestamp>, StoreError> {
    let now = deps.clock.now();
    let id = connection.value.id;
    if let Some(until) = deps.gates.hangs_until(id).filter(|until| now < *until) {
        return Ok(Some(until));
    }
    let Some(breaker) = connection.value.breaker else { return Ok(None) };
    if let Some(until) = pause::held_until(Some(breaker), turn.may_probe, now) {
        return Ok(Some(until));
    }
    // Others wait until this probe has ended.
    let ends = now + deps.timing.lease;
    let mut probing = connection.clone();
    probing.value.breaker = Some(breaker.probing(ends));
    match deps.store.save_connection(&probing).await? {
        Saved::Done(_) => Ok(None),
        // Closed meanwhile, or somebody else's probe.
        Saved::Changed(newer) => Ok(newer.value.breaker.map(|_| ends)),
    }
}

/// Remembers in this process what the connection says, so that the next one of its records costs no read.
pub(super) fn remember(deps: &CallDeps, turn: Turn, connection: &Connection) {
    let now = deps.clock.now();
    if let Some(until) = pause::held_until(connection.breaker, turn.may_probe, now) {
        deps.gates.hangs(connection.id, Some(until));
    }
}

/// The CRM let an attempt time out.
pub(super) async fn open(deps: &CallDeps, connection: &Stored<Connection>) {
    let now = deps.clock.now();
    let opened = pause::opened(connection.value.breaker, now);
    deps.gates.hangs(connection.value.id, Some(opened.probe_at));
    let open = |connection: &mut Connection| {
        // Whoever else saw it hang has said so already.
        if connection.breaker.is_none_or(|breaker| breaker.timeouts < opened.timeouts) {
            connection.breaker = Some(opened);
        }
    };
    if let Err(error) = deps.store.update_connection(connection.clone(), open).await {
        tracing::warn!({ field::ERROR } = chain(&error), "the breaker could not be stored");
    }
    tracing::warn!({ field::CONNECTION } = %connection.value.id, "the CRM hangs; it is tried again later");
}

/// The CRM answered.
pub(super) async fn close(deps: &CallDeps, connection: &Stored<Connection>) {
    deps.gates.hangs(connection.value.id, None);
    if connection.value.breaker.is_none() {
        return;
    }
    let close = |connection: &mut Connection| connection.breaker = None;
    if let Err(error) = deps.store.update_connection(connection.clone(), close).await {
        tracing::warn!({ field::ERROR } = chain(&error), "the breaker could not be closed");
    }
}
