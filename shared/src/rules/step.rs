//! What is to be done with one leg now: tell the CRM at once, deliver its record, wait, or nothing.

use std::time::Duration;

use crate::call::{CallRecord, Leg, RecordKind};
use crate::clock::Timestamp;
use crate::connection::Pause;
use crate::delivery::Delivery;
use crate::ids::CrmUserId;
use crate::rules::delivery::{self, Action};
use crate::rules::leg::{LegReading, Rulebook};
use crate::rules::missed;

/// What is known of the call's missed question while a leg is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Only this leg is at hand: its own events may raise it.
    Unasked,
    /// The whole call was looked at: decided, or to be asked again then.
    Asked(Option<Timestamp>),
}

/// What was told of a leg already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// That it rings.
    pub ringing: bool,
    /// That it was answered.
    pub answered: bool,
}

/// The next step of a leg.
#[derive(Clone, Debug, PartialEq)]
pub enum LegStep {
    /// Tell ringing or answered, once, and not again.
    Tell(Box<CallRecord>),
    /// Claim this delivery and try.
    Attempt(Box<Delivery>),
    /// Store this, and look again then.
    Wait(Option<Delivery>, Timestamp),
    /// The whole call must be looked at now.
    AskNow(Option<Delivery>),
    /// Store this; nothing is due.
    Rest(Option<Delivery>),
}

/// Circumstances of a step.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The connection's rules.
    pub book: Rulebook<'a>,
    /// Whether its deliveries are paused.
    pub pause: Option<&'a Pause>,
    /// Whose calls of this extension are.
    pub crm_user: Option<&'a CrmUserId>,
    /// How long a missed call, or an incomplete leg, waits for late events.
    pub hold: Duration,
    /// The present moment.
    pub now: Timestamp,
}

/// Decides the next step.
pub fn next(
    leg: &Leg,
    stored: Option<&Delivery>,
    told: Told,
    question: Question,
    at: Circumstances<'_>,
) -> LegStep {
    let reading = LegReading::new(leg, at.book);
    let untold = reading.announcement().filter(|record| !is_told(told, record.kind));
    if let Some(record) = untold.filter(|_| at.pause.is_none()) {
        return LegStep::Tell(Box::new(record));
    }
    let record = reading.record();
    if let (Some(_), None, Some(hangup)) = (&record, stored, reading.hangup()) {
        // A hangup that overtook its answer or dial: they may be under way, and would change the record.
        let patient_until = hangup.at + at.hold;
        if !reading.is_complete() && at.now < patient_until {
            return LegStep::Wait(None, patient_until);
        }
    }
    // A record once made is kept as it is when only the policy changed.
    let derived = record.as_ref().or_else(|| stored.map(|stored| &stored.record));
    let user = at.crm_user.or(at.book.policy.default_crm_user.as_ref());
    let (delivery, action) = delivery::next(stored, derived, user, at.pause, at.now);
    match (action, delivery) {
        (Action::Attempt, Some(delivery)) => LegStep::Attempt(Box::new(delivery)),
        (Action::WaitUntil(until), delivery) => LegStep::Wait(delivery, until),
        (Action::Rest | Action::Attempt, delivery) => match (question, missed::question(leg, at.book)) {
            (Question::Unasked, Some(raised)) if at.now < raised + at.hold => {
                LegStep::Wait(delivery, raised + at.hold)
            }
            (Question::Unasked, Some(_)) => LegStep::AskNow(delivery),
            (Question::Asked(Some(again)), Some(_)) => LegStep::Wait(delivery, again),
            (Question::Asked(None), _) | (_, None) => LegStep::Rest(delivery),
        },
    }
}

const fn is_told(told: Told, kind: RecordKind) -> bool {
    match kind {
        RecordKind::Ringing => told.ringing,
        RecordKind::Answered => told.answered,
        RecordKind::Ended | RecordKind::Missed => true,
    }
}
