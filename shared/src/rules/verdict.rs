//! What was made of each event, in words for the delivery log: why it gave a record, or why none (P4).

use std::time::Duration;

use crate::clock::Timestamp;
use crate::model::call::{ArrivedEvent, EventKind, Flow, Leg};
use crate::model::extension::ExtensionKind;
use crate::rules::leg::{LegReading, LegRecord, Stage};
use crate::rules::missed::{self, Missed, Unwanted};
use crate::rules::scope::{Internal, Scope};
use crate::rules::whole::Whole;

/// A call's verdicts.
#[derive(Debug)]
pub struct Verdicts<'a> {
    whole: Whole<'a>,
    missed: Missed,
}

impl<'a> Verdicts<'a> {
    /// Of a call.
    pub fn of(whole: Whole<'a>, hold: Duration, now: Timestamp) -> Self {
        let missed = missed::decide(&whole, hold, now);
        Self { whole, missed }
    }

    /// What was made of one event of a leg; `given_up` says that its end was waited for long enough.
    pub fn on(&self, leg: &Leg, event: &ArrivedEvent, given_up: bool) -> String {
        let Some(reading) = self.whole.reading(leg) else { return String::new() };
        let mut verdict = self.verdict(reading, event, given_up).to_owned();
        if event.event.time().is_some() && !event.has_own_time() {
            verdict.push_str("; its EventTime can't be, so its arrival counts");
        }
        if event.event.kind() == EventKind::Hangup && reading.duration_contradicts() {
            verdict.push_str("; its Duration contradicts the times of answer and hangup, which count");
        }
        verdict
    }

    /// Why a call gave no record, in one sentence: the verdict that decides for the whole of it. `given_up` says that the
    /// end of some leg was waited for long enough.
    pub fn on_call(&self, given_up: bool) -> &'static str {
        let readings = &self.whole.readings;
        let ignored = readings.iter().any(|reading| matches!(reading.scope, Scope::Ignored { .. }));
        let internal_only = readings.iter().map(|reading| match &reading.scope {
            Scope::Internal(why) => Some(internal(why)),
            Scope::External { .. } | Scope::Ignored { .. } => None,
        });
        if let (false, Some(why)) = (self.whole.logs_internal(), all(internal_only)) {
            return why;
        }
        if ignored {
            return "the outside number is on the connection's list of numbers to ignore";
        }
        match &self.missed {
            Missed::Unwanted(Unwanted::DirectOff, _) => {
                "rang in vain: the policy doesn't log missed calls of phones"
            }
            Missed::Unwanted(Unwanted::Internal | Unwanted::Ignored, _) => {
                "missed, and not logged by the connection's policy"
            }
            Missed::AskAgain(_) => "whether the call was missed is decided after the hold",
            Missed::Answered => "taken, but on no phone that is followed",
            Missed::Yes(_) => "missed: its record is being made",
            Missed::NoQuestion if readings.iter().any(|reading| reading.stage != Stage::Ended) => {
                if given_up {
                    "its end never came, neither by an event nor by the PBX's history: not logged"
                } else {
                    "the call goes on: logged when it ends"
                }
            }
            Missed::NoQuestion if readings.iter().any(|reading| reading.via().is_some()) => {
                "a queue or menu rang phones, and has not said whether the call was taken"
            }
            Missed::NoQuestion => "its events say neither that it was taken nor that it was missed",
        }
    }

    fn verdict(&self, reading: &LegReading<'_>, event: &ArrivedEvent, given_up: bool) -> &'static str {
        if event.event.kind() == EventKind::Other {
            return "not about a call: kept, nothing made of it";
        }
        match &reading.scope {
            Scope::Internal(why) if !self.whole.logs_internal() => return internal(why),
            Scope::Ignored { .. } => {
                return "the outside number is on the connection's list of numbers to ignore";
            }
            Scope::Internal(_) | Scope::External { .. } => {}
        }
        match reading.leg().extension.kind {
            ExtensionKind::Queue => self.on_place(reading, event, &QUEUE),
            ExtensionKind::Ivr => self.on_place(reading, event, &IVR),
            ExtensionKind::Phone if given_up && reading.stage != Stage::Ended => {
                "its end never came, neither by an event nor by the PBX's history: not logged"
            }
            ExtensionKind::Phone => self.on_phone(reading),
            ExtensionKind::Fax => "faxes are not logged",
        }
    }

    fn on_place(&self, reading: &LegReading<'_>, event: &ArrivedEvent, words: &Words) -> &'static str {
        match (event.event.kind(), event.event.bridged()) {
            (EventKind::DialIn | EventKind::DialOut | EventKind::Answer | EventKind::Other, _) => {
                words.not_hangup
            }
            (EventKind::Hangup, None) => words.silent,
            (EventKind::Hangup, Some(true)) => words.bridged,
            (EventKind::Hangup, Some(false)) => match &self.missed {
                Missed::Yes(record) if record.extension_id == reading.leg().extension.id => words.missed,
                Missed::Yes(_) | Missed::NoQuestion => words.outranked,
                Missed::AskAgain(_) => words.held,
                Missed::Answered => words.taken_later,
                Missed::Unwanted(Unwanted::Internal | Unwanted::Ignored | Unwanted::DirectOff, _) => {
                    words.not_logged
                }
            },
        }
    }

    fn on_phone(&self, reading: &LegReading<'_>) -> &'static str {
        if matches!(reading.record(), LegRecord::Logged(_)) {
            return match (reading.flow, reading.answered) {
                (Flow::In, _) => "answered on this phone: logged as an incoming call",
                (Flow::Out, true) => "dialled out and answered: logged as an outgoing call",
                (Flow::Out, false) => "dialled out: logged as an outgoing call with its status",
            };
        }
        match (reading.stage, &self.missed) {
            (Stage::Ringing | Stage::Answered, _) => "the leg goes on: logged when it ends",
            (Stage::Ended, Missed::Yes(record)) if record.extension_id == reading.leg().extension.id => {
                "rang in vain with no queue or IVR in the way: missed here"
            }
            (Stage::Ended, Missed::AskAgain(_)) if reading.via().is_none() => {
                "rang in vain: whether the call was missed is decided after the hold"
            }
            (Stage::Ended, Missed::Unwanted(Unwanted::DirectOff, _)) => {
                "rang in vain: the policy doesn't log missed calls of phones"
            }
            (Stage::Ended, Missed::Answered) => "not answered on this phone: taken elsewhere",
            (
                Stage::Ended,
                Missed::Yes(_) | Missed::AskAgain(_) | Missed::NoQuestion | Missed::Unwanted(..),
            ) => "not answered on this phone: not logged",
        }
    }
}

/// The first of them, if there is each.
fn all(mut parts: impl Iterator<Item = Option<&'static str>>) -> Option<&'static str> {
    let first = parts.next()??;
    parts.all(|part| part.is_some()).then_some(first)
}

const fn internal(why: &Internal) -> &'static str {
    match why {
        Internal::BothExtensions(_) => "internal call: both numbers are extensions",
        Internal::Forwarding(_) => "internal forwarding: transferred between two extensions",
        Internal::DialledExtension(_) => "internal call: an extension was dialled",
    }
}

/// The same sentences for queues and IVRs.
struct Words {
    not_hangup: &'static str,
    silent: &'static str,
    bridged: &'static str,
    missed: &'static str,
    outranked: &'static str,
    held: &'static str,
    taken_later: &'static str,
    not_logged: &'static str,
}

const QUEUE: Words = Words {
    not_hangup: "queues are logged from their hangup alone",
    silent: "queue hangup without Bridged: nothing is known of the call",
    bridged: "queue hangup, bridged: logged from the phone's leg",
    missed: "queue hangup, not bridged: missed here",
    outranked: "queue hangup, not bridged: a later queue's hangup decides",
    held: "queue hangup, not bridged: decided after the hold",
    taken_later: "queue hangup, not bridged: the call was taken after it left this queue",
    not_logged: "queue hangup, not bridged: not logged by the connection's policy",
};

const IVR: Words = Words {
    not_hangup: "IVRs are logged from their hangup alone",
    silent: "IVR hangup without Bridged: nothing is known of the call",
    bridged: "IVR hangup, bridged: logged from the phone's leg",
    missed: "IVR hangup, not bridged: missed here",
    outranked: "IVR hangup, not bridged: a queue's hangup decides",
    held: "IVR hangup, not bridged: decided after the hold",
    taken_later: "IVR hangup, not bridged: a queue says that the call was taken",
    not_logged: "IVR hangup, not bridged: not logged by the connection's policy",
};
