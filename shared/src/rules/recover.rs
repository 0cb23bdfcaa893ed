//! What the PBX's history tells of a call beside its events (docs/pbx.md §10.3): kept as evidence, and whether it changes
//! anything.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::leg::{LegReading, LegRecord, Rulebook};
use super::matching;
use super::missed::{self, Missed};
use super::whole::Whole;
use crate::clock::Timestamp;
use crate::model::call::{CallRecord, Leg, LegExtension};
use crate::model::delivery::Delivery;
use crate::model::extension::{Extension, ExtensionKind};
use crate::model::history::{Evidence, HistoryCall, HistoryFlow, HistoryLeg, ToldLeg};
use crate::model::ids::{CallId, ExtensionId, LegId};

/// Legs that are kept of one call's history; a queue rings many phones in vain that say nothing.
const MOST_LEGS: usize = 60;

/// What the history tells of a call, as far as it says something. `before` is what it told earlier: a record that was
/// made from it keeps its name.
pub fn evidence(
    call: &HistoryCall,
    extensions: &BTreeMap<ExtensionId, Extension>,
    legs: &[&Leg],
    before: Option<&Evidence>,
    book: Rulebook<'_>,
) -> Evidence {
    let whole = std::slice::from_ref(&call.summary);
    let told = if call.legs.is_empty() { whole } else { &call.legs };
    let told = told.iter().filter(|leg| leg.extension_id.is_some()).map(|leg| {
        let listed = leg.extension_id.and_then(|id| extensions.get(&id));
        let kind = leg.extension_kind.or(listed.map(|extension| extension.listed.kind));
        let watched = listed.filter(|extension| extension.events.wanted);
        let watched = watched.map(|extension| extension.listed.number.clone());
        let told = HistoryLeg { extension_kind: kind, ..leg.clone() };
        ToldLeg { told, watched, recovered_as: None }
    });
    let mut evidence = Evidence {
        legs: told.take(MOST_LEGS).collect(),
        inbound: call.summary.flow == Some(HistoryFlow::In),
        caller: call.summary.from.clone(),
    };
    name(&mut evidence, &call.call_id, legs, before, book);
    evidence
}

/// Names the records of legs of which no event has come.
fn name(
    evidence: &mut Evidence,
    call: &CallId,
    legs: &[&Leg],
    before: Option<&Evidence>,
    book: Rulebook<'_>,
) {
    let pairs = matching::pair(legs, evidence);
    let mut names = BTreeSet::new();
    for (told, pair) in evidence.legs.iter_mut().zip(pairs) {
        let earlier = before.iter().flat_map(|before| &before.legs).find(|earlier| {
            earlier.told.extension_id == told.told.extension_id
                && earlier.told.started_at == told.told.started_at
        });
        told.recovered_as = earlier.and_then(|earlier| earlier.recovered_as.clone());
        let extension = told.extension().filter(|_| pair.is_none() && told.recovered_as.is_none());
        let Some(extension) = extension.filter(|extension| extension.kind == ExtensionKind::Phone) else {
            continue;
        };
        if let Some(name) = gives_a_record(told, call, &extension, &names, book) {
            names.insert(name.clone());
            told.recovered_as = Some(name);
        }
    }
}

fn gives_a_record(
    told: &ToldLeg,
    call: &CallId,
    extension: &LegExtension,
    names: &BTreeSet<LegId>,
    book: Rulebook<'_>,
) -> Option<LegId> {
    let began = told.told.started_at.or(told.told.ended_at)?;
    // Two legs of one extension that began within a second are told apart all the same.
    let free = (0..60).map(|more| LegId::of_history(extension.id, call, began + Duration::from_secs(more)));
    let name = free.into_iter().find(|name| !names.contains(name))?;
    let leg = Leg::new(call.clone(), name.clone(), extension.clone(), None, Vec::new());
    let record = LegReading::with_history(&leg, Some(&told.told), book).record();
    matches!(record, LegRecord::Logged(_)).then_some(name)
}

/// Whether the evidence shows records that are not those that were told.
pub fn changes(
    whole: &Whole<'_>,
    missed_told: Option<&Delivery>,
    told: impl Fn(&Leg) -> Option<Delivery>,
    hold: Duration,
    now: Timestamp,
) -> bool {
    let standing = |delivery: &Delivery| !delivery.is_withdrawn();
    let missed = match missed::decide(whole, hold, now) {
        Missed::Yes(record) => !says(missed_told, &record),
        Missed::Answered | Missed::NoQuestion => missed_told.is_some_and(standing),
        Missed::AskAgain(_) | Missed::Unwanted(..) => false,
    };
    let legs = whole.readings.iter().filter(|reading| reading.is_phone()).any(|reading| {
        let leg = reading.leg();
        match whole.record_of(leg) {
            LegRecord::Logged(record) => !says(told(leg).as_ref(), &record),
            LegRecord::Unwanted(_) | LegRecord::None => false,
        }
    });
    missed || legs || whole.recovered().iter().any(|one| matches!(one.record, LegRecord::Logged(_)))
}

/// Whether events of the call are still missing: should they come after all, they are read beside the evidence.
pub fn may_be_late(whole: &Whole<'_>) -> bool {
    let open = whole.readings.iter().filter(|reading| reading.is_phone());
    open.map(LegReading::hangup).any(|hangup| hangup.is_none())
        || whole.unheard.iter().any(|told| told.extension().is_some())
}

fn says(told: Option<&Delivery>, record: &CallRecord) -> bool {
    told.is_some_and(|told| !told.is_withdrawn() && told.record.tells_the_same(record))
}

/// The recording that the history tells of a leg whose events named none.
pub fn recording_of(whole: &Whole<'_>, leg: &Leg) -> Option<String> {
    whole.reading(leg)?.told_recording()
}
