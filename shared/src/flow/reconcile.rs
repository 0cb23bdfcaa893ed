//! Reconciliation: compares the PBX's call history with what its events told, and mends what it contradicts. One
//! request at a time, within the hour's budget, behind people's own requests (docs/pbx.md §10.3).

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::chain;
use crate::flow::call::{self, Turn, book, settle};
use crate::flow::connection::pbx_access::{AccessError, Claimed, PbxAccess, Priority};
use crate::flow::connection::reseal;
use crate::flow::deps::{RetryDeps, SettingsDeps};
use crate::flow::keep;
use crate::metrics;
use crate::model::connection::Connection;
use crate::model::extension::Extension;
use crate::model::history::HistoryCall;
use crate::model::ids::{ConnectionId, ExtensionId};
use crate::model::notice::NoticeCause;
use crate::pbx::PbxError;
use crate::rules::recover;
use crate::rules::whole::Whole;
use crate::storage::{CallItem, CallItems, Reconciled, RecordHolder as _, Saved, StoreError, Stored};
use crate::telemetry::field;

/// How often a connection's history is looked at: some requests an hour of the thousand that are usual.
pub const EVERY: Duration = Duration::from_mins(30);
/// The history appears with a delay, and recordings later still (docs/pbx.md §10.3, §10.4).
const LAG: Duration = Duration::from_mins(10);
/// The history is asked by when calls began, and a call stands in it once it has ended: each look goes back so far
/// for calls that ended since the one before. Longer ones are rare, and their events come all the same.
const LONGEST_CALL: Duration = Duration::from_hours(2);
/// Pages of one run; what is left is looked at by the next.
pub const PAGES: u32 = 10;

/// Begins to reconcile a connection, from now on; a connection that was begun goes on.
pub(super) async fn begin(deps: &SettingsDeps, id: ConnectionId) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let begun =
        Reconciled { since: now, until: now, next_at: now + EVERY, cut: false, failing: false, kept: None };
    // The sweep brings each look: none is so urgent that a message must.
    deps.store.save_reconciled(id, &Stored::new(begun)).await.map(drop)
}

/// Looks at a connection's history, if it is time to.
pub(super) async fn run(deps: &RetryDeps, turn: Turn, id: ConnectionId) -> Result<(), StoreError> {
    let (store, now) = (&deps.settings.store, deps.settings.clock.now());
    let Some(mut state) = store.reconciled(id).await?.filter(|state| state.value.next_at <= now) else {
        return Ok(());
    };
    let Some(connection) = store.connection(id).await?.filter(|connection| !connection.value.closing) else {
        return store.end_reconciling(id).await;
    };
    // Whoever moves the next look does this one; the sweep brings the next.
    state.value.next_at = now + EVERY;
    let Saved::Done(mut state) = store.save_reconciled(id, &state).await? else { return Ok(()) };
    let connection = reseal::connection(&deps.settings, connection).await?;
    let before = state.value;
    look(deps, turn, &connection.value, &mut state.value).await?;
    keep::run(deps, turn, &connection.value, &mut state.value).await?;
    if state.value == before { Ok(()) } else { store.save_reconciled(id, &state).await.map(drop) }
}

/// Compares what is to be compared, and says how far that came.
async fn look(
    deps: &RetryDeps,
    turn: Turn,
    connection: &Connection,
    state: &mut Reconciled,
) -> Result<(), StoreError> {
    let (store, id) = (&deps.settings.store, connection.id);
    let extensions = store.extensions(id).await?.into_iter().map(|stored| stored.value);
    let extensions: BTreeMap<_, _> = extensions.map(|extension| (extension.listed.id, extension)).collect();
    let until = deps.settings.clock.now() - LAG;
    if !extensions.values().any(|extension| extension.events.wanted) || state.until >= until {
        state.until = state.until.max(until);
        return Ok(());
    }
    let span = Span { state: *state, until };
    match compare(deps, turn, connection, &extensions, span).await? {
        Compared::Busy => {}
        Compared::Unreadable => state.failing = true,
        Compared::Reached(reached, cut) => {
            if std::mem::take(&mut state.failing) {
                store.resolve_notice(id, &NoticeCause::HistoryUnreadable.key()).await?;
            }
            (state.until, state.cut) = (reached, cut);
        }
    }
    Ok(())
}

/// What is to be compared: the calls that ended after `state.until` and by `until`.
#[derive(Clone, Copy)]
struct Span {
    state: Reconciled,
    until: Timestamp,
}

impl Span {
    fn from(&self) -> Timestamp {
        if self.state.cut {
            return self.state.until;
        }
        (self.state.until - LONGEST_CALL).max(self.state.since)
    }

    /// Calls are compared twice: some appear in the history late.
    fn holds(&self, call: &HistoryCall) -> bool {
        let from = self.state.until - EVERY;
        call.summary.ended_at.is_some_and(|ended| (self.state.cut || ended >= from) && ended <= self.until)
    }
}

/// How far a comparison came.
enum Compared {
    /// So far; whether more pages were left.
    Reached(Timestamp, bool),
    /// Somebody else speaks to the PBX, or it has no request left for us.
    Busy,
    /// The PBX does not show its history.
    Unreadable,
}

async fn compare(
    deps: &RetryDeps,
    turn: Turn,
    connection: &Connection,
    extensions: &BTreeMap<ExtensionId, Extension>,
    span: Span,
) -> Result<Compared, StoreError> {
    let mut access = match PbxAccess::claim(&deps.settings, connection, Priority::Background).await? {
        Claimed::Ours(access) => access,
        Claimed::Busy(_) => return Ok(Compared::Busy),
    };
    let mut reached = Compared::Reached(span.until, false);
    for page in 1..=PAGES {
        let answer = access.send(|session| Box::pin(session.history(span.from(), span.until, page))).await;
        let page_of_calls = match answer {
            Ok(answer) => answer,
            Err(error) => {
                tracing::info!(
                    { field::CONNECTION } = %connection.id,
                    { field::ERROR } = chain(&error),
                    "history not read; the next look goes on"
                );
                reached = refused(&error);
                if matches!(reached, Compared::Unreadable) && !span.state.failing {
                    call::history_unreadable(&deps.calls, connection.id).await;
                }
                break;
            }
        };
        for call in page_of_calls.calls.iter().filter(|call| span.holds(call)) {
            one(deps, turn, connection, extensions, call).await?;
        }
        if !page_of_calls.full {
            break;
        }
        // More than a run's pages, or than its time: the next look goes on where the last call began.
        if page == PAGES || turn.left(deps.calls.clock.now()).is_zero() {
            let last = page_of_calls.calls.last().and_then(|call| call.summary.started_at);
            reached = Compared::Reached(last.unwrap_or(span.until), true);
            break;
        }
    }
    access.close().await?;
    Ok(reached)
}

/// A history that is off, or that does not answer, is for the administrator; whatever stops all requests is said
/// elsewhere, and the next look goes on.
const fn refused(error: &AccessError) -> Compared {
    match error {
        AccessError::Request(error) if !matches!(error, PbxError::StatisticsBusy) => Compared::Unreadable,
        AccessError::Request(_)
        | AccessError::Token(_)
        | AccessError::NoBudget { .. }
        | AccessError::Paused
        | AccessError::OutOfTurn
        | AccessError::Failing
        | AccessError::LeaseLost
        | AccessError::Store(_) => Compared::Busy,
    }
}

/// Compares one call: what the history proves is kept beside its events, and the call settled from both.
async fn one(
    deps: &RetryDeps,
    turn: Turn,
    connection: &Connection,
    extensions: &BTreeMap<ExtensionId, Extension>,
    call: &HistoryCall,
) -> Result<(), StoreError> {
    let key = crate::model::call::RecordId::call_key(connection.id, &call.call_id);
    let items = deps.calls.store.call(connection.id, key).await?;
    let (legs, now) = (items.spoken(), deps.calls.clock.now());
    let evidence = recover::evidence(call, extensions, &legs, items.evidence(), book(connection));
    let whole = Whole::read(&call.call_id, &legs, Some(&evidence), book(connection));
    let missed_told = items.call.as_ref().and_then(|call| call.record.delivery.as_ref());
    let of_leg = |leg: &crate::model::call::Leg| {
        items.legs.iter().find(|item| item.leg == *leg).and_then(|item| item.record.delivery.clone())
    };
    let changes = recover::changes(&whole, missed_told, of_leg, deps.calls.timing.hold, now);
    let news = items.evidence() != Some(&evidence);
    if news && (changes || recover::may_be_late(&whole)) {
        let mut item = items.call.clone().unwrap_or_else(|| CallItem::blank(connection.id, &call.call_id));
        item.evidence = Some(evidence);
        if !changes {
            // Only events that come late will ask for it. Changed meanwhile: they have come.
            return item.save(&deps.calls.store).await.map(drop);
        }
        item.record.due_at = Some(now + deps.calls.timing.lease);
        tracing::warn!(
            { field::CONNECTION } = %connection.id,
            { field::CALL } = hex::encode(key),
            "call mended from the history"
        );
        metrics::write(now, &[(metrics::CALLS_RECOVERED, 1)]);
        // Changed meanwhile: an event came so late that the next look is soon enough.
        if let Saved::Done(_) = item.save(&deps.calls.store).await? {
            settle::call(&deps.calls, turn, connection.id, key).await?;
        }
        return Ok(());
    }
    if recordings(deps, &items, &whole).await? {
        settle::call(&deps.calls, turn, connection.id, key).await?;
    }
    Ok(())
}

/// Fills in the recordings that the events didn't name. Answers whether there were any.
async fn recordings(deps: &RetryDeps, items: &CallItems, whole: &Whole<'_>) -> Result<bool, StoreError> {
    let mut any = false;
    for item in items.legs.iter().filter(|item| item.record.delivery.is_some()) {
        let Some(recording) = recover::recording_of(whole, &item.leg) else { continue };
        let mut item = item.clone();
        item.leg.late_recording = Some(recording);
        item.record.due_at = Some(deps.calls.clock.now() + deps.calls.timing.lease);
        // Changed meanwhile: the next look fills it in.
        any |= matches!(item.save(&deps.calls.store).await?, Saved::Done(_));
    }
    Ok(any)
}
