//! The life of a record on its way to the CRM: what comes next, and what an attempt's end makes of it.

use std::time::Duration;

use super::retry::{AfterFailure, RetryPolicy};
use super::revision::{revised, withdrawn};
use crate::clock::Timestamp;
use crate::model::call::CallRecord;
use crate::model::connection::{Pause, PauseReason};
use crate::model::delivery::{Attempt, AttemptClass, Claim, Delivery, DeliveryState, Progress, Sent, Tells};
use crate::model::ids::CrmUserId;

/// How often a paused record looks whether the pause is over. Changed credentials resume it at once; this is for
/// when that was cut short.
const PAUSE_RECHECK: Duration = Duration::from_hours(6);
/// An endpoint that takes nothing for so long is disabled.
const FAILING_TOO_LONG: Duration = Duration::from_hours(5 * 24);
/// Attempts kept for people; the policy allows seven, throttling and resending may add some.
const ATTEMPTS_KEPT: usize = 12;
/// Why a record is told again.
const CHANGED: &str = "a late event, or the PBX's history, changed the record";
pub(super) const WITHDRAWN: &str =
    "withdrawn: a late event, or the PBX's history, showed that there is nothing to log";

/// What the events, and the history, say of a record now.
#[derive(Clone, Debug, PartialEq)]
pub enum Derived {
    /// It is this one, and whose.
    Is(Box<CallRecord>, Option<CrmUserId>),
    /// Nothing new: what stands, stands.
    Keep,
    /// There is none, whatever was told before.
    Withdraw,
}

/// Circumstances of a decision.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// Whether the connection's deliveries are paused.
    pub pause: Option<&'a Pause>,
    /// Until when nothing is tried, because the CRM hangs.
    pub held_until: Option<Timestamp>,
    /// No event tells of the record: the history made it.
    pub recovered: bool,
    /// The present moment.
    pub now: Timestamp,
}

/// What is to be done with a record now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Claim it and try.
    Attempt,
    /// Nothing before then.
    WaitUntil(Timestamp),
    /// Nothing at all.
    Done,
}

/// Decides from what is stored and what the events say now. The delivery that comes back is what should be stored.
pub fn next(
    stored: Option<&Delivery>,
    derived: &Derived,
    at: Circumstances<'_>,
) -> (Option<Delivery>, Action) {
    let now = at.now;
    // Nobody changes what an attempt under way carries.
    if let Some((stored, claim)) = stored.and_then(|stored| Some((stored, stored.claim.as_ref()?)))
        && now < claim.until
    {
        return (Some(stored.clone()), Action::WaitUntil(claim.until));
    }
    let stored = stored.cloned().map(cut_off);
    let revised = match (stored, derived) {
        (None, Derived::Is(record, user)) => {
            Some(Delivery { recovered: at.recovered, ..fresh(*record.clone(), user.clone(), now) })
        }
        (None, Derived::Keep | Derived::Withdraw) => None,
        (Some(stored), Derived::Keep) => Some(stored),
        (Some(stored), Derived::Is(record, user)) => Some(revised(stored, record, user.as_ref(), now)),
        (Some(stored), Derived::Withdraw) => withdrawn(stored, now),
    };
    let Some(mut delivery) = revised else { return (None, Action::Done) };
    if delivery.state == DeliveryState::Parked && delivery.paused {
        match at.pause {
            Some(_) => return (Some(delivery), Action::WaitUntil(now + PAUSE_RECHECK)),
            None => delivery = due_again(delivery, now),
        }
    }
    if delivery.state != DeliveryState::Waiting {
        return (Some(delivery), Action::Done);
    }
    if let Some(pause) = at.pause {
        delivery.state = DeliveryState::Parked;
        delivery.paused = true;
        delivery.next_attempt_at = None;
        delivery.reason = Some(paused_because(pause.reason).to_owned());
        return (Some(delivery), Action::WaitUntil(now + PAUSE_RECHECK));
    }
    if RetryPolicy::is_too_old(delivery.due_since, now) {
        return (Some(given_up(delivery)), Action::Done);
    }
    let due_at = delivery.next_attempt_at.max(at.held_until).unwrap_or(now);
    let action = if now < due_at { Action::WaitUntil(due_at) } else { Action::Attempt };
    (Some(delivery), action)
}

/// The delivery with an attempt under way.
#[must_use]
pub fn claimed(mut delivery: Delivery, claim: Claim) -> Delivery {
    delivery.next_attempt_at = Some(claim.until);
    delivery.claim = Some(claim);
    delivery
}

/// The delivery after a step, before the next: what was learnt is stored, and the claim lasts as long as the next step
/// may take.
#[must_use]
pub fn stepped(mut delivery: Delivery, progress: Progress, until: Timestamp) -> Delivery {
    delivery.progress = progress;
    delivery.next_attempt_at = Some(until);
    if let Some(claim) = &mut delivery.claim {
        claim.until = until;
    }
    delivery
}

/// The delivery after some of its steps, for the rest of which no time is left: it goes on at once, by whoever comes.
#[must_use]
pub fn interrupted(mut delivery: Delivery, now: Timestamp) -> Delivery {
    delivery.claim = None;
    delivery.next_attempt_at = Some(now);
    delivery
}

/// The delivery after the CRM took it.
#[must_use]
pub fn delivered(
    mut delivery: Delivery,
    attempt: Attempt,
    progress: Progress,
    remark: Option<&str>,
) -> Delivery {
    push(&mut delivery, attempt);
    delivery.sent = Some(sent(&delivery, true));
    delivery.state = DeliveryState::Delivered;
    let withdrawn = delivery.is_withdrawn().then_some(WITHDRAWN);
    delivery.reason = remark.or(withdrawn).map(str::to_owned);
    delivery.next_attempt_at = None;
    delivery.claim = None;
    delivery.progress = progress;
    delivery
}

/// The delivery after an attempt failed.
#[must_use]
pub fn failed(mut delivery: Delivery, attempt: Attempt, then: AfterFailure) -> Delivery {
    let why = attempt.detail.clone();
    delivery.paused =
        matches!(attempt.class, AttemptClass::Unauthorised | AttemptClass::Unpaid | AttemptClass::Gone);
    if attempt.class == AttemptClass::PerhapsDelivered {
        delivery.sent = Some(sent(&delivery, false));
    }
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
        delivery.progress.done.clear();
        if delivery.tells == Tells::Recording {
            delivery.tells = Tells::Record;
        }
    }
    due_again(delivery, now)
}

/// Whether a CRM that has taken nothing since then is to be disabled.
pub fn is_failing_too_long(since: Timestamp, now: Timestamp) -> bool {
    now.since(since) >= FAILING_TOO_LONG
}

/// Whether this revision, or the one before it, may have arrived without our knowing: a CRM without a key has the record
/// then, whichever it was.
pub fn perhaps_delivered(delivery: &Delivery) -> bool {
    delivery.sent.as_ref().is_some_and(|sent| !sent.sure)
}

fn fresh(record: CallRecord, crm_user: Option<CrmUserId>, now: Timestamp) -> Delivery {
    Delivery {
        record,
        crm_user,
        tells: Tells::Record,
        revision: 1,
        sent: None,
        state: DeliveryState::Waiting,
        reason: None,
        due_since: now,
        next_attempt_at: Some(now),
        attempts_used: 0,
        attempts: Vec::new(),
        claim: None,
        progress: Progress::default(),
        recovered: false,
        paused: false,
    }
}

/// Due now, under whatever revision it has, unless the connection's pause holds it.
pub(super) fn tell_anew(mut delivery: Delivery, now: Timestamp) -> Delivery {
    if delivery.state == DeliveryState::Parked && delivery.paused {
        return delivery;
    }
    if delivery.state != DeliveryState::Waiting {
        delivery = due_again(delivery, now);
        delivery.reason = Some(CHANGED.to_owned());
    }
    delivery
}

fn due_again(mut delivery: Delivery, now: Timestamp) -> Delivery {
    delivery.state = DeliveryState::Waiting;
    delivery.paused = false;
    delivery.reason = None;
    delivery.due_since = now;
    delivery.next_attempt_at = Some(now);
    delivery.attempts_used = 0;
    delivery
}

fn sent(delivery: &Delivery, sure: bool) -> Sent {
    Sent { revision: delivery.revision, sure, withdrawn: delivery.is_withdrawn(), other: None }
}

/// An attempt whose lease ended without an outcome: the CRM may have the record.
fn cut_off(mut delivery: Delivery) -> Delivery {
    let Some(claim) = delivery.claim.take() else { return delivery };
    let attempt = Attempt {
        at: claim.since,
        revision: delivery.revision,
        class: AttemptClass::PerhapsDelivered,
        status: None,
        millis: u64::try_from(claim.until.since(claim.since).as_millis()).unwrap_or(u64::MAX),
        detail: Some("the attempt was cut off; the CRM may have the record".to_owned()),
    };
    push(&mut delivery, attempt);
    delivery.sent = Some(sent(&delivery, false));
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
        PauseReason::CrmUnpaid => "deliveries are paused: the CRM serves nobody until its bill is paid",
        PauseReason::EndpointDisabled => "deliveries are paused: the CRM's endpoint is disabled",
        PauseReason::Operator => "deliveries are paused by whoever runs this service",
    }
}

fn push(delivery: &mut Delivery, attempt: Attempt) {
    delivery.attempts.push(attempt);
    let excess = delivery.attempts.len().saturating_sub(ATTEMPTS_KEPT);
    delivery.attempts.drain(..excess);
}
