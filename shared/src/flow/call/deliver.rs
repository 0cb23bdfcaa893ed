//! One attempt at a record: claim, send, record the outcome (P3).

use crate::clock::Timestamp;
use std::time::Duration;

use crate::crm::{CrmError, Message, Receipt};
use crate::error::{Classified as _, Retryability, chain};
use crate::flow::call::steps::{self, Held};
use crate::flow::call::{Turn, breaker, notices};
use crate::flow::deps::CallDeps;
use crate::metrics;
use crate::model::call::{CallRecord, RecordKind};
use crate::model::connection::Connection;
use crate::model::delivery::{Attempt, AttemptClass, Claim, Delivery, DeliveryState, Progress};
use crate::model::ids::{ConnectionId, CrmUserId};
use crate::rules::{delivery, pause};
use crate::storage::{RecordHolder, Saved, StoreError, Stored};
use crate::telemetry::field;

/// How an attempt ended, as far as its record goes.
#[derive(Debug)]
pub(super) enum Attempted<H> {
    /// It was made; the item with its outcome, and whether something else changed the item meanwhile.
    Made(H, bool),
    /// Somebody changed the item before it could be claimed.
    Changed(H),
    /// It was not begun: there is no time for it, or the CRM hangs until then.
    NotBegun(H, Option<Timestamp>),
}

/// Claims a record, tries to deliver it, and records how that ended.
pub(super) async fn attempt<H: RecordHolder>(
    deps: &CallDeps,
    turn: Turn,
    connection: &Stored<Connection>,
    item: H,
    delivery: Delivery,
) -> Result<Attempted<H>, StoreError> {
    let id = connection.value.id;
    let patience = turn.left(deps.clock.now()).saturating_sub(deps.timing.attempt);
    if patience.is_zero() {
        return Ok(Attempted::NotBegun(item, None));
    }
    let Some(_place) = deps.gates.enter(id, patience).await else {
        return Ok(Attempted::NotBegun(item, None));
    };
    // While this one waited for its place, another may have seen that the CRM hangs.
    if let Some(until) = breaker::held(deps, turn, connection).await? {
        return Ok(Attempted::NotBegun(item, Some(until)));
    }
    let now = deps.clock.now();
    if turn.left(now) < deps.timing.attempt {
        return Ok(Attempted::NotBegun(item, None));
    }
    let (claimed, claim) = match claim(deps, item, delivery, now).await? {
        (Saved::Done(claimed), claim) => (claimed, claim),
        (Saved::Changed(newer), _) => return Ok(Attempted::Changed(newer)),
    };
    let Some(delivery) = claimed.record().delivery.clone() else { return Ok(Attempted::Changed(claimed)) };
    let held = Held { item: claimed, claim, delivery };
    let sent = steps::send(deps, turn, &connection.value, held).await?;
    // Without it, the lease ended before the attempt did, and another one took over.
    let (Held { item, claim, delivery }, result) = sent.ok_or(StoreError::Contended)?;
    let outcome = outcome(deps, &delivery, &result, now, deps.clock.now());
    // The outcome first: whatever else a failure means can be found again from it.
    let (item, disturbed) = record(deps, item, &claim, &outcome).await?;
    after(deps, connection, &outcome, &result).await;
    Ok(Attempted::Made(item, disturbed))
}

/// Takes the record, until its lease ends: by the due time that stands there already, if that leaves enough.
async fn claim<H: RecordHolder>(
    deps: &CallDeps,
    mut item: H,
    delivery: Delivery,
    now: Timestamp,
) -> Result<(Saved<H>, Claim), StoreError> {
    let (soonest, latest) = (now + deps.timing.attempt, now + deps.timing.lease);
    let until = item.record().due_at.filter(|due| *due >= soonest && *due <= latest).unwrap_or(latest);
    let claim = Claim { id: claim_id(deps), since: now, until };
    item.record_mut().due_at = Some(until);
    item.record_mut().delivery = Some(delivery::claimed(delivery, claim.clone()));
    let saved = match item.save(&deps.store).await? {
        // The write's answer was lost and it was repeated: the claim is ours all the same.
        Saved::Changed(newer) if steps::is_ours(&newer, &claim) => Saved::Done(newer),
        Saved::Changed(newer) => Saved::Changed(newer),
        Saved::Done(claimed) => Saved::Done(claimed),
    };
    Ok((saved, claim))
}

/// Stores an outcome. When events came meanwhile, it is put beside them, and their due time stays: the caller
/// looks at the item again. Answers whether that was so.
async fn record<H: RecordHolder>(
    deps: &CallDeps,
    mut item: H,
    claim: &Claim,
    outcome: &Delivery,
) -> Result<(H, bool), StoreError> {
    item.record_mut().due_at = outcome.next_attempt_at.map(|at| deps.timing.swept_at(at, claim.since));
    let mut disturbed = false;
    for _ in 0..MAX_TURNS {
        item.record_mut().delivery = Some(outcome.clone());
        match item.save(&deps.store).await? {
            Saved::Done(saved) => return Ok((saved, disturbed)),
            // Our own write, whose answer was lost.
            Saved::Changed(newer) if newer.record().delivery.as_ref() == Some(outcome) => {
                return Ok((newer, true));
            }
            // The lease ended before the attempt did, and another one took over: it looks before it writes.
            Saved::Changed(newer) if !steps::is_ours(&newer, claim) => return Ok((newer, true)),
            Saved::Changed(newer) => (item, disturbed) = (newer, true),
        }
    }
    Err(StoreError::Contended)
}

/// Tries before a write on a contended item is given up; the sweep finds it.
const MAX_TURNS: usize = 8;

/// How long a pop-up waits for a place among its CRM's deliveries.
const POP_UP_PATIENCE: Duration = Duration::from_secs(2);

/// Tells the CRM at once what can't be told later; a failure is logged and forgotten (docs/promises.md §3).
pub(super) async fn tell(
    deps: &CallDeps,
    connection: &Stored<Connection>,
    record: &CallRecord,
    crm_user: Option<&CrmUserId>,
    answered_by: Option<&CrmUserId>,
    known: &Progress,
) {
    let id = connection.value.id;
    let now = deps.clock.now();
    if deps.gates.hangs_until(id).is_some_and(|until| now < until) {
        return;
    }
    // A hunt group rings many phones at once; but a late pop-up is worse than none.
    let Some(_place) = deps.gates.enter(id, POP_UP_PATIENCE).await else { return };
    let message = Message { answered_by, ..steps::message(deps, &connection.value, record, crm_user, 1) };
    let error = match Box::pin(steps::signal(deps, &connection.value, &message, known)).await {
        Ok(Ok(progress)) if progress.is_empty() => return,
        Ok(Ok(progress)) => return remember(deps, id, record, &progress).await,
        Ok(Err(error)) => error,
        Err(error) => {
            tracing::error!({ field::CONNECTION } = %id, { field::ERROR } = chain(&error), "pop-up not told");
            return;
        }
    };
    tracing::info!(
        { field::CONNECTION } = %id,
        { field::RECORD } = %record.record_id,
        { field::ERROR } = chain(&error),
        "pop-up not told"
    );
    if error.is_timeout() {
        breaker::open(deps, connection).await;
    }
}

fn outcome(
    deps: &CallDeps,
    delivery: &Delivery,
    result: &Result<Option<Receipt>, CrmError>,
    began: Timestamp,
    ended: Timestamp,
) -> Delivery {
    let attempt = |class, status, detail| Attempt {
        at: began,
        revision: delivery.revision,
        class,
        status,
        millis: u64::try_from(ended.since(began).as_millis()).unwrap_or(u64::MAX),
        detail,
    };
    match result {
        Ok(Some(receipt)) => {
            let attempt = attempt(AttemptClass::Delivered, Some(receipt.status), None);
            delivery::delivered(delivery.clone(), attempt, receipt.progress.clone(), receipt.remark)
        }
        Ok(None) => delivery::interrupted(delivery.clone(), ended),
        Err(error) => {
            let retry_after = match error.retryability() {
                Retryability::Transient { retry_after } => retry_after,
                Retryability::Permanent => None,
            };
            let (used, since) = (delivery.attempts_used, delivery.due_since);
            let then = deps.timing.retry.after(error.class(), retry_after, used, since, ended, deps.jitter());
            let attempt = attempt(error.class(), error.status(), Some(error.to_string()));
            delivery::failed(delivery.clone(), attempt, then)
        }
    }
}

/// What an attempt means beyond its record: the breaker, notices, and a pause of the connection.
async fn after(
    deps: &CallDeps,
    connection: &Stored<Connection>,
    outcome: &Delivery,
    result: &Result<Option<Receipt>, CrmError>,
) {
    match result {
        Err(error) if error.is_timeout() => breaker::open(deps, connection).await,
        Ok(_) | Err(_) => breaker::close(deps, connection).await,
    }
    let class = result.as_ref().err().map(CrmError::class);
    let told = match pause::reason(class, connection.value.failing_since, deps.clock.now()) {
        Some(reason) => notices::pause(deps, connection, reason).await,
        None if outcome.state == DeliveryState::Parked => {
            notices::record_refused(deps, connection.value.id).await
        }
        None if outcome.state == DeliveryState::GaveUp => notices::gave_up(deps, connection.value.id).await,
        None => Ok(()),
    };
    let told = match notices::failing(deps, connection, result.is_err()).await {
        Ok(()) => told,
        Err(error) => Err(error),
    };
    if let Err(error) = told {
        // The record's own state still says it; a notice is a second voice.
        tracing::error!({ field::ERROR } = chain(&error), "notice not stored");
    }
    measure(outcome, deps.clock.now());
    note(connection.value.id, outcome);
    debug_assert!(matches!(outcome.record.kind, RecordKind::Ended | RecordKind::Missed));
}

/// The one line of an attempt, by which it can be followed.
fn note(connection: ConnectionId, outcome: &Delivery) {
    let (state, kind) = (outcome.state.as_str(), outcome.kind().as_str());
    let tried = outcome.attempts.last();
    tracing::info!(
        { field::CONNECTION } = %connection,
        { field::CALL } = outcome.record.record_id.call_digest(),
        { field::RECORD } = %outcome.record.record_id,
        { field::STATE } = state,
        { field::KIND } = kind,
        { field::NUMBER } = outcome.attempts.len(),
        { field::CLASS } = tried.map(|tried| tried.class.as_str()),
        { field::STATUS } = tried.and_then(|tried| tried.status),
        { field::MILLIS } = tried.map(|tried| tried.millis),
        { field::DUE } = outcome.next_attempt_at.map(Timestamp::rfc3339),
        "record attempted"
    );
}

fn measure(outcome: &Delivery, now: Timestamp) {
    let state = match outcome.state {
        DeliveryState::Delivered => metrics::RECORDS_DELIVERED,
        DeliveryState::Waiting => metrics::RECORDS_WAITING,
        DeliveryState::Parked => metrics::RECORDS_PARKED,
        DeliveryState::GaveUp => metrics::RECORDS_GAVE_UP,
    };
    let mut values = vec![(state, 1)];
    if outcome.state == DeliveryState::Delivered && outcome.kind() == RecordKind::Withdrawn {
        values.push((metrics::RECORDS_WITHDRAWN, 1));
    }
    if outcome.attempts_used > 1 {
        values.push((metrics::RETRY_ATTEMPTS, 1));
    }
    if outcome.state == DeliveryState::Delivered {
        let millis = now.since(outcome.due_since).as_millis();
        values.push((metrics::EVENT_TO_CRM, u64::try_from(millis).unwrap_or(u64::MAX)));
    }
    metrics::write(now, &values);
}

/// What a CRM called a call that rings is kept with its leg: the record's delivery begins with it. Without it the CRM
/// is asked again.
async fn remember(deps: &CallDeps, id: ConnectionId, record: &CallRecord, progress: &Progress) {
    if let Err(error) = deps.store.remember_crm(id, record.record_id, progress).await {
        tracing::warn!({ field::CONNECTION } = %id, { field::ERROR } = chain(&error), "pop-up's id not kept");
    }
}

fn claim_id(deps: &CallDeps) -> String {
    let mut bytes = [0; 8];
    deps.random.fill(&mut bytes);
    hex::encode(bytes)
}
