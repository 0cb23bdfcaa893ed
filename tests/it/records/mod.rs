//! Records of a call, from wire bodies: every scenario of docs/pbx.md §7.2 as the PBX would post it, and the
//! record that it must give, worked out by hand from the vendor's rules.

mod cases;
mod properties;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use ringbridge::clock::Timestamp;
use ringbridge::model::call::{ArrivedEvent, CallEvent, CallRecord, Leg, LegExtension, MainExtension};
use ringbridge::model::connection::Policy;
use ringbridge::model::extension::ExtensionKind;
use ringbridge::model::ids::{CallId, ConnectionId, ExtensionId, LegId};
use ringbridge::model::number::{ExtensionNumber, NumberPlan};
use ringbridge::rules::leg::{LegRecord, Rulebook};
use ringbridge::rules::missed::{self, Missed};
use ringbridge::rules::whole::Whole;
use simulators::world::{CAST, NOON, PREFIX};

/// The hold of the tests.
const HOLD: Duration = Duration::from_secs(5);
/// So late that every hold is over and every lost hangup is given up.
const MUCH_LATER: Duration = Duration::from_hours(24);

/// A wire body and the extension that posts it.
type Posted = (u64, String);

/// The bodies of a fixture file, each with the extension of its `SubCallID`.
fn fixture(text: &str) -> Vec<Posted> {
    let bodies = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    bodies.map(|body| (sender(body), body.to_owned())).collect()
}

fn sender(body: &str) -> u64 {
    let leg = body.split('&').find_map(|pair| pair.strip_prefix("SubCallID=")).unwrap();
    leg.split_once('-').unwrap().0.parse().unwrap()
}

/// Replaces the value of a field, or adds the field.
fn with(body: &str, key: &str, value: &str) -> String {
    let mut fields: Vec<_> = body.split('&').filter(|pair| !pair.starts_with(&format!("{key}="))).collect();
    let field = format!("{key}={value}");
    fields.push(&field);
    fields.join("&")
}

/// The same without a field.
fn without(body: &str, key: &str) -> String {
    let kept = body.split('&').filter(|pair| !pair.starts_with(&format!("{key}=")));
    kept.collect::<Vec<_>>().join("&")
}

/// All records of a set of events, decided when nothing more can come.
fn records(posted: &[Posted], policy: &Policy) -> Vec<CallRecord> {
    let numbers: Vec<_> = CAST
        .iter()
        .filter_map(|(_, number, kind, _)| Some((ExtensionNumber::parse(number)?, *kind)))
        .collect();
    let numbers =
        NumberPlan::new(PREFIX, 3).unwrap().knowing(numbers.iter().map(|(number, kind)| (number, *kind)));
    let book = Rulebook { connection: ConnectionId::from_bytes([7; 16]), numbers: &numbers, policy };
    let legs = legs(posted);
    let calls: BTreeSet<_> = legs.iter().map(|leg| leg.call_id.clone()).collect();
    let mut records = Vec::new();
    for call in &calls {
        let legs: Vec<_> = legs.iter().filter(|leg| leg.call_id == *call).collect();
        let whole = Whole::read(call, &legs, None, book);
        records.extend(legs.iter().filter_map(|leg| match whole.record_of(leg) {
            LegRecord::Logged(record) => Some(record),
            LegRecord::Unwanted(_) | LegRecord::None => None,
        }));
        match missed::decide(&whole, HOLD, NOON + MUCH_LATER) {
            Missed::Yes(record) => records.push(*record),
            Missed::NoQuestion | Missed::Answered | Missed::Unwanted(..) => {}
            Missed::AskAgain(_) => panic!("a day later everything is decided"),
        }
    }
    records.sort_by_key(|record| record.record_id);
    records
}

/// Groups events into legs as the store does: by call, extension and leg, each event once.
fn legs(posted: &[Posted]) -> Vec<Leg> {
    let mut legs: BTreeMap<(String, u64, String), Vec<ArrivedEvent>> = BTreeMap::new();
    for (extension, body) in posted {
        let event = CallEvent::parse(body.as_bytes()).unwrap();
        let only = LegId::only(ExtensionId::new(*extension).unwrap(), event.call_id());
        let leg = event.leg_id().cloned().unwrap_or(only);
        let key = (event.call_id().to_string(), *extension, leg.to_string());
        legs.entry(key).or_default().push(ArrivedEvent::new(NOON, event));
    }
    legs.into_iter().map(|((call, extension, leg), events)| leg_of(&call, extension, &leg, events)).collect()
}

fn leg_of(call: &str, extension: u64, leg: &str, events: Vec<ArrivedEvent>) -> Leg {
    let (_, number, kind, _) = CAST.iter().find(|(id, ..)| *id == extension).unwrap();
    let bundle = events.iter().find_map(|arrived| arrived.event.bundle());
    // As the store finds it: a phone of the list to which both id and number belong.
    let main = bundle.filter(|bundle| {
        CAST.iter().any(|(id, number, kind, _)| {
            bundle.extension_id.get() == *id
                && bundle.number.as_str() == *number
                && *kind == ExtensionKind::Phone
        })
    });
    let own = LegExtension {
        id: ExtensionId::new(extension).unwrap(),
        kind: *kind,
        number: ExtensionNumber::parse(number).unwrap(),
    };
    let main = main.map(|bundle| MainExtension { id: bundle.extension_id, number: bundle.number });
    Leg::new(CallId::parse(call).unwrap(), LegId::parse(leg).unwrap(), own, main, events)
}

/// A record in one line, as the tests write what they expect.
fn line(record: &CallRecord) -> String {
    let time = |moment: Timestamp| moment.rfc3339()[11..19].to_owned();
    let mut line = format!(
        "{} {:?} {:?} {} {}",
        record.kind.as_str(),
        record.direction,
        record.outcome.unwrap(),
        record.external_number.as_ref().map_or("-", |number| number.reveal()),
        record.internal_number.as_ref().map_or("-", |number| number.as_str()),
    );
    write!(line, " {}-{}", time(record.started_at), time(record.ended_at.unwrap())).unwrap();
    if let Some(answered) = record.answered_at {
        write!(line, " answered {} talk {}", time(answered), record.talk_seconds()).unwrap();
    }
    if let Some(did) = &record.did {
        write!(line, " did {}", did.reveal()).unwrap();
    }
    for via in &record.via {
        write!(line, " via {via}").unwrap();
    }
    if record.transferred {
        line.push_str(" transferred");
    }
    if record.recording_id.is_some() {
        line.push_str(" recorded");
    }
    line
}

/// The lines of all records, in order of time.
fn lines(posted: &[Posted], policy: &Policy) -> Vec<String> {
    let mut records = records(posted, policy);
    records.sort_by_key(|record| (record.started_at, record.record_id));
    records.iter().map(line).collect()
}
