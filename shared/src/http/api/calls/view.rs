//! How records, attempts and events look in the delivery log (docs/promises.md §3).

use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::flow::CallDeps;
use crate::model::call::{ArrivedEvent, Leg, RecordId};
use crate::model::connection::Connection;
use crate::model::delivery::{Attempt, Delivery, Progress};
use crate::model::number::PhoneNumber;
use crate::rules::leg::{LegReading, Rulebook};
use crate::rules::verdict::Verdicts;
use crate::rules::whole::Whole;
use crate::storage::{CallItems, LegItem};

/// A record in the list.
pub(super) fn record(delivery: &Delivery) -> Value {
    let record = &delivery.record;
    json!({
        "record_id": record.record_id,
        "call_id": record.call_id,
        "leg_id": record.leg_id,
        "type": delivery.kind(),
        "direction": record.direction,
        "outcome": record.outcome,
        "external_number": record.external_number,
        "internal_number": record.internal_number,
        "crm_user": delivery.crm_user,
        "started_at": record.started_at.rfc3339(),
        "talk_seconds": record.talk_seconds(),
        "delivery": {
            "state": delivery.state,
            "attempts": delivery.attempts.len(),
            "next_attempt_at": delivery.next_attempt_at.map(Timestamp::rfc3339),
            "reason": delivery.reason,
        },
    })
}

/// A leg that gave no record, in the same shape; its reason is the verdict on its last event.
pub(super) fn unlogged(
    call: &CallItems,
    id: RecordId,
    connection: &Connection,
    deps: &CallDeps,
) -> Option<Value> {
    let item = call.legs.iter().find(|item| item.record.id == id)?;
    let verdicts = verdicts(call, connection, deps)?;
    let reading = LegReading::new(&item.leg, book(connection));
    let last = item.leg.events().last()?;
    Some(json!({
        "record_id": id,
        "call_id": item.leg.call_id,
        "leg_id": item.leg.leg_id,
        "type": null,
        "direction": match reading.flow {
            crate::model::call::Flow::In => "inbound",
            crate::model::call::Flow::Out => "outbound",
        },
        "outcome": null,
        "external_number": reading.scope.other_party().as_ref().map(PhoneNumber::reveal),
        "internal_number": item.leg.extension.number,
        "crm_user": null,
        "started_at": reading.started_at().rfc3339(),
        "talk_seconds": 0,
        "delivery": {
            "state": "not_logged",
            "attempts": 0,
            "next_attempt_at": item.record.due_at.map(Timestamp::rfc3339),
            "reason": verdicts.on(&item.leg, last, is_given_up(item)),
        },
    }))
}

/// A record, or a leg without one, with everything that is known of its call.
pub(super) fn detail(
    call: &CallItems,
    id: RecordId,
    connection: &Connection,
    deps: &CallDeps,
) -> Option<Value> {
    let item = call.record(id)?;
    let mut shown = match &item.delivery {
        Some(delivery) => {
            let mut shown = record(delivery);
            shown["revision"] = json!(delivery.revision);
            shown["crm_id"] = json!(delivery.progress.id(Progress::RECORD));
            shown["recovered"] = json!(delivery.recovered);
            shown["attempts"] = delivery.attempts.iter().map(attempt).collect();
            shown["answered_at"] = json!(delivery.record.answered_at.map(Timestamp::rfc3339));
            shown["ended_at"] = json!(delivery.record.ended_at.map(Timestamp::rfc3339));
            shown["did"] = json!(delivery.record.did);
            shown["via"] = json!(delivery.record.via);
            shown["transferred"] = json!(delivery.record.transferred);
            shown["recording_id"] = json!(delivery.record.recording_id);
            shown
        }
        None => unlogged(call, id, connection, deps)?,
    };
    let verdicts = verdicts(call, connection, deps);
    let phones = call.legs.iter().map(|item| (item.record.id, &item.leg, is_given_up(item)));
    let places = call.call.iter().flat_map(|call| {
        call.places.iter().map(|leg| {
            (RecordId::of_leg(connection.id, &leg.call_id, leg.extension.id, &leg.leg_id), leg, false)
        })
    });
    let legs = phones.chain(places);
    let mut events: Vec<_> = legs
        .flat_map(|(id, leg, given_up)| leg.events().iter().map(move |arrived| (id, leg, given_up, arrived)))
        .collect();
    events.sort_by_key(|(id, _, _, arrived)| (arrived.time(), *id));
    let events = events.iter().map(|(id, leg, given_up, arrived)| {
        let verdict = verdicts.as_ref().map(|verdicts| verdicts.on(leg, arrived, *given_up));
        event(*id, leg, arrived, verdict.as_deref())
    });
    shown["events"] = events.collect();
    Some(shown)
}

/// Whether the end of a leg was waited for long enough: nothing is due of it any more.
const fn is_given_up(item: &LegItem) -> bool {
    item.record.due_at.is_none()
}

fn event(id: RecordId, leg: &Leg, arrived: &ArrivedEvent, verdict: Option<&str>) -> Value {
    let fields: serde_json::Map<_, _> =
        arrived.event.raw().map(|(key, value)| (key.to_owned(), Value::from(value))).collect();
    json!({
        "received_at": arrived.at.rfc3339(),
        "extension_id": leg.extension.id,
        "extension_type": leg.extension.kind.as_str(),
        "record_id": id,
        "verdict": verdict,
        "fields": fields,
    })
}

fn attempt(attempt: &Attempt) -> Value {
    json!({
        "at": attempt.at.rfc3339(),
        "revision": attempt.revision,
        "class": attempt.class,
        "status": attempt.status,
        "duration_ms": attempt.millis,
        "detail": attempt.detail,
    })
}

fn verdicts<'a>(call: &'a CallItems, connection: &'a Connection, deps: &CallDeps) -> Option<Verdicts<'a>> {
    let whole = Whole::read(call.call_id()?, &call.spoken(), call.evidence(), book(connection));
    Some(Verdicts::of(whole, deps.timing.hold, deps.clock.now()))
}

const fn book(connection: &Connection) -> Rulebook<'_> {
    Rulebook { connection: connection.id, numbers: &connection.numbers, policy: &connection.policy }
}
