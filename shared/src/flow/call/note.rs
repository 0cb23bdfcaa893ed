//! The one line of an event: where it belongs, what was made of it, and when something is due from it. By it and by the
//! lines of the attempts a call is followed (docs/logging.md §5); it says nothing of whose call it was.

use crate::clock::Timestamp;
use crate::flow::call::book;
use crate::flow::deps::CallDeps;
use crate::model::call::{ArrivedEvent, EventKind, Leg, RecordId};
use crate::model::ids::ConnectionId;
use crate::rules::verdict::Verdicts;
use crate::rules::whole::Whole;
use crate::storage::{CallItem, LegItem, Sender};
use crate::telemetry::field;

/// Where an event belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) connection: ConnectionId,
    /// The record of its leg, if that gives one.
    pub(super) record: RecordId,
    pub(super) kind: EventKind,
}

impl Place {
    /// Writes the line.
    pub(super) fn note(self, verdict: &str, due_at: Option<Timestamp>) {
        tracing::info!(
            { field::CONNECTION } = %self.connection,
            { field::CALL } = self.record.call_digest(),
            { field::RECORD } = %self.record,
            { field::EVENT } = self.kind.as_str(),
            { field::VERDICT } = verdict,
            { field::DUE } = due_at.map(Timestamp::rfc3339),
            "event taken"
        );
    }

    /// Writes the line of an event that was stored with its leg: by what is at hand, as the delivery log would say it now.
    pub(super) fn note_leg(self, deps: &CallDeps, sender: &Sender, event: &ArrivedEvent, item: &LegItem) {
        let call = sender.call.as_ref();
        let legs: Vec<_> = [&item.leg].into_iter().chain(call.iter().flat_map(|call| &call.places)).collect();
        let verdict = verdict(deps, sender, event, (&item.leg, &legs, call));
        self.note(&verdict, item.record.due_at);
    }

    /// The same of a queue's or IVR's event.
    pub(super) fn note_word(self, deps: &CallDeps, sender: &Sender, event: &ArrivedEvent, call: &CallItem) {
        let legs: Vec<_> = call.places.iter().collect();
        let of = call.places.iter().find(|leg| leg.events().contains(event));
        let verdict =
            of.map(|leg| verdict(deps, sender, event, (leg, &legs, Some(call)))).unwrap_or_default();
        self.note(&verdict, call.record.due_at);
    }
}

fn verdict(
    deps: &CallDeps,
    sender: &Sender,
    event: &ArrivedEvent,
    (leg, legs, call): (&Leg, &[&Leg], Option<&CallItem>),
) -> String {
    let evidence = call.and_then(|call| call.evidence.as_ref());
    let whole = Whole::read(&leg.call_id, legs, evidence, book(&sender.connection.value));
    Verdicts::of(whole, deps.timing.hold, event.at).on(leg, event, false)
}
