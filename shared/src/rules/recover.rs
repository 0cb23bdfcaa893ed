//! Records of a call whose events never came, made from the PBX's history (pbx-api.md §10.3). The same rules as for
//! events, on what the history tells: who, which way, answered or not.

use std::collections::BTreeMap;

use crate::call::{CallRecord, Direction, LegExtension, Outcome, RecordId, RecordKind};
use crate::extension::{Extension, ExtensionKind};
use crate::history::{CallResult, HistoryCall, HistoryFlow, HistoryLeg, Recovered};
use crate::ids::{CallId, ExtensionId, LegId};
use crate::number::{Party, PhoneNumber};
use crate::rules::leg::Rulebook;

/// The records of a call of the history; none for internal calls and for extensions that we don't watch.
pub fn records(
    call: &HistoryCall,
    extensions: &BTreeMap<ExtensionId, Extension>,
    book: Rulebook<'_>,
) -> Vec<Recovered> {
    let whole = std::slice::from_ref(&call.summary);
    let legs = if call.legs.is_empty() { whole } else { &call.legs };
    let watched = |leg: &'_ HistoryLeg| {
        let extension = extensions.get(&leg.extension_id?)?;
        extension.events.wanted.then(|| LegExtension {
            id: extension.listed.id,
            kind: extension.listed.kind,
            number: extension.listed.number.clone(),
        })
    };
    let known: Vec<_> = legs.iter().filter_map(|leg| Some((leg, watched(leg)?))).collect();
    let phones = known.iter().filter(|(_, extension)| extension.kind == ExtensionKind::Phone);
    let mut found: Vec<_> =
        phones.filter_map(|(leg, extension)| of_phone(&call.call_id, leg, extension, book)).collect();
    let taken = legs
        .iter()
        .any(|leg| matches!(leg.result, CallResult::Answered | CallResult::Bridged) && leg.bridged)
        || found.iter().any(|one| one.record.outcome == Some(Outcome::Answered));
    if !taken && call.summary.flow == Some(HistoryFlow::In) {
        found.extend(missed(call, &known, book));
    }
    found
}

fn of_phone(
    call: &CallId,
    leg: &HistoryLeg,
    extension: &LegExtension,
    book: Rulebook<'_>,
) -> Option<Recovered> {
    let (direction, other) = match leg.flow? {
        HistoryFlow::In => (Direction::Inbound, leg.from.as_ref()),
        HistoryFlow::Out | HistoryFlow::Transfer => (Direction::Outbound, leg.to.as_ref()),
    };
    let outcome = outcome(leg.result)?;
    if direction == Direction::Inbound && outcome != Outcome::Answered {
        return None;
    }
    let record = record(call, leg, extension, book, direction, outside(other, book)?.number);
    let leg_id = LegId::parse(&format!("{}-{call}", extension.id))?;
    let record = CallRecord {
        record_id: RecordId::of_leg(book.connection, call, extension.id, &leg_id),
        leg_id: Some(leg_id.clone()),
        outcome: Some(outcome),
        ..record
    };
    Some(Recovered { extension: extension.clone(), leg: leg_id, record })
}

/// The last queue, else the IVR, else a phone if the policy logs what rang directly.
fn missed(
    call: &HistoryCall,
    known: &[(&HistoryLeg, LegExtension)],
    book: Rulebook<'_>,
) -> Option<Recovered> {
    let rank = |kind| match kind {
        ExtensionKind::Queue => Some(2),
        ExtensionKind::Ivr => Some(1),
        ExtensionKind::Phone if book.policy.direct_missed => Some(0),
        ExtensionKind::Phone | ExtensionKind::Fax => None,
    };
    let inward = known.iter().filter(|(leg, _)| leg.flow == Some(HistoryFlow::In));
    let places = inward.filter_map(|(leg, extension)| Some((rank(extension.kind)?, leg, extension)));
    let (_, leg, place) = places.max_by_key(|(rank, leg, _)| (*rank, leg.ended_at))?;
    let caller = outside(call.summary.from.as_ref().or(leg.from.as_ref()), book)?;
    let record = record(&call.call_id, leg, place, book, Direction::Inbound, caller.number);
    let record = CallRecord {
        record_id: RecordId::of_missed(book.connection, &call.call_id),
        kind: RecordKind::Missed,
        outcome: Some(Outcome::Missed),
        answered_at: None,
        talk_micros: 0,
        ..record
    };
    let leg = LegId::parse(&format!("{}-{}", place.id, call.call_id))?;
    Some(Recovered { extension: place.clone(), leg, record })
}

fn record(
    call: &CallId,
    leg: &HistoryLeg,
    extension: &LegExtension,
    book: Rulebook<'_>,
    direction: Direction,
    external_number: Option<PhoneNumber>,
) -> CallRecord {
    let answered = matches!(leg.result, CallResult::Answered | CallResult::Bridged);
    CallRecord {
        record_id: RecordId::of_missed(book.connection, call),
        call_id: call.clone(),
        leg_id: None,
        kind: RecordKind::Ended,
        direction,
        outcome: None,
        external_number,
        internal_number: Some(extension.number.clone()),
        extension_id: extension.id,
        did: leg.did.clone(),
        started_at: leg.started_at.unwrap_or_default(),
        answered_at: leg.bridged_at.filter(|_| answered),
        ended_at: leg.ended_at,
        talk_micros: if answered { talk(leg) } else { 0 },
        recording_id: leg.recording_id.clone(),
        via: Vec::new(),
        transferred: leg.flow == Some(HistoryFlow::Transfer),
    }
}

/// Talk time; a leg's own `duration` is that already (pbx-api.md §11.11).
fn talk(leg: &HistoryLeg) -> u64 {
    let talk = if leg.bridged_duration.is_zero() { leg.duration } else { leg.bridged_duration };
    u64::try_from(talk.as_micros()).unwrap_or(u64::MAX)
}

/// An outside party; without a number when it was withheld.
struct Outside {
    number: Option<PhoneNumber>,
}

/// The outside party; `None` when both ends are extensions and such calls are not logged, or he is ignored.
fn outside(number: Option<&PhoneNumber>, book: Rulebook<'_>) -> Option<Outside> {
    match number.map(|number| book.numbers.party(number.reveal())) {
        Some(Party::Outside(number)) => {
            let ignored = book.policy.ignore_numbers.iter().any(|listed| number.same_digits(listed.reveal()));
            (!ignored).then_some(Outside { number: Some(number) })
        }
        Some(Party::Extension(_)) => None,
        Some(Party::Withheld) | None => Some(Outside { number: None }),
    }
}

const fn outcome(result: CallResult) -> Option<Outcome> {
    match result {
        CallResult::Answered | CallResult::Bridged => Some(Outcome::Answered),
        CallResult::NotAnswered | CallResult::Voicemail => Some(Outcome::NoAnswer),
        CallResult::Busy | CallResult::Rejected => Some(Outcome::Busy),
        CallResult::Failed | CallResult::Unknown => Some(Outcome::Failed),
        CallResult::AnsweredElsewhere => None,
    }
}
