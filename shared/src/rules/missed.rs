//! Missed calls: decided for a whole call, after a hold, from the hangups of its queues and IVRs, or from the
//! phones that it rang directly (R13, pbx-api.md §7.3 step 5 and §7.4).

use std::time::Duration;

use crate::call::{ArrivedEvent, CallRecord, Direction, EventKind, Flow, Leg, Outcome, RecordId, RecordKind};
use crate::clock::Timestamp;
use crate::extension::ExtensionKind;
use crate::rules::leg::{LegReading, Rulebook, Stage};
use crate::rules::scope::Scope;

/// A phone that rang for this long without a word more is taken as having stopped: its hangup was lost.
const LONGEST_RING: Duration = Duration::from_mins(10);
/// The same for a conversation.
const LONGEST_TALK: Duration = Duration::from_hours(6);

/// Whether a call was missed.
#[derive(Clone, Debug, PartialEq)]
pub enum Missed {
    /// No event asks the question.
    NoQuestion,
    /// Not to be decided before then.
    AskAgain(Timestamp),
    /// It was not, or is not to be logged.
    No(NotMissed),
    /// It was: the record.
    Yes(Box<CallRecord>),
}

/// Why a call is not logged as missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotMissed {
    /// A phone took it: the phone's leg is logged.
    Answered,
    /// Only extensions took part.
    Internal,
    /// The caller is on the list of numbers to ignore.
    Ignored,
    /// It rang phones directly, and the policy doesn't log that.
    DirectOff,
}

/// Whether the arrival of this leg's events asks the question, and since when.
pub fn question(leg: &Leg, book: Rulebook<'_>) -> Option<Timestamp> {
    let reading = LegReading::new(leg, book);
    let hangup = reading.hangup()?;
    match leg.extension.kind {
        ExtensionKind::Queue | ExtensionKind::Ivr => verdict_of_place(leg).map(|(arrived, _)| arrived.at),
        ExtensionKind::Phone => is_direct_candidate(&reading).then_some(hangup.at),
        ExtensionKind::Fax => None,
    }
}

/// Decides for a call, from all its legs.
pub fn decide(legs: &[&Leg], book: Rulebook<'_>, hold: Duration, now: Timestamp) -> Missed {
    let mut places: Vec<Place<'_>> = legs.iter().filter_map(|leg| Place::of(leg)).collect();
    places.sort_by(|a, b| a.order().cmp(&b.order()));
    match places.last() {
        Some(last) => decide_by_place(last, &places, legs, book, hold, now),
        None => decide_direct(legs, book, hold, now),
    }
}

/// A queue or IVR that has said whether a phone took the call.
struct Place<'a> {
    leg: &'a Leg,
    hangup: &'a ArrivedEvent,
    bridged: bool,
}

impl<'a> Place<'a> {
    fn of(leg: &'a Leg) -> Option<Self> {
        let (hangup, bridged) = verdict_of_place(leg)?;
        Some(Self { leg, hangup, bridged })
    }

    /// A queue's word outranks an IVR's, a later queue's an earlier one's (pbx-api.md §12.6).
    fn order(&self) -> (bool, Timestamp, &str) {
        (self.leg.extension.kind == ExtensionKind::Queue, self.hangup.time(), self.leg.leg_id.as_str())
    }
}

fn verdict_of_place(leg: &Leg) -> Option<(&ArrivedEvent, bool)> {
    if !matches!(leg.extension.kind, ExtensionKind::Queue | ExtensionKind::Ivr) {
        return None;
    }
    let hangups = leg.events.iter().filter(|arrived| arrived.event.kind() == EventKind::Hangup);
    let told = hangups.filter_map(|arrived| Some((arrived, arrived.event.bridged()?)));
    told.max_by_key(|(arrived, _)| (arrived.time(), arrived.event.identity()))
}

fn decide_by_place(
    last: &Place<'_>,
    places: &[Place<'_>],
    legs: &[&Leg],
    book: Rulebook<'_>,
    hold: Duration,
    now: Timestamp,
) -> Missed {
    if last.bridged {
        return Missed::No(NotMissed::Answered);
    }
    let raised = places.iter().filter(|place| !place.bridged).map(|place| place.hangup.at).min();
    let held_until = raised.unwrap_or(last.hangup.at) + hold;
    if now < held_until {
        return Missed::AskAgain(held_until);
    }
    // A phone that began to ring after this hangup shows that the call went on elsewhere.
    let goes_on = legs.iter().map(|leg| LegReading::new(leg, book)).any(|reading| {
        reading.is_phone()
            && reading.flow == Flow::In
            && reading.started_at() > last.hangup.time()
            && is_open(&reading, now)
    });
    if goes_on {
        return Missed::AskAgain(ask_again(last.hangup.at, hold, now));
    }
    let reading = LegReading::new(last.leg, book);
    logged(&reading, last.hangup, book)
}

fn decide_direct(legs: &[&Leg], book: Rulebook<'_>, hold: Duration, now: Timestamp) -> Missed {
    let readings: Vec<_> = legs.iter().map(|leg| LegReading::new(leg, book)).collect();
    let rung = readings.iter().filter(|reading| is_direct_candidate(reading));
    let Some((place, hangup)) = rung
        .filter_map(|reading| Some((reading, reading.hangup()?)))
        .max_by_key(|(reading, hangup)| (hangup.time(), reading.leg().leg_id.as_str()))
    else {
        return Missed::NoQuestion;
    };
    let has_queue = readings.iter().any(|reading| !reading.is_phone() || reading.via().is_some());
    if has_queue {
        // The queue's or IVR's own hangup decides; without it nothing is known.
        return Missed::NoQuestion;
    }
    if readings.iter().any(|reading| reading.answered) {
        return Missed::No(NotMissed::Answered);
    }
    if !book.policy.direct_missed {
        return Missed::No(NotMissed::DirectOff);
    }
    let last_arrival = readings.iter().filter_map(|reading| reading.hangup().map(|h| h.at)).max();
    let held_until = last_arrival.unwrap_or(hangup.at) + hold;
    if now < held_until {
        return Missed::AskAgain(held_until);
    }
    if readings.iter().any(|reading| is_open(reading, now)) {
        return Missed::AskAgain(ask_again(hangup.at, hold, now));
    }
    logged(place, hangup, book)
}

/// A phone that an outside caller rang by itself, in vain (pbx-api.md §7.4).
fn is_direct_candidate(reading: &LegReading<'_>) -> bool {
    reading.is_phone()
        && reading.flow == Flow::In
        && reading.stage == Stage::Ended
        && !reading.answered
        && !reading.is_transferred()
        && reading.via().is_none()
        && !matches!(reading.scope, Scope::Internal(_))
}

fn is_open(reading: &LegReading<'_>, now: Timestamp) -> bool {
    let last_word = reading.leg().events.iter().map(|arrived| arrived.at).max().unwrap_or_default();
    match reading.stage {
        Stage::Ringing => reading.is_phone() && now.since(last_word) < LONGEST_RING,
        Stage::Answered => reading.is_phone() && now.since(last_word) < LONGEST_TALK,
        Stage::Ended => false,
    }
}

/// Later and later, so that a long call is asked about a few times, not every second.
fn ask_again(raised: Timestamp, hold: Duration, now: Timestamp) -> Timestamp {
    now + hold.max(now.since(raised) / 4).max(Duration::from_secs(1))
}

fn logged(reading: &LegReading<'_>, hangup: &ArrivedEvent, book: Rulebook<'_>) -> Missed {
    match &reading.scope {
        Scope::Internal(_) if !book.policy.log_internal => Missed::No(NotMissed::Internal),
        Scope::Ignored => Missed::No(NotMissed::Ignored),
        Scope::External { .. } | Scope::Internal(_) => Missed::Yes(Box::new(record(reading, hangup, book))),
    }
}

fn record(reading: &LegReading<'_>, hangup: &ArrivedEvent, book: Rulebook<'_>) -> CallRecord {
    let leg = reading.leg();
    let place = leg.extension.clone();
    let stay = hangup.event.duration().unwrap_or_default();
    CallRecord {
        record_id: RecordId::of_missed(book.connection, &leg.call_id),
        call_id: leg.call_id.clone(),
        leg_id: None,
        kind: RecordKind::Missed,
        direction: Direction::Inbound,
        outcome: Some(Outcome::Missed),
        external_number: reading.scope.other_party(),
        internal_number: Some(hangup.event.called_extension().unwrap_or(place.number)),
        extension_id: place.id,
        did: reading.did(),
        started_at: reading.started_at().min(hangup.time() - stay),
        answered_at: None,
        ended_at: Some(hangup.time()),
        talk_micros: 0,
        recording_id: None,
        via: Vec::new(),
        transferred: reading.is_transferred(),
    }
}
