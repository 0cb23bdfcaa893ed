//! Missed calls: decided for a whole call, after a hold, from the words of its queues and IVRs, or from the phones
//! that it rang directly (R13, docs/pbx.md §7.3 step 5 and §7.4). The history's word counts where no event told.

use std::time::Duration;

use super::leg::{LegReading, Rulebook, Stage};
use super::places::{self, Word};
use super::scope::{self, Scope};
use super::whole::Whole;
use crate::clock::Timestamp;
use crate::model::call::{CallRecord, Direction, Flow, Leg, LegExtension, Outcome, RecordId, RecordKind};
use crate::model::history::{CallResult, HistoryFlow, ToldLeg};
use crate::model::number::{Party, PhoneNumber};

/// A phone that rang for this long without a word more is taken as having stopped: its hangup was lost.
const LONGEST_RING: Duration = Duration::from_mins(5);
/// A queue that says nothing for so long after the last word of a phone that it rang is silent: its hangup was lost.
const LONGEST_SILENCE: Duration = Duration::from_mins(2);

/// Whether a call was missed.
#[derive(Clone, Debug, PartialEq)]
pub enum Missed {
    /// No event asks the question.
    NoQuestion,
    /// Not to be decided before then, unless an event says more.
    AskAgain(Timestamp),
    /// A phone took it: the phone's leg is logged.
    Answered,
    /// It was, and the policy does not want it.
    Unwanted(Unwanted, Box<CallRecord>),
    /// It was: the record.
    Yes(Box<CallRecord>),
}

/// Why a missed call is not logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwanted {
    /// Only extensions took part.
    Internal,
    /// The caller is on the list of numbers to ignore.
    Ignored,
    /// It rang phones directly, and the policy doesn't log that.
    DirectOff,
}

/// Whether this leg's hangup raises the question by itself: a phone that an outside caller rang directly, in vain.
pub fn asks(leg: &Leg, book: Rulebook<'_>) -> bool {
    is_direct_candidate(&LegReading::new(leg, book))
}

/// Decides for a call.
pub fn decide(whole: &Whole<'_>, hold: Duration, now: Timestamp) -> Missed {
    let words = places::words(whole);
    match words.last() {
        Some(last) if last.bridged => Missed::Answered,
        Some(last) => decide_by_place(last, &words, whole, hold, now),
        None => decide_direct(whole, hold, now),
    }
}

fn decide_by_place(
    last: &Word<'_>,
    words: &[Word<'_>],
    whole: &Whole<'_>,
    hold: Duration,
    now: Timestamp,
) -> Missed {
    // Talk after a "no" shows that the caller was taken after all.
    if places::talks(whole).any(|talk| talk.ended.is_none_or(|ended| ended > last.time)) {
        return Missed::Answered;
    }
    let open = whole.readings.iter().filter_map(|reading| shows_the_call(reading, last, words));
    let wait = open.chain([places::held_until(words, hold)]).max().unwrap_or(last.arrived);
    if now < wait {
        return Missed::AskAgain(wait);
    }
    logged(&last.scope, last.record(whole))
}

/// Until when a phone's leg shows that the call goes on elsewhere, although the last word was "no".
fn shows_the_call(reading: &LegReading<'_>, last: &Word<'_>, words: &[Word<'_>]) -> Option<Timestamp> {
    if !reading.is_inbound() {
        return None;
    }
    let via = reading.via();
    if reading.stage == Stage::Ringing {
        // The queue that gave up stops its own phones.
        let stopped = last.is_queue && via.as_ref() == Some(last.number);
        return (!stopped).then(|| reading.last_word() + LONGEST_RING);
    }
    via.filter(|via| words.iter().all(|word| word.number != via))?;
    let later = reading.ended_at().is_none_or(|ended| ended > last.time);
    // An IVR's word counts less than that of the queue which is still to speak.
    let outranked = !last.is_queue;
    (later || outranked).then(|| reading.last_word() + LONGEST_SILENCE)
}

fn decide_direct(whole: &Whole<'_>, hold: Duration, now: Timestamp) -> Missed {
    let readings = &whole.readings;
    let rung = readings.iter().filter(|reading| is_direct_candidate(reading));
    let rung = rung.filter_map(|reading| Some((reading.ended_at()?, Rung::Leg(reading))));
    let told = whole.unheard.iter().filter(|told| is_told_candidate(told, whole));
    let told = told.filter_map(|told| Some((told.told.ended_at?, Rung::Told(told, told.extension()?))));
    let Some((ended, place)) = rung.chain(told).max_by_key(|(ended, rung)| (*ended, rung.name())) else {
        return Missed::NoQuestion;
    };
    if readings.iter().any(|reading| !reading.is_phone() || reading.via().is_some()) {
        // The queue's or IVR's own word decides; without it nothing is known.
        return Missed::NoQuestion;
    }
    let unheard = whole.unheard.iter().any(|told| told_to_take_the_caller(told));
    if readings.iter().any(takes_the_caller) || unheard || places::elsewhere(whole).next().is_some() {
        return Missed::Answered;
    }
    let hangups = readings.iter().filter_map(|reading| Some(reading.hangup()?.at));
    let open = readings.iter().filter(|reading| {
        reading.is_phone() && reading.stage == Stage::Ringing && !matches!(reading.scope, Scope::Internal(_))
    });
    let open = open.map(|reading| reading.last_word() + LONGEST_RING);
    let wait = open.chain(hangups.max().map(|last| last + hold)).max().unwrap_or(ended);
    if now < wait {
        return Missed::AskAgain(wait);
    }
    let (scope, record) = place.missed(ended, whole);
    let decided = logged(&scope, record);
    if let (Missed::Yes(record), false) = (&decided, whole.book.policy.direct_missed) {
        return Missed::Unwanted(Unwanted::DirectOff, record.clone());
    }
    decided
}

/// A phone that an outside caller rang by itself, in vain (docs/pbx.md §7.4).
fn is_direct_candidate(reading: &LegReading<'_>) -> bool {
    reading.is_inbound() && reading.stage == Stage::Ended && !reading.answered && reading.via().is_none()
}

/// The same, of which only the history tells.
fn is_told_candidate(told: &ToldLeg, whole: &Whole<'_>) -> bool {
    let inbound = whole.evidence.is_some_and(|evidence| evidence.inbound);
    let in_vain = !told.told.is_answered() && told.told.result != CallResult::AnsweredElsewhere;
    let rung = told.told.flow == Some(HistoryFlow::In) && told.is_phone() && told.extension().is_some();
    inbound && in_vain && rung && !matches!(told_scope(told, whole), Scope::Internal(_))
}

/// An answered leg shows that somebody took the caller; not the one by which a site's callback called them.
fn takes_the_caller(reading: &LegReading<'_>) -> bool {
    let called_back = reading.flow == Flow::Out && reading.is_callback();
    reading.answered && !called_back
}

/// The same, of which only the history tells.
fn told_to_take_the_caller(told: &ToldLeg) -> bool {
    let called_back = told.told.application.as_deref() == Some("callback");
    told.is_phone() && told.told.is_answered() && !called_back
}

/// Where a call that rang phones directly was missed.
enum Rung<'a> {
    Leg(&'a LegReading<'a>),
    Told(&'a ToldLeg, LegExtension),
}

impl Rung<'_> {
    fn name(&self) -> String {
        match self {
            Self::Leg(reading) => reading.leg().leg_id.to_string(),
            Self::Told(_, extension) => extension.number.to_string(),
        }
    }

    fn missed(&self, ended: Timestamp, whole: &Whole<'_>) -> (Scope, CallRecord) {
        match self {
            Self::Leg(reading) => (reading.scope.clone(), of_leg(reading, ended, Duration::ZERO, whole)),
            Self::Told(told, extension) => (told_scope(told, whole), of_told(told, extension, whole)),
        }
    }
}

fn logged(scope: &Scope, record: CallRecord) -> Missed {
    match scope {
        Scope::External { .. } => Missed::Yes(Box::new(record)),
        Scope::Internal(_) => Missed::Unwanted(Unwanted::Internal, Box::new(record)),
        Scope::Ignored { .. } => Missed::Unwanted(Unwanted::Ignored, Box::new(record)),
    }
}

/// The missed record of a call that was lost at this leg; `stay` is how long it waited there.
pub(super) fn of_leg(
    reading: &LegReading<'_>,
    ended: Timestamp,
    stay: Duration,
    whole: &Whole<'_>,
) -> CallRecord {
    CallRecord {
        did: reading.did(),
        started_at: reading.started_at().min(ended - stay),
        transferred: reading.is_transferred(),
        ..blank(whole, &reading.leg().extension, reading.scope.other_party(), ended)
    }
}

/// The same from the history alone, at an extension that we watch.
pub(super) fn of_told(told: &ToldLeg, at: &LegExtension, whole: &Whole<'_>) -> CallRecord {
    let ended = told.told.ended_at.unwrap_or_default();
    CallRecord {
        did: told.told.did.clone(),
        started_at: told.told.started_at.unwrap_or(ended),
        ..blank(whole, at, told_scope(told, whole).other_party(), ended)
    }
}

fn blank(
    whole: &Whole<'_>,
    at: &LegExtension,
    external_number: Option<PhoneNumber>,
    ended: Timestamp,
) -> CallRecord {
    CallRecord {
        record_id: RecordId::of_missed(whole.book.connection, whole.call_id),
        call_id: whole.call_id.clone(),
        leg_id: None,
        kind: RecordKind::Missed,
        direction: Direction::Inbound,
        outcome: Some(Outcome::Missed),
        external_number,
        internal_number: Some(at.number.clone()),
        extension_id: at.id,
        did: None,
        started_at: ended,
        answered_at: None,
        ended_at: Some(ended),
        talk_micros: 0,
        recording_id: None,
        via: Vec::new(),
        transferred: false,
    }
}

/// Whether an outside caller was on it, as far as the history tells.
pub(super) fn told_scope(told: &ToldLeg, whole: &Whole<'_>) -> Scope {
    let caller = whole.evidence.and_then(|evidence| evidence.caller.as_ref());
    let parties = [told.told.from.as_ref(), caller].into_iter().flatten();
    let parties = parties.map(|number| whole.book.numbers.party(number.reveal()));
    let mut extension = None;
    for party in parties {
        match party {
            Party::Outside(number) => return scope::external(Some(number), whole.book),
            Party::Extension(number) => extension = extension.or(Some(number)),
            Party::Withheld => return scope::external(None, whole.book),
        }
    }
    match extension {
        Some(number) => {
            Scope::Internal(scope::Internal::BothExtensions(Some(PhoneNumber::new(number.as_str()))))
        }
        None => scope::external(None, whole.book),
    }
}
