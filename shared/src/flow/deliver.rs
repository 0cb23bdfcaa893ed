//! One attempt at a record: claim, send, record the outcome (P3).

use crate::call::{CallRecord, RecordKind};
use crate::clock::Timestamp;
use crate::connection::{Connection, PauseReason};
use crate::crm::{CrmError, Message, Receipt};
use crate::delivery::{Attempt, AttemptClass, Claim, Delivery, DeliveryState};
use crate::error::{Classified as _, Retryability, chain};
use crate::flow::deps::CallDeps;
use crate::flow::notices;
use crate::ids::CrmUserId;
use crate::metrics;
use crate::rules::delivery;
use crate::storage::{RecordHolder, Saved, StoreError, Stored};
use crate::telemetry::field;

/// Claims a record, tries to deliver it, and records how that ended. Answers the item as it is then: after the
/// attempt, or as somebody else changed it before there was one.
pub(super) async fn attempt<H: RecordHolder>(
    deps: &CallDeps,
    connection: &Stored<Connection>,
    mut item: H,
    delivery: Delivery,
) -> Result<Saved<H>, StoreError> {
    let began = deps.clock.now();
    let claim = Claim { id: claim_id(deps), since: began, until: began + deps.timing.lease };
    item.record_mut().due_at = Some(claim.until);
    item.record_mut().delivery = Some(delivery::claimed(delivery, claim.clone()));
    let claimed = match item.save(&deps.store).await? {
        Saved::Done(claimed) => claimed,
        Saved::Changed(newer) => return Ok(Saved::Changed(newer)),
    };
    let Some(delivery) = claimed.record().delivery.clone() else { return Ok(Saved::Done(claimed)) };
    let result = send(deps, &connection.value, &delivery).await;
    let ended = deps.clock.now();
    let outcome = outcome(deps, &delivery, &result, began, ended);
    after(deps, connection, &outcome, &result).await;
    record(deps, claimed, &claim, outcome).await.map(Saved::Done)
}

/// Tells the CRM at once what can't be told later; a failure is logged and forgotten (design §3).
pub(super) async fn tell(
    deps: &CallDeps,
    connection: &Connection,
    record: &CallRecord,
    crm_user: Option<&CrmUserId>,
) {
    let message = message(deps, connection, record, crm_user, 1);
    if let Err(error) = deliver(deps, connection, &message).await {
        tracing::info!(
            { field::CONNECTION } = %connection.id,
            { field::RECORD } = %record.record_id,
            { field::ERROR } = chain(&error),
            "pop-up not told"
        );
    }
}

async fn send(deps: &CallDeps, connection: &Connection, delivery: &Delivery) -> Result<Receipt, CrmError> {
    let user = delivery.crm_user.as_ref();
    let mut message = message(deps, connection, &delivery.record, user, delivery.revision);
    message.perhaps_delivered = delivery::perhaps_delivered(delivery);
    message.crm_id = delivery.crm_id.as_deref();
    deliver(deps, connection, &message).await
}

fn message<'a>(
    deps: &CallDeps,
    connection: &Connection,
    record: &'a CallRecord,
    crm_user: Option<&'a CrmUserId>,
    revision: u32,
) -> Message<'a> {
    Message {
        connection_id: connection.id,
        kind: record.kind,
        record,
        crm_user,
        revision,
        at: deps.clock.now(),
        perhaps_delivered: false,
        crm_id: None,
    }
}

async fn deliver(
    deps: &CallDeps,
    connection: &Connection,
    message: &Message<'_>,
) -> Result<Receipt, CrmError> {
    let target = deps.connectors.open(connection, &deps.sealer)?;
    deps.connectors.of(&target).deliver(&target, message).await
}

fn outcome(
    deps: &CallDeps,
    delivery: &Delivery,
    result: &Result<Receipt, CrmError>,
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
        Ok(receipt) => {
            let attempt = attempt(AttemptClass::Delivered, Some(receipt.status), None);
            delivery::delivered(delivery.clone(), attempt, receipt.crm_id.clone())
        }
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

/// Stores an outcome. When events came meanwhile, it is put beside them, and their due time stays: the caller
/// looks at the item again.
async fn record<H: RecordHolder>(
    deps: &CallDeps,
    mut item: H,
    claim: &Claim,
    outcome: Delivery,
) -> Result<H, StoreError> {
    item.record_mut().due_at = outcome.next_attempt_at;
    for _ in 0..MAX_TURNS {
        item.record_mut().delivery = Some(outcome.clone());
        match item.save(&deps.store).await? {
            Saved::Done(saved) => return Ok(saved),
            Saved::Changed(newer) => {
                let ours = newer.record().delivery.as_ref().and_then(|delivery| delivery.claim.as_ref());
                if ours.is_none_or(|ours| ours.id != claim.id) {
                    // The lease ended before the attempt did, and another one took over: it looks before it writes.
                    return Ok(newer);
                }
                item = newer;
            }
        }
    }
    Err(StoreError::Contended)
}

/// Tries before a write on a contended item is given up; the sweep finds it.
const MAX_TURNS: usize = 8;

/// What a failure means beyond its record: notices, and a pause of the connection.
async fn after(
    deps: &CallDeps,
    connection: &Stored<Connection>,
    outcome: &Delivery,
    result: &Result<Receipt, CrmError>,
) {
    let told = match pause(result, connection.value.failing_since, deps.clock.now()) {
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
    let (state, kind) = (outcome.state.as_str(), outcome.record.kind.as_str());
    tracing::info!(
        { field::CONNECTION } = %connection.value.id,
        { field::RECORD } = %outcome.record.record_id,
        { field::STATE } = state,
        { field::KIND } = kind,
        { field::ATTEMPTS } = outcome.attempts_used,
        "record attempted"
    );
    debug_assert!(outcome.record.kind == RecordKind::Ended || outcome.record.kind == RecordKind::Missed);
}

fn measure(outcome: &Delivery, now: Timestamp) {
    let state = match outcome.state {
        DeliveryState::Delivered => metrics::RECORDS_DELIVERED,
        DeliveryState::Waiting => metrics::RECORDS_WAITING,
        DeliveryState::Parked => metrics::RECORDS_PARKED,
        DeliveryState::GaveUp => metrics::RECORDS_GAVE_UP,
    };
    let mut values = vec![(state, 1)];
    if outcome.attempts_used > 1 {
        values.push((metrics::RETRY_ATTEMPTS, 1));
    }
    if outcome.state == DeliveryState::Delivered {
        let millis = now.since(outcome.due_since).as_millis();
        values.push((metrics::EVENT_TO_CRM, u64::try_from(millis).unwrap_or(u64::MAX)));
    }
    metrics::write(now, &values);
}

/// Whether a failure pauses the whole connection.
fn pause(
    result: &Result<Receipt, CrmError>,
    failing_since: Option<Timestamp>,
    now: Timestamp,
) -> Option<PauseReason> {
    match result.as_ref().err()?.class() {
        AttemptClass::Unauthorised => Some(PauseReason::CrmRefusedCredentials),
        AttemptClass::Gone => Some(PauseReason::EndpointDisabled),
        AttemptClass::Transient
        | AttemptClass::PerhapsDelivered
        | AttemptClass::Throttled
        | AttemptClass::Refused
        | AttemptClass::Delivered => {
            failing_since.filter(|since| delivery::is_failing_too_long(*since, now))?;
            Some(PauseReason::EndpointDisabled)
        }
    }
}

fn claim_id(deps: &CallDeps) -> String {
    let mut bytes = [0; 8];
    deps.random.fill(&mut bytes);
    hex::encode(bytes)
}
