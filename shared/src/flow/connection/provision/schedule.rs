//! When a connection's work on the PBX goes on: one due time per connection, on the mapping's item, and a reminder.

use std::ops::ControlFlow;

use super::{Stop, due};
use crate::clock::Timestamp;
use crate::error::chain;
use crate::flow::deps::SettingsDeps;
use crate::model::connection::Connection;
use crate::model::ids::ConnectionId;
use crate::queue::{LONGEST_DELAY, Reminder, Task};
use crate::storage::{Saved, StoreError};
use crate::telemetry::field;

/// Tries before a write on a contended item is given up.
const MAX_TURNS: usize = 8;

/// Makes a connection's work due at that moment, before any of it is marked: so it is found after a crash.
pub(in crate::flow) async fn at(
    deps: &SettingsDeps,
    id: ConnectionId,
    moment: Timestamp,
) -> Result<(), StoreError> {
    let mapping = deps.store.mapping(id).await?;
    let edited = deps.store.edit_mapping(id, mapping, |mapping| {
        if mapping.due_at.replace(moment) == Some(moment) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    edited.await?;
    Ok(())
}

/// Stores when the next run is due, if one is. The mapping is read first: whoever changes it later is not overrun.
pub(super) async fn after(
    deps: &SettingsDeps,
    connection: &Connection,
    stop: Option<Stop>,
) -> Result<(), StoreError> {
    let id = connection.id;
    if stop == Some(Stop::Elsewhere) {
        return Ok(());
    }
    for _ in 0..MAX_TURNS {
        let mut mapping = deps.store.mapping(id).await?;
        if !mapping.value.applied {
            // Somebody is about to mark more work, and has made it due already.
            return Ok(());
        }
        let next = due::next(deps, id).await?;
        let next = next.and_then(|next| match stop {
            None => Some(next),
            Some(Stop::Turn | Stop::Elsewhere) => Some(next.max(deps.clock.now())),
            Some(Stop::Until(until)) => Some(next.max(until)),
            Some(Stop::Paused) => None,
        });
        // One that is being removed stays due until there is nothing left of it.
        let next = next.or_else(|| connection.closing.then(|| deps.clock.now()));
        if mapping.value.due_at == next {
            return Ok(());
        }
        mapping.value.due_at = next;
        if let Saved::Done(_) = deps.store.save_mapping(id, &mapping).await? {
            if let Some(next) = next {
                remind(deps, id, next).await;
            }
            return Ok(());
        }
    }
    Err(StoreError::Contended)
}

/// Sends a reminder; if the queue fails, the sweep of the index finds the work.
pub(in crate::flow) async fn remind(deps: &SettingsDeps, id: ConnectionId, not_before: Timestamp) {
    let now = deps.clock.now();
    // What is later than a message can wait is the sweep's alone.
    if not_before.since(now) > LONGEST_DELAY {
        return;
    }
    let reminder = Reminder { task: Task::Provision { connection: id }, not_before };
    if let Err(error) = deps.queue.send(&reminder, now).await {
        tracing::warn!({ field::ERROR } = chain(&error), "reminder not sent; the sweep finds the work");
    }
}
