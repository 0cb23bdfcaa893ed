//! The life of a record on its way to the CRM: what comes next, and what an attempt's end makes of it.

use std::time::Duration;

use crate::call::CallRecord;
use crate::clock::Timestamp;
use crate::connection::{Pause, PauseReason};
use crate::delivery::{Attempt, AttemptClass, Claim, Delivery, DeliveryState};
use crate::ids::CrmUserId;
use crate::rules::retry::{AfterFailure, RetryPolicy};

/// How often a paused record looks whether the pause is over. Changed credentials resume it at once; this is for
/// when that was cut short.
const PAUSE_RECHECK: Duration = Duration::from_hours(6);
/// An endpoint that takes nothing for so long is disabled.
const FAILING_TOO_LONG: Duration = Duration::from_hours(5 * 24);
/// Attempts kept for people; the policy allows seven, throttling and resending may add some.
const ATTEMPTS_KEPT: usize = 50;

/// What is to be done with a record now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Claim it and try.
    Attempt,
    /// Nothing before then.
    WaitUntil(Timestamp),
    /// Nothing at all.
    Rest,
}

/// Decides from what is stored and what the events say now. The delivery that comes back is what should be stored.
pub fn next(
    stored: Option<&Delivery>,
    derived: Option<&CallRecord>,
    crm_user: Option<&CrmUserId>,
    pause: Option<&Pause>,
    now: Timestamp,
) -> (Option<Delivery>, Action) {
    let mut delivery = match (stored, derived) {
        (None, None) => return (None, Action::Rest),
        (None, Some(record)) => fresh(record.clone(), crm_user.cloned(), now),
        (Some(stored), None) => return withdrawn(stored, now),
        (Some(stored), Some(record)) if *record == stored.record => stored.clone(),
        (Some(stored), Some(record)) => changed(stored, record.clone(), now),
    };
    if delivery.state == DeliveryState::Parked && delivery.paused {
        match pause {
            Some(_) => return (Some(delivery), Action::WaitUntil(now + PAUSE_RECHECK)),
            None => delivery = resent(delivery, now),
        }
    }
    if delivery.state != DeliveryState::Waiting {
        return (Some(delivery), Action::Rest);
    }
    if let Some(claim) = delivery.claim.clone() {
        if now < claim.until {
            return (Some(delivery), Action::WaitUntil(claim.until));
        }
        delivery = cut_off(delivery, &claim);
    }
    if let Some(pause) = pause {
        delivery.state = DeliveryState::Parked;
        delivery.paused = true;
        delivery.next_attempt_at = None;
        delivery.reason = Some(paused_because(pause.reason).to_owned());
        return (Some(delivery), Action::WaitUntil(now + PAUSE_RECHECK));
    }
    if RetryPolicy::is_too_old(delivery.due_since, now) {
        return (Some(given_up(delivery)), Action::Rest);
    }
    match delivery.next_attempt_at {
        Some(at) if now < at => (Some(delivery), Action::WaitUntil(at)),
        Some(_) | None => (Some(delivery), Action::Attempt),
    }
}

/// The delivery with an attempt under way.
#[must_use]
pub fn claimed(mut delivery: Delivery, claim: Claim) -> Delivery {
    delivery.next_attempt_at = Some(claim.until);
    delivery.claim = Some(claim);
    delivery
}

/// The delivery after the CRM took it.
#[must_use]
pub fn delivered(mut delivery: Delivery, attempt: Attempt, crm_id: Option<String>) -> Delivery {
    push(&mut delivery, attempt);
    delivery.state = DeliveryState::Delivered;
    delivery.reason = None;
    delivery.next_attempt_at = None;
    delivery.claim = None;
    delivery.crm_id = crm_id.or(delivery.crm_id);
    delivery
}

/// The delivery after an attempt failed.
#[must_use]
pub fn failed(mut delivery: Delivery, attempt: Attempt, then: AfterFailure) -> Delivery {
    let why = attempt.detail.clone();
    delivery.paused = matches!(attempt.class, AttemptClass::Unauthorised | AttemptClass::Gone);
    push(&mut delivery, attempt);
    delivery.claim = None;
    match then {
        AfterFailure::TryAgain { at, counts } => {
            delivery.attempts_used += u32::from(counts);
            delivery.next_attempt_at = Some(at);
            delivery.reason = why;
            delivery
        }
        AfterFailure::Park => {
            delivery.attempts_used += 1;
            delivery.state = DeliveryState::Parked;
            delivery.next_attempt_at = None;
            delivery.reason = why;
            delivery
        }
        AfterFailure::GiveUp => {
            delivery.attempts_used += 1;
            let mut delivery = given_up(delivery);
            delivery.reason = why.map(|why| format!("gave up after the last attempt: {why}"));
            delivery
        }
    }
}

/// The delivery as a person's resending makes it: due now, with an attempt budget of its own. A delivered record
/// goes out again under the next revision, since the CRM would take this one's key for a repeat.
#[must_use]
pub fn resent(mut delivery: Delivery, now: Timestamp) -> Delivery {
    if delivery.state == DeliveryState::Delivered {
        delivery.revision += 1;
    }
    delivery.state = DeliveryState::Waiting;
    delivery.paused = false;
    delivery.reason = None;
    delivery.due_since = now;
    delivery.next_attempt_at = Some(now);
    delivery.attempts_used = 0;
    delivery
}

/// Whether a CRM that has taken nothing since then is to be disabled.
pub fn is_failing_too_long(since: Timestamp, now: Timestamp) -> bool {
    now.since(since) >= FAILING_TOO_LONG
}

/// Whether this revision may already have arrived.
pub fn perhaps_delivered(delivery: &Delivery) -> bool {
    delivery.attempts.iter().any(|attempt| {
        attempt.revision == delivery.revision && attempt.class == AttemptClass::PerhapsDelivered
    })
}

fn fresh(record: CallRecord, crm_user: Option<CrmUserId>, now: Timestamp) -> Delivery {
    Delivery {
        record,
        crm_user,
        revision: 1,
        state: DeliveryState::Waiting,
        reason: None,
        due_since: now,
        next_attempt_at: Some(now),
        attempts_used: 0,
        attempts: Vec::new(),
        claim: None,
        crm_id: None,
        recovered: false,
        paused: false,
        late_recording_id: None,
    }
}

/// A record that the history told, and no event.
pub fn recovered(record: CallRecord, crm_user: Option<CrmUserId>, now: Timestamp) -> Delivery {
    let reason = Some("recovered from the PBX's history: its events never came".to_owned());
    Delivery { recovered: true, reason, ..fresh(record, crm_user, now) }
}

/// A late event changed the record: what may have been seen is never reused for another content.
fn changed(stored: &Delivery, record: CallRecord, now: Timestamp) -> Delivery {
    let mut delivery = stored.clone();
    delivery.record = record;
    let seen = delivery.claim.is_some()
        || delivery.state == DeliveryState::Delivered
        || delivery.attempts.iter().any(|attempt| attempt.revision == delivery.revision);
    if seen {
        delivery.revision += 1;
    }
    if delivery.state == DeliveryState::Delivered {
        delivery.state = DeliveryState::Waiting;
        delivery.reason = Some("a late event changed the record".to_owned());
        delivery.due_since = now;
        delivery.next_attempt_at = Some(now);
        delivery.attempts_used = 0;
    }
    delivery
}

/// Later events took the record's ground away. One that nobody saw is dropped; one that was seen is kept in the
/// log with a word to the administrator, since no CRM call can be unsaid.
fn withdrawn(stored: &Delivery, now: Timestamp) -> (Option<Delivery>, Action) {
    if let Some(claim) = stored.claim.as_ref().filter(|claim| now < claim.until) {
        return (Some(stored.clone()), Action::WaitUntil(claim.until));
    }
    let seen =
        stored.state == DeliveryState::Delivered || !stored.attempts.is_empty() || stored.claim.is_some();
    if !seen {
        return (None, Action::Rest);
    }
    let mut delivery = stored.clone();
    delivery.claim = None;
    delivery.next_attempt_at = None;
    if delivery.state == DeliveryState::Waiting {
        delivery.state = DeliveryState::Parked;
    }
    delivery.reason = Some(WITHDRAWN.to_owned());
    (Some(delivery), Action::Rest)
}

/// Said of a record that later events contradict.
pub const WITHDRAWN: &str =
    "a late event showed that this call was not missed; remove the record from the CRM";

fn cut_off(mut delivery: Delivery, claim: &Claim) -> Delivery {
    let attempt = Attempt {
        at: claim.since,
        revision: delivery.revision,
        class: AttemptClass::PerhapsDelivered,
        status: None,
        millis: u64::try_from(claim.until.since(claim.since).as_millis()).unwrap_or(u64::MAX),
        detail: Some("the attempt was cut off; the CRM may have the record".to_owned()),
    };
    push(&mut delivery, attempt);
    delivery.claim = None;
    delivery
}

fn given_up(mut delivery: Delivery) -> Delivery {
    delivery.state = DeliveryState::GaveUp;
    delivery.next_attempt_at = None;
    delivery.claim = None;
    delivery.reason = Some("gave up: not delivered within 72 hours".to_owned());
    delivery
}

const fn paused_because(reason: PauseReason) -> &'static str {
    match reason {
        PauseReason::CrmRefusedCredentials => "deliveries are paused: the CRM refuses the credentials",
        PauseReason::EndpointDisabled => "deliveries are paused: the CRM's endpoint is disabled",
    }
}

fn push(delivery: &mut Delivery, attempt: Attempt) {
    delivery.attempts.push(attempt);
    let excess = delivery.attempts.len().saturating_sub(ATTEMPTS_KEPT);
    delivery.attempts.drain(..excess);
}
