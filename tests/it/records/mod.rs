//! Records of a call, from wire bodies: every scenario of pbx-api.md §7.2 as the PBX would post it, and the
//! record that it must give, worked out by hand from the vendor's rules.

mod cases;
mod properties;
mod rules;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use integration_tests::world::{CAST, NOON, PREFIX};
use ringbridge::call::{ArrivedEvent, CallEvent, CallRecord, Leg, LegExtension};
use ringbridge::clock::Timestamp;
use ringbridge::connection::Policy;
use ringbridge::ids::{ConnectionId, ExtensionId, LegId};
use ringbridge::number::{ExtensionNumber, NumberPlan};
use ringbridge::rules::leg::{LegReading, Rulebook};
use ringbridge::rules::missed::{self, Missed};

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
    let numbers: Vec<_> = CAST.iter().filter_map(|(_, number, ..)| ExtensionNumber::parse(number)).collect();
    let numbers = NumberPlan::new(PREFIX, 3).unwrap().knowing(&numbers);
    let book = Rulebook { connection: ConnectionId::from_bytes([7; 16]), numbers: &numbers, policy };
    let legs = legs(posted);
    let mut records: Vec<_> = legs.iter().filter_map(|leg| LegReading::new(leg, book).record()).collect();
    let all: Vec<_> = legs.iter().collect();
    match missed::decide(&all, book, HOLD, NOON + MUCH_LATER) {
        Missed::Yes(record) => records.push(*record),
        Missed::NoQuestion | Missed::No(_) => {}
        Missed::AskAgain(_) => panic!("a day later everything is decided"),
    }
    records.sort_by_key(|record| record.record_id);
    records
}

/// Groups events into legs as the store does: by call, extension and leg, each event once.
fn legs(posted: &[Posted]) -> Vec<Leg> {
    let mut legs: BTreeMap<(String, u64, String), Leg> = BTreeMap::new();
    for (extension, body) in posted {
        let event = CallEvent::parse(body.as_bytes()).unwrap();
        let (_, number, kind, _) = CAST.iter().find(|(id, ..)| id == extension).unwrap();
        let own_leg = LegId::parse(&format!("{extension}-{}", event.call_id())).unwrap();
        let leg_id = event.leg_id().cloned().unwrap_or(own_leg);
        let key = (event.call_id().to_string(), *extension, leg_id.to_string());
        let leg = legs.entry(key).or_insert_with(|| Leg {
            call_id: event.call_id().clone(),
            leg_id,
            extension: LegExtension {
                id: ExtensionId::new(*extension).unwrap(),
                kind: *kind,
                number: ExtensionNumber::parse(number).unwrap(),
            },
            events: Vec::new(),
        });
        if !leg.events.iter().any(|arrived| arrived.event.identity() == event.identity()) {
            leg.events.push(ArrivedEvent { at: NOON, event });
        }
    }
    legs.into_values().collect()
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
