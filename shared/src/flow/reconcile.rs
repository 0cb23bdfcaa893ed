//! Reconciliation: compares the PBX's call history with what its events told, and makes up for calls whose events
//! never came. One request at a time, within the hour's budget, behind people's own requests (pbx-api.md §10.3).

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::connection::Connection;
use crate::error::chain;
use crate::extension::Extension;
use crate::flow::deps::{RetryDeps, SettingsDeps};
use crate::flow::pbx_access::{Asker, Claimed, PbxAccess};
use crate::flow::{provision, reseal, settle};
use crate::history::{HistoryCall, HistoryLeg};
use crate::ids::{ConnectionId, ExtensionId};
use crate::rules::leg::Rulebook;
use crate::rules::{delivery, recover};
use crate::storage::{CallItems, Reconciled, RecordHolder as _, Saved, StoreError, Stored};
use crate::telemetry::field;

/// How often a connection's history is looked at: two requests an hour of the thousand that are usual.
pub const EVERY: Duration = Duration::from_mins(30);
/// The history appears with a delay, and recordings later still (pbx-api.md §10.3, §10.4).
const LAG: Duration = Duration::from_mins(10);
/// Pages of one run; what is left is looked at by the next.
pub const PAGES: u32 = 10;

/// Begins to reconcile a connection, from now on; a connection that was begun goes on.
pub(super) async fn begin(deps: &SettingsDeps, id: ConnectionId) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let first = Stored::new(Reconciled { until: now, next_at: now + EVERY });
    if let Saved::Done(first) = deps.store.save_reconciled(id, &first).await? {
        provision::remind(deps, id, first.value.next_at).await;
    }
    Ok(())
}

/// Looks at a connection's history, if it is time to.
pub(super) async fn run(deps: &RetryDeps, id: ConnectionId) -> Result<(), StoreError> {
    let (store, now) = (&deps.settings.store, deps.settings.clock.now());
    let Some(mut state) = store.reconciled(id).await?.filter(|state| state.value.next_at <= now) else {
        return Ok(());
    };
    let Some(connection) = store.connection(id).await?.filter(|connection| !connection.value.closing) else {
        return store.end_reconciling(id).await;
    };
    // Whoever moves the next look does this one.
    state.value.next_at = now + EVERY;
    let Saved::Done(mut state) = store.save_reconciled(id, &state).await? else { return Ok(()) };
    // The queue brings the next look, as it brings calls.
    provision::remind(&deps.settings, id, state.value.next_at).await;
    let connection = reseal::connection(&deps.settings, connection).await?;
    let extensions = store.extensions(id).await?.into_iter().map(|stored| stored.value);
    let extensions: BTreeMap<_, _> = extensions.map(|extension| (extension.listed.id, extension)).collect();
    let until = now - LAG;
    if extensions.values().any(|extension| extension.events.wanted) && state.value.until < until {
        let Some(reached) = compare(deps, &connection.value, &extensions, state.value.until, until).await?
        else {
            return Ok(());
        };
        state.value.until = reached;
    } else {
        state.value.until = state.value.until.max(until);
    }
    store.save_reconciled(id, &state).await.map(drop)
}

/// Compares a span; answers how far it came, or nothing if the PBX could not be asked.
async fn compare(
    deps: &RetryDeps,
    connection: &Connection,
    extensions: &BTreeMap<ExtensionId, Extension>,
    from: Timestamp,
    until: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let mut access = match PbxAccess::claim(&deps.settings, connection, Asker::Background).await? {
        Claimed::Ours(access) => access,
        Claimed::Busy(_) => return Ok(None),
    };
    let mut reached = Some(until);
    for page in 1..=PAGES {
        let answer = access.send(|session| Box::pin(session.history(from, until, page))).await;
        let page_of_calls = match answer {
            Ok(answer) => answer,
            Err(error) => {
                tracing::info!(
                    { field::CONNECTION } = %connection.id,
                    { field::ERROR } = chain(&error),
                    "history not read; the next look goes on"
                );
                reached = None;
                break;
            }
        };
        for call in &page_of_calls.calls {
            one(deps, connection, extensions, call).await?;
        }
        if !page_of_calls.full {
            break;
        }
        // More than a run's pages: the next look goes on where the last call began.
        if page == PAGES {
            reached = page_of_calls.calls.last().and_then(|call| call.summary.started_at).or(reached);
        }
    }
    access.close().await?;
    Ok(reached)
}

async fn one(
    deps: &RetryDeps,
    connection: &Connection,
    extensions: &BTreeMap<ExtensionId, Extension>,
    call: &HistoryCall,
) -> Result<(), StoreError> {
    let key = crate::call::RecordId::call_key(connection.id, &call.call_id);
    let items = deps.calls.store.call(connection.id, key).await?;
    if !items.is_empty() {
        return recordings(deps, items, call).await;
    }
    let book =
        Rulebook { connection: connection.id, numbers: &connection.numbers, policy: &connection.policy };
    let now = deps.calls.clock.now();
    let mut any = false;
    for recovered in recover::records(call, extensions, book) {
        let extension = extensions.get(&recovered.record.extension_id);
        let user = settle::user_of(&connection.policy, extension, recovered.record.kind);
        let delivery = delivery::recovered(recovered.record.clone(), user.cloned(), now);
        any |= deps.calls.store.recover(connection.id, &recovered, &delivery, now).await?;
    }
    if any {
        tracing::warn!({ field::CONNECTION } = %connection.id, "call recovered from the history");
        settle::call(&deps.calls, connection.id, key).await?;
    }
    Ok(())
}

/// Fills in the recordings that the events didn't name.
async fn recordings(deps: &RetryDeps, items: CallItems, call: &HistoryCall) -> Result<(), StoreError> {
    for mut leg in items.legs {
        let Some(delivery) = leg.record.delivery.as_mut() else { continue };
        if delivery.record.recording_id.is_some() || delivery.late_recording_id.is_some() {
            continue;
        }
        let of_leg = |one: &&HistoryLeg| one.extension_id == Some(leg.leg.extension.id);
        let told = call.legs.iter().filter(of_leg).find_map(|one| one.recording_id.clone());
        let Some(told) = told else { continue };
        delivery.late_recording_id = Some(told);
        // Changed meanwhile: the next look fills it in.
        leg.save(&deps.calls.store).await?;
    }
    Ok(())
}
