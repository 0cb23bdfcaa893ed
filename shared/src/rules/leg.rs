//! What one leg was, read from the set of its events and from what the history told of it (docs/pbx.md §7.3): who,
//! which way, how far, how it ended.

use std::time::Duration;

use super::fields::Fields;
pub use super::rulebook::Rulebook;
use super::scope::{self, Scope};
use super::telling::{deciding_hangup, flow, talked};
use crate::clock::Timestamp;
use crate::model::call::{
    ArrivedEvent, CallEvent, CallRecord, CallStatus, Direction, EventKind, Flow, Leg, Outcome, RecordId,
    RecordKind,
};
use crate::model::extension::ExtensionKind;
use crate::model::history::{CallResult, HistoryFlow, HistoryLeg};
use crate::model::number::{ExtensionNumber, PhoneNumber};

/// `Duration` and the clock of answer and hangup may differ by this; beyond it the clock counts.
const SAME_TALK: Duration = Duration::from_secs(2);

/// How far a leg has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Ringing or dialling.
    Ringing,
    /// Taken.
    Answered,
    /// Hung up.
    Ended,
}

/// The record that a leg gives by what it was.
#[derive(Clone, Debug, PartialEq)]
pub enum LegRecord {
    /// None: it goes on, or was neither answered nor dialled out.
    None,
    /// This one, which the connection's policy does not want.
    Unwanted(CallRecord),
    /// This one.
    Logged(CallRecord),
}

/// A leg, understood.
#[derive(Debug)]
pub struct LegReading<'a> {
    fields: Fields<'a>,
    told: Option<&'a HistoryLeg>,
    book: Rulebook<'a>,
    /// Which way.
    pub flow: Flow,
    /// How far.
    pub stage: Stage,
    /// Whether an outside party takes part.
    pub scope: Scope,
    /// Whether somebody took it.
    pub answered: bool,
    hangup: Option<&'a ArrivedEvent>,
}

impl<'a> LegReading<'a> {
    /// Reads a leg from its events.
    pub fn new(leg: &'a Leg, book: Rulebook<'a>) -> Self {
        Self::with_history(leg, None, book)
    }

    /// Reads a leg from its events, and from the history what no event told.
    pub fn with_history(leg: &'a Leg, told: Option<&'a HistoryLeg>, book: Rulebook<'a>) -> Self {
        let fields = Fields { leg };
        let flow = flow(fields, told);
        let hangup = deciding_hangup(fields);
        let answer = fields.first(EventKind::Answer).is_some();
        let by_history = told.is_some_and(HistoryLeg::is_answered);
        let answered = match (flow, hangup.map(|hangup| hangup.event.status())) {
            // A lost answer event is made up for by the hangup (docs/pbx.md §7.4); a bare ANSWER without talk
            // may be the loser of a parallel ring.
            (Flow::In, Some(CallStatus::Answer | CallStatus::Absent)) => {
                answer || by_history || fields.of_kind(EventKind::Hangup).any(|one| talked(&one.event))
            }
            (Flow::Out, Some(CallStatus::Answer)) => true,
            (Flow::Out, Some(CallStatus::Absent)) | (Flow::In, Some(_)) | (_, None) => answer || by_history,
            (Flow::Out, Some(_)) => by_history,
        };
        let stage = if hangup.is_some() || told.is_some_and(|told| told.ended_at.is_some()) {
            Stage::Ended
        } else if answer {
            Stage::Answered
        } else {
            Stage::Ringing
        };
        let scope = scope::scope(fields, told, flow, book);
        Self { fields, told, book, flow, stage, scope, answered, hangup }
    }

    /// The leg that was read.
    pub const fn leg(&self) -> &'a Leg {
        self.fields.leg
    }

    /// The hangup that decides, if it came.
    pub const fn hangup(&self) -> Option<&'a ArrivedEvent> {
        self.hangup
    }

    /// When it ended, by its hangup, else by the history.
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.hangup.map(ArrivedEvent::time).or_else(|| self.told?.ended_at)
    }

    /// Whether it is a person's phone; queues and IVRs have hangups only.
    pub fn is_phone(&self) -> bool {
        self.leg().extension.kind == ExtensionKind::Phone
    }

    /// Whether a caller from outside came in on this phone.
    pub fn is_inbound(&self) -> bool {
        self.is_phone() && self.flow == Flow::In && !matches!(self.scope, Scope::Internal(_))
    }

    /// Whether the events that belong to a leg that ended so have all come; if not, they may be under way.
    pub fn is_complete(&self) -> bool {
        let answer_told = self.fields.first(EventKind::Answer).is_some();
        self.hangup.is_none() || (self.fields.dial().is_some() && (!self.answered || answer_told))
    }

    /// Whether `Duration` says something that the clock of answer and hangup contradicts.
    pub fn duration_contradicts(&self) -> bool {
        let told = self.fields.get(CallEvent::duration).filter(|_| self.answered);
        told.zip(self.clocked_talk()).is_some_and(|(told, clocked)| told.abs_diff(clocked) > SAME_TALK)
    }

    /// The queue or IVR that rang this phone: `CallerExtension` beside an outside caller. A phone there passed the
    /// call on and stands in nobody's way; after a transfer `RemoteNumber` tells (docs/pbx.md §6.1, §6.4).
    pub fn via(&self) -> Option<ExtensionNumber> {
        let distributed = self.flow == Flow::In
            && self.fields.text(CallEvent::remote_number).is_none()
            && !self.book.party(self.fields.text(CallEvent::caller_number)).is_extension();
        let number = distributed.then(|| self.fields.get(CallEvent::caller_extension)).flatten()?;
        self.book.numbers.is_place(&number).then_some(number)
    }

    /// Whether the call reached this phone by a transfer, or left it by one.
    pub fn is_transferred(&self) -> bool {
        self.fields.text(CallEvent::remote_number).is_some()
            || self.fields.any(CallEvent::transferred)
            || self.told.is_some_and(|told| told.flow == Some(HistoryFlow::Transfer))
    }

    /// Whether a callback from outside made it, on behalf of an extension that takes no part (docs/pbx.md §6.1).
    pub fn is_callback(&self) -> bool {
        self.fields.any(CallEvent::is_callback)
    }

    /// When it began, as far as is told.
    pub fn started_at(&self) -> Timestamp {
        let told = self.told.and_then(|told| told.started_at).filter(|_| self.fields.dial().is_none());
        let events = self.leg().events().iter().map(ArrivedEvent::time).min();
        let earliest = told.into_iter().chain(events).min().unwrap_or_default();
        self.answered_at().map_or(earliest, |answered| answered.min(earliest))
    }

    /// Arrival of the last event.
    pub fn last_word(&self) -> Timestamp {
        self.leg().events().iter().map(|arrived| arrived.at).max().unwrap_or_default()
    }

    /// The record that this phone's leg gives: if it ended, and was answered or dialled out (R13).
    pub fn record(&self) -> LegRecord {
        let dialled = self.flow == Flow::Out || self.fields.first(EventKind::Answer).is_some();
        let Some(ended) = self.ended_at().filter(|_| self.is_phone() && (self.answered || dialled)) else {
            return LegRecord::None;
        };
        let record = self.describe(RecordKind::Ended, Some(self.outcome()), Some(ended));
        if self.is_logged() { LegRecord::Logged(record) } else { LegRecord::Unwanted(record) }
    }

    /// What is told at once while the leg goes on, for a pop-up.
    pub fn announcement(&self) -> Option<CallRecord> {
        let kind = match self.stage {
            Stage::Ringing => RecordKind::Ringing,
            Stage::Answered => RecordKind::Answered,
            Stage::Ended => return None,
        };
        let known = self.fields.dial().is_some() || self.stage == Stage::Answered;
        (known && self.is_phone() && self.is_logged()).then(|| self.describe(kind, None, None))
    }

    /// What is told at once when a phone stops ringing without having answered.
    pub fn stopped(&self) -> Option<CallRecord> {
        let in_vain = self.stage == Stage::Ended && !self.answered && self.flow == Flow::In;
        let rang = self.fields.dial().is_some() && self.fields.first(EventKind::Answer).is_none();
        (in_vain && rang && self.is_phone() && self.is_logged())
            .then(|| self.describe(RecordKind::Stopped, None, None))
    }

    /// Whether the policy lets this leg into the CRM.
    pub fn is_logged(&self) -> bool {
        match &self.scope {
            Scope::External { .. } => true,
            Scope::Internal(_) => self.book.policy.log_internal,
            Scope::Ignored { .. } => false,
        }
    }

    /// The public number that was dialled.
    pub fn did(&self) -> Option<PhoneNumber> {
        let told = || self.told.and_then(|told| told.did.clone());
        self.fields.text(CallEvent::did).map(PhoneNumber::new).or_else(told)
    }

    fn describe(
        &self,
        kind: RecordKind,
        outcome: Option<Outcome>,
        ended_at: Option<Timestamp>,
    ) -> CallRecord {
        let succeeded = outcome.is_none_or(|outcome| outcome == Outcome::Answered);
        let leg = self.leg();
        let own = &leg.extension;
        // An employee's additional extension counts as their main one (docs/pbx.md §6.5, §12.8).
        let main = leg.main.as_ref().filter(|_| self.flow == Flow::In);
        CallRecord {
            record_id: RecordId::of_leg(self.book.connection, &leg.call_id, own.id, &leg.leg_id),
            call_id: leg.call_id.clone(),
            leg_id: Some(leg.leg_id.clone()),
            kind,
            direction: match self.flow {
                Flow::In => Direction::Inbound,
                Flow::Out => Direction::Outbound,
            },
            outcome,
            external_number: self.scope.other_party(),
            internal_number: Some(main.map_or_else(|| own.number.clone(), |main| main.number.clone())),
            extension_id: main.map_or(own.id, |main| main.id),
            did: self.did(),
            started_at: self.started_at(),
            answered_at: self.answered_at(),
            ended_at,
            talk_micros: if succeeded { micros(self.talk()) } else { 0 },
            recording_id: self.recording_id(),
            via: self.via().into_iter().collect(),
            transferred: self.is_transferred(),
        }
    }

    /// The recording that the history tells and no event did.
    pub(super) fn told_recording(&self) -> Option<String> {
        let known =
            self.fields.text(CallEvent::recording_id).is_some() || self.leg().late_recording.is_some();
        self.told.filter(|_| !known)?.recording_id.clone()
    }

    fn recording_id(&self) -> Option<String> {
        let told = || self.told.and_then(|told| told.recording_id.clone());
        let event = self.fields.text(CallEvent::recording_id).map(str::to_owned);
        event.or_else(|| self.leg().late_recording.clone()).or_else(told)
    }

    /// Success is ANSWER and nothing else (R13); where no status was told, what the other events and the history say.
    fn outcome(&self) -> Outcome {
        match self.hangup.map_or(CallStatus::Absent, |hangup| hangup.event.status()) {
            CallStatus::Answer => Outcome::Answered,
            // Its first hangup was lost, and a second one says how the line was cleared.
            _ if self.told.is_some_and(HistoryLeg::is_answered) => Outcome::Answered,
            CallStatus::Busy => Outcome::Busy,
            CallStatus::NoAnswer => Outcome::NoAnswer,
            CallStatus::Cancel => Outcome::Cancelled,
            CallStatus::ChanUnavail => Outcome::Unavailable,
            CallStatus::Congestion | CallStatus::Calling | CallStatus::Unknown => Outcome::Failed,
            CallStatus::Absent if self.answered => Outcome::Answered,
            CallStatus::Absent => self.told.map_or(Outcome::Failed, |told| match told.result {
                CallResult::NotAnswered | CallResult::Voicemail | CallResult::AnsweredElsewhere => {
                    Outcome::NoAnswer
                }
                CallResult::Busy | CallResult::Rejected => Outcome::Busy,
                CallResult::Answered | CallResult::Bridged => Outcome::Answered,
                CallResult::Failed | CallResult::Unknown => Outcome::Failed,
            }),
        }
    }

    /// When somebody took it, as far as is told.
    pub fn answered_at(&self) -> Option<Timestamp> {
        let event = self.fields.first(EventKind::Answer).map(ArrivedEvent::time);
        let history = || self.told.and_then(HistoryLeg::answered_at);
        let derived = || {
            let hangup = self.hangup.filter(|_| self.answered)?;
            self.fields.get(CallEvent::duration).map(|talk| hangup.time() - self.plausible(talk))
        };
        event.or_else(history).or_else(derived)
    }

    /// `Duration` is the talk (docs/pbx.md §6.3); where it is missing, or contradicted, the time from answer to hangup.
    /// Where the answer was lost, the history contradicts it.
    fn talk(&self) -> Duration {
        let clocked = self.clocked_talk();
        if let Some(clocked) = clocked.filter(|_| self.duration_contradicts()) {
            return clocked;
        }
        let told = self.fields.get(|event| event.duration().filter(|talk| !talk.is_zero()));
        let history = || self.told.filter(|told| told.is_answered()).map(HistoryLeg::talk);
        let rough = || {
            let (ended, answered) = (self.ended_at()?, self.answered_at()?);
            Some(ended.since(answered))
        };
        let contradicted = |talk: &Duration| {
            let by_history = history().filter(|_| clocked.is_none());
            by_history.is_some_and(|known| known.abs_diff(*talk) > SAME_TALK)
        };
        let told = told.filter(|talk| !contradicted(talk)).map(|talk| self.plausible(talk));
        told.or(clocked).or_else(history).or_else(rough).unwrap_or_default()
    }

    /// From the answer to the hangup, when both said when they happened.
    fn clocked_talk(&self) -> Option<Duration> {
        let answer = self.fields.first(EventKind::Answer).filter(|answer| answer.has_own_time())?;
        let hangup = self.hangup.filter(|hangup| hangup.has_own_time())?;
        Some(hangup.time().since(answer.time()))
    }

    /// No talk is longer than the leg, as far as its dial tells how long that was.
    fn plausible(&self, talk: Duration) -> Duration {
        let began = self.fields.dial().filter(|dial| dial.has_own_time()).map(ArrivedEvent::time);
        let ended = self.hangup.filter(|hangup| hangup.has_own_time()).map(ArrivedEvent::time);
        match began.zip(ended) {
            Some((began, ended)) => talk.min(ended.since(began) + SAME_TALK),
            None => talk,
        }
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}
