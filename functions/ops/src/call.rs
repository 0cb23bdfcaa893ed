//! What became of a call, without saying whose it was, unless that is asked for.

use ringbridge::clock::Timestamp;
use ringbridge::flow::log;
use ringbridge::model::call::{Leg, RecordId};
use ringbridge::model::connection::Connection;
use ringbridge::model::delivery::{Attempt, Delivery};
use ringbridge::model::ids::CallId;
use ringbridge::rules::leg::Rulebook;
use ringbridge::rules::verdict::Verdicts;
use ringbridge::rules::whole::Whole;
use ringbridge::storage::{CallItems, RecordItem};
use ringbridge::view::call_detail::CallDetail;
use serde_json::{Value, json};

use crate::trouble::Trouble;
use crate::work::Desk;

/// A call's events, each with what was made of it, and its records, each with every attempt.
pub(crate) async fn told(
    desk: &Desk,
    connection: &Connection,
    name: &str,
    personal: bool,
) -> Result<Value, Trouble> {
    let items = find(desk, connection, name).await?;
    let call_id = items.call_id().ok_or(Trouble::NoCall)?;
    let mut told = json!({
        "connection": connection.id.to_string(),
        "call": RecordId::of_missed(connection.id, call_id).call_digest(),
        "events": events(desk, connection, &items, call_id),
        "records": records(&items).map(record).collect::<Value>(),
        "unreadable_items": items.unreadable.len(),
    });
    if personal {
        let details = records(&items)
            .filter_map(|item| CallDetail::of(&items, item.id, connection, &desk.deps.calls))
            .filter_map(|detail| serde_json::to_value(detail).ok());
        told["personal"] = details.collect();
    }
    Ok(told)
}

/// By a record's id, by the call's digest, or by what the PBX calls it: those look alike.
async fn find(desk: &Desk, connection: &Connection, name: &str) -> Result<CallItems, Trouble> {
    let store = &desk.deps.calls.store;
    let whole = format!("{:0<48}", name.to_ascii_lowercase());
    if let Some(record) = RecordId::parse(&whole) {
        let items = store.call(connection.id, record.call()).await?;
        if !items.is_empty() {
            return Ok(items);
        }
    }
    let call = CallId::parse(name).ok_or(Trouble::NoCall)?;
    let items = log::one(store, connection.id, &call).await?;
    if items.is_empty() { Err(Trouble::NoCall) } else { Ok(items) }
}

fn events(desk: &Desk, connection: &Connection, items: &CallItems, call_id: &CallId) -> Value {
    let deps = &desk.deps.calls;
    let book =
        Rulebook { connection: connection.id, numbers: &connection.numbers, policy: &connection.policy };
    let legs = items.spoken();
    let whole = Whole::read(call_id, &legs, items.evidence(), book);
    let verdicts = Verdicts::of(whole, deps.timing.hold, deps.clock.now());
    let mut events: Vec<_> =
        legs.iter().flat_map(|leg| leg.events().iter().map(move |arrived| (*leg, arrived))).collect();
    events.sort_by_key(|(leg, arrived)| (arrived.time(), leg.extension.id));
    let line = |(leg, arrived): (&Leg, &ringbridge::model::call::ArrivedEvent)| {
        json!({
            "received_at": arrived.at.rfc3339(),
            "kind": arrived.event.kind().as_str(),
            "extension_id": leg.extension.id.get(),
            "record_id": RecordId::of_leg(connection.id, call_id, leg.extension.id, &leg.leg_id).to_string(),
            "verdict": verdicts.on(leg, arrived, false),
        })
    };
    events.into_iter().map(line).collect()
}

/// The items of a call that are, or may become, records.
fn records(items: &CallItems) -> impl Iterator<Item = &RecordItem> {
    let legs = items.legs.iter().map(|leg| &leg.record);
    legs.chain(items.call.iter().map(|call| &call.record).filter(|record| record.delivery.is_some()))
}

fn record(item: &RecordItem) -> Value {
    let delivery = item.delivery.as_ref();
    json!({
        "record_id": item.id.to_string(),
        "due_at": item.due_at.map(Timestamp::rfc3339),
        "state": delivery.map(|delivery| delivery.state.as_str()),
        "kind": delivery.map(|delivery| delivery.kind().as_str()),
        "revision": delivery.map(|delivery| delivery.revision),
        "reason": delivery.and_then(|delivery| delivery.reason.clone()),
        "next_attempt_at": delivery.and_then(|delivery| delivery.next_attempt_at).map(Timestamp::rfc3339),
        "attempts": delivery.map(attempts),
    })
}

fn attempts(delivery: &Delivery) -> Value {
    let line = |attempt: &Attempt| {
        json!({
            "at": attempt.at.rfc3339(),
            "class": attempt.class.as_str(),
            "status": attempt.status,
            "millis": attempt.millis,
            "detail": attempt.detail,
        })
    };
    delivery.attempts.iter().map(line).collect()
}
