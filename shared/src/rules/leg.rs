//! What one leg was, read from the set of its events (pbx-api.md §7.3): who, which way, how far, how it ended.

use crate::call::{
    ArrivedEvent, CallEvent, CallRecord, CallStatus, Direction, EventKind, Flow, Leg, Outcome, RecordId,
    RecordKind,
};
use crate::clock::Timestamp;
use crate::connection::Policy;
use crate::extension::ExtensionKind;
use crate::ids::ConnectionId;
use crate::number::{ExtensionNumber, NumberPlan, Party, PhoneNumber};
use crate::rules::scope::{self, Scope};

/// What the rules need to know of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Rulebook<'a> {
    /// Whose calls they are.
    pub connection: ConnectionId,
    /// Prefix, length of extension numbers, and which exist.
    pub numbers: &'a NumberPlan,
    /// How calls are logged.
    pub policy: &'a Policy,
}

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

/// A leg, understood.
#[derive(Debug)]
pub struct LegReading<'a> {
    leg: &'a Leg,
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
    /// Reads a leg.
    pub fn new(leg: &'a Leg, book: Rulebook<'a>) -> Self {
        let flow = flow(leg);
        let hangup = deciding_hangup(leg);
        let answer = first(leg, EventKind::Answer);
        let answered = match (flow, hangup) {
            // A lost answer event is made up for by the hangup (pbx-api.md §7.4); a bare ANSWER without talk
            // may be the loser of a parallel ring.
            (Flow::In, Some(hangup)) => answer.is_some() || talked(&hangup.event),
            (Flow::Out, Some(hangup)) => hangup.event.status() == CallStatus::Answer,
            (Flow::In | Flow::Out, None) => answer.is_some(),
        };
        let stage = match (hangup, answer) {
            (Some(_), _) => Stage::Ended,
            (None, Some(_)) => Stage::Answered,
            (None, None) => Stage::Ringing,
        };
        let scope = scope::scope(&Fields { leg }, flow, book);
        Self { leg, book, flow, stage, scope, answered, hangup }
    }

    /// The leg that was read.
    pub const fn leg(&self) -> &'a Leg {
        self.leg
    }

    /// The hangup that decides, if it came.
    pub const fn hangup(&self) -> Option<&'a ArrivedEvent> {
        self.hangup
    }

    /// Whether it is a person's phone; queues and IVRs have hangups only.
    pub fn is_phone(&self) -> bool {
        self.leg.extension.kind == ExtensionKind::Phone
    }

    /// Whether the events that belong to a leg that ended so have all come; if not, they may be under way.
    pub fn is_complete(&self) -> bool {
        let dialled = first(self.leg, EventKind::DialIn).or(first(self.leg, EventKind::DialOut)).is_some();
        dialled && (!self.answered || first(self.leg, EventKind::Answer).is_some())
    }

    /// The queue or IVR that rang this phone: `CallerExtension` beside an outside caller. After a transfer it
    /// names the phone that passed the call on, and `RemoteNumber` tells (pbx-api.md §6.1, §6.4).
    pub fn via(&self) -> Option<ExtensionNumber> {
        let fields = Fields { leg: self.leg };
        let distributed = self.flow == Flow::In
            && fields.text(CallEvent::remote_number).is_none()
            && !self
                .book
                .numbers
                .party(fields.text(CallEvent::caller_number).unwrap_or_default())
                .is_extension();
        distributed.then(|| fields.get(CallEvent::caller_extension)).flatten()
    }

    /// Whether the call reached this phone by a transfer, or left it by one.
    pub fn is_transferred(&self) -> bool {
        let fields = Fields { leg: self.leg };
        fields.text(CallEvent::remote_number).is_some() || fields.any(CallEvent::transferred)
    }

    /// When it began, as far as its events tell.
    pub fn started_at(&self) -> Timestamp {
        let earliest = self.leg.events.iter().map(ArrivedEvent::time).min().unwrap_or_default();
        self.answered_at().map_or(earliest, |answered| answered.min(earliest))
    }

    /// The record that this phone's leg gives: if it ended, and was answered or dialled out (R13).
    pub fn record(&self) -> Option<CallRecord> {
        let hangup = self.hangup.filter(|_| self.is_phone() && self.is_logged())?;
        (self.answered || self.flow == Flow::Out || first(self.leg, EventKind::Answer).is_some()).then(|| {
            self.describe(RecordKind::Ended, Some(outcome(hangup.event.status())), Some(hangup.time()))
        })
    }

    /// What is told at once while the leg goes on, for a pop-up.
    pub fn announcement(&self) -> Option<CallRecord> {
        let kind = match self.stage {
            Stage::Ringing => RecordKind::Ringing,
            Stage::Answered => RecordKind::Answered,
            Stage::Ended => return None,
        };
        let dialled = first(self.leg, EventKind::DialIn).or(first(self.leg, EventKind::DialOut)).is_some();
        let known = dialled || self.stage == Stage::Answered;
        (known && self.is_phone() && self.is_logged()).then(|| self.describe(kind, None, None))
    }

    /// Whether the policy lets this leg into the CRM.
    pub fn is_logged(&self) -> bool {
        match &self.scope {
            Scope::External { .. } => true,
            Scope::Internal(_) => self.book.policy.log_internal,
            Scope::Ignored => false,
        }
    }

    /// The public number that was dialled.
    pub fn did(&self) -> Option<PhoneNumber> {
        Fields { leg: self.leg }.text(CallEvent::did).map(PhoneNumber::new)
    }

    fn describe(
        &self,
        kind: RecordKind,
        outcome: Option<Outcome>,
        ended_at: Option<Timestamp>,
    ) -> CallRecord {
        let succeeded = outcome.is_none_or(|outcome| outcome == Outcome::Answered);
        let bundle =
            (self.flow == Flow::In).then(|| Fields { leg: self.leg }.get(CallEvent::bundle)).flatten();
        let own = &self.leg.extension;
        CallRecord {
            record_id: RecordId::of_leg(self.book.connection, &self.leg.call_id, own.id, &self.leg.leg_id),
            call_id: self.leg.call_id.clone(),
            leg_id: Some(self.leg.leg_id.clone()),
            kind,
            direction: match self.flow {
                Flow::In => Direction::Inbound,
                Flow::Out => Direction::Outbound,
            },
            outcome,
            external_number: self.scope.other_party(),
            // An employee's additional extension counts as his main one (pbx-api.md §6.5, §12.8).
            internal_number: Some(
                bundle.as_ref().and_then(|b| b.number.clone()).unwrap_or_else(|| own.number.clone()),
            ),
            extension_id: bundle.map_or(own.id, |bundle| bundle.extension_id),
            did: self.did(),
            started_at: self.started_at(),
            answered_at: self.answered_at(),
            ended_at,
            talk_micros: if succeeded { self.talk_micros() } else { 0 },
            recording_id: Fields { leg: self.leg }.text(CallEvent::recording_id).map(str::to_owned),
            via: self.via().into_iter().collect(),
            transferred: self.is_transferred(),
        }
    }

    fn answered_at(&self) -> Option<Timestamp> {
        let told = first(self.leg, EventKind::Answer).map(ArrivedEvent::time);
        let derived = || {
            let hangup = self.hangup.filter(|_| self.answered)?;
            hangup.event.duration().map(|talk| hangup.time() - talk)
        };
        told.or_else(derived)
    }

    /// `Duration` is the talk; where it is missing, the time from answer to hangup (pbx-api.md §6.3).
    fn talk_micros(&self) -> u64 {
        let Some(hangup) = self.hangup else { return 0 };
        let told = hangup.event.duration().filter(|talk| !talk.is_zero());
        let talk = told.or_else(|| self.answered_at().map(|answered| hangup.time().since(answered)));
        talk.map_or(0, |talk| u64::try_from(talk.as_micros()).unwrap_or(u64::MAX))
    }
}

/// Looks a field up in all events of a leg: the hangup first, then answer, then dial, the latest before the
/// earlier, so that the choice depends on the set alone.
pub(super) struct Fields<'a> {
    pub(super) leg: &'a Leg,
}

impl<'a> Fields<'a> {
    pub(super) fn get<T>(&self, read: impl Fn(&'a CallEvent) -> Option<T>) -> Option<T> {
        let mut events: Vec<_> = self.leg.events.iter().collect();
        events.sort_by_cached_key(|arrived| {
            (rank(arrived.event.kind()), arrived.time(), arrived.event.identity())
        });
        events.iter().rev().find_map(|arrived| read(&arrived.event))
    }

    pub(super) fn text(&self, read: impl Fn(&'a CallEvent) -> Option<&'a str>) -> Option<&'a str> {
        self.get(read)
    }

    pub(super) fn any(&self, read: impl Fn(&CallEvent) -> bool) -> bool {
        self.leg.events.iter().any(|arrived| read(&arrived.event))
    }
}

const fn rank(kind: EventKind) -> u8 {
    match kind {
        EventKind::Other => 0,
        EventKind::DialIn | EventKind::DialOut => 1,
        EventKind::Answer => 2,
        EventKind::Hangup => 3,
    }
}

fn first(leg: &Leg, kind: EventKind) -> Option<&ArrivedEvent> {
    leg.events.iter().filter(|arrived| arrived.event.kind() == kind).min_by_key(|arrived| arrived.time())
}

/// The hangup that counts when the PBX told several: success first, then the latest.
fn deciding_hangup(leg: &Leg) -> Option<&ArrivedEvent> {
    leg.events.iter().filter(|arrived| arrived.event.kind() == EventKind::Hangup).max_by_key(|arrived| {
        (arrived.event.status() == CallStatus::Answer, arrived.time(), arrived.event.identity())
    })
}

fn flow(leg: &Leg) -> Flow {
    let dialled = first(leg, EventKind::DialIn).map(|dial| (dial.time(), Flow::In));
    let dialling = first(leg, EventKind::DialOut).map(|dial| (dial.time(), Flow::Out));
    match (dialled, dialling) {
        (Some((inward, _)), Some((outward, _))) if outward < inward => Flow::Out,
        (Some(_), _) => Flow::In,
        (None, Some(_)) => Flow::Out,
        (None, None) => {
            let fields = Fields { leg };
            fields.get(CallEvent::flow).unwrap_or_else(|| {
                let own = fields.get(CallEvent::caller_extension).is_some_and(|n| n == leg.extension.number);
                if own { Flow::Out } else { Flow::In }
            })
        }
    }
}

fn talked(hangup: &CallEvent) -> bool {
    hangup.status() == CallStatus::Answer && hangup.duration().is_some_and(|talk| !talk.is_zero())
}

/// Success is ANSWER and nothing else (R13).
const fn outcome(status: CallStatus) -> Outcome {
    match status {
        CallStatus::Answer => Outcome::Answered,
        CallStatus::Busy => Outcome::Busy,
        CallStatus::NoAnswer => Outcome::NoAnswer,
        CallStatus::Cancel => Outcome::Cancelled,
        CallStatus::ChanUnavail => Outcome::Unavailable,
        CallStatus::Congestion | CallStatus::Calling | CallStatus::Unknown => Outcome::Failed,
    }
}

/// The party of a number, or nobody.
pub(super) fn party(book: Rulebook<'_>, text: Option<&str>) -> Party {
    text.map_or(Party::Withheld, |text| book.numbers.party(text))
}
