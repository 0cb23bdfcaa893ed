//! What a call may cost: its requests and DynamoDB's units as they go over the wire, and the money that the `cost`
//! command reckons from them.

use std::process::Command;

use ringbridge::clock::Timestamp;
use ringbridge::metrics;
use serde_json::{Value, json};
use simulators::usage::{self, CALLS, Requests, Usage, units};

async fn measured(name: &str) -> Usage {
    let (_, text) = CALLS.iter().find(|(other, _)| *other == name).unwrap();
    usage::measure(text).await.unwrap()
}

fn requests(usage: &Usage) -> Vec<u32> {
    usage.events.iter().chain(&usage.batch).map(Requests::dynamodb).collect()
}

#[tokio::test]
async fn an_answered_call_takes_two_requests_an_event_and_four_for_its_record() {
    let usage = measured("a phone answers").await;
    assert_eq!(requests(&usage), [2, 2, 4]);
    let all = usage.all();
    assert!(all.write_units <= 14 && all.read_units() <= 9.0, "{all:?}");
    assert_eq!((all.reminders, all.queue, all.records), (0, 0, 1));
}

#[tokio::test]
async fn a_call_lost_in_a_menu_takes_one_event_one_message_and_one_look() {
    let usage = measured("lost in a menu").await;
    assert_eq!(requests(&usage), [2, 4]);
    let all = usage.all();
    assert!(all.write_units <= 6 && all.read_units() <= 6.0, "{all:?}");
    assert_eq!((all.reminders, all.records), (1, 1));
}

#[tokio::test]
async fn claiming_and_delivering_moves_nothing_in_the_index_of_what_is_due() {
    let usage = measured("a phone answers").await;
    let due: Vec<_> = usage.events.iter().map(|event| event.due_writes).collect();
    // It appears with the first event, moves with the hangup, and goes with the outcome.
    assert_eq!(due, [1, 0, 3]);
    // Among the calls that go on with the first event; then it moves to the records.
    assert_eq!(usage.all().list_writes, 3);
}

#[test]
fn a_million_calls_cost_what_they_may() {
    let printed = Command::new(env!("CARGO_BIN_EXE_cost")).output().unwrap();
    let text = String::from_utf8_lossy(&printed.stdout);
    assert!(printed.status.success(), "{text}");
    assert!(CALLS.iter().all(|(name, _)| text.matches(name).count() == 2), "{text}");
}

#[test]
fn units_are_those_that_are_documented() {
    let item = |value: Value| value.as_object().unwrap().clone();
    let small = item(json!({ "pk": { "S": "K#1" }, "n": { "N": "-1234.50" }, "l": { "L": [{ "N": "1" }] } }));
    // 2 + 3, 1 + a byte for two of five digits, one for the sign, one more; 1 + 3 + 1 + 2.
    assert_eq!(units::size(&small), 5 + 6 + 7);
    let large = item(json!({ "pk": { "S": "x".repeat(1_023) } }));
    assert_eq!((units::written(None, Some(&small)), units::written(Some(&large), Some(&small))), (1, 2));
    assert_eq!((units::read(0, true), units::read(4_096, true), units::read(4_097, false)), (2, 2, 2));
    let due = |at: &str| item(json!({ "due_shard": { "S": "D1" }, "due_at": { "N": at } }));
    let (one, two) = (due("1"), due("2"));
    assert_eq!((units::due_moved(None, Some(&one)), units::due_moved(Some(&one), Some(&one))), (1, 0));
    assert_eq!(
        (units::due_moved(Some(&one), Some(&two)), units::due_moved(Some(&two), Some(&small))),
        (2, 1)
    );
}

#[test]
fn counts_on_one_line_are_added_up_and_times_stand_side_by_side() {
    let values = [
        (metrics::RECORDS_DELIVERED, 1),
        (metrics::EVENT_TO_CRM, 12),
        (metrics::RECORDS_DELIVERED, 1),
        (metrics::EVENT_TO_CRM, 30),
    ];
    let line = metrics::line("Ringbridge/test", None, Timestamp::default(), &values);
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["RecordsDelivered"], &line["EventToCrmMillis"]), (&json!(2), &json!([12, 30])));
    let listed = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
    assert_eq!(listed.len(), 2, "each metric is listed once");
}
