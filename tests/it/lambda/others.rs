//! retry-job and settings-api.

use std::time::Duration;

use ringbridge::clock::{Clock as _, SystemClock};
use ringbridge::model::call::RecordId;
use ringbridge::model::ids::CallId;
use ringbridge::queue::{Reminder, Task};
use serde_json::json;
use simulators::lambda::Answer;
use simulators::world::World;

use super::{TIME, assert_discreet, envelope, start, status, token};

/// A caller hung up in the IVR (docs/pbx.md §11.5).
const IVR_HANGUP: &str = include_str!("../../fixtures/calls/hung_up_in_menu.txt");

/// A world whose call was missed some minutes ago by the machine's clock, which is the function's.
async fn some_minutes_ago() -> World {
    let world = World::start().await;
    let (now, noon) = (SystemClock.now(), world.clock.now());
    world.clock.advance(now.since(noon));
    world.clock.step_back(noon.since(now) + Duration::from_mins(3));
    world
}

#[tokio::test]
async fn the_schedule_settles_a_missed_call_that_is_due() {
    let world = some_minutes_ago().await;
    let body = IVR_HANGUP.lines().find(|line| line.starts_with("EventType=")).unwrap();
    assert_eq!(world.post(731_099, body).await, 200);
    world.idle().await;
    assert!(world.inbox.records().is_empty(), "it is held");

    let function = start(&world, "retry-job").await;
    let invocation = function.invoke(&envelope!("schedule", ""), TIME);
    let Some(Answer::Response(report)) = function.answer(invocation).await else { panic!("no report") };
    assert_eq!(
        (&report["swept"], &report["failed"], &report["out_of_time"]),
        (&json!(1), &json!(0), &json!(false))
    );
    let [record] = world.inbox.records().try_into().unwrap();
    assert_eq!((record.kind.as_str(), &record.data["internal_number"]), ("call.missed", &json!("4821*099")));
    assert_discreet(&function.stop().await, &token(&world, 731_099));
}

#[tokio::test]
async fn messages_that_an_event_source_brings_are_worked_off_and_failures_named() {
    let world = some_minutes_ago().await;
    let body = IVR_HANGUP.lines().find(|line| line.starts_with("EventType=")).unwrap();
    assert_eq!(world.post(731_099, body).await, 200);
    world.idle().await;
    let call_id = body.split('&').find_map(|field| field.strip_prefix("CallID=")).unwrap();
    let call = RecordId::call_key(world.connection, &CallId::parse(call_id).unwrap());
    let task = Task::Settle { connection: world.connection, call };
    let reminder = |not_before| Reminder { task, not_before }.to_body();
    let now = SystemClock.now();
    let batch = json!({ "Records": [
        { "messageId": "due", "eventSource": "aws:sqs", "body": reminder(now) },
        { "messageId": "damaged", "eventSource": "aws:sqs", "body": "{}" },
        { "messageId": "early", "eventSource": "aws:sqs", "body": reminder(now + Duration::from_hours(1)) },
    ] });
    let function = start(&world, "retry-job").await;
    let invocation = function.invoke(&batch, TIME);
    let Some(Answer::Response(response)) = function.answer(invocation).await else { panic!("no response") };
    assert_eq!(response, json!({ "batchItemFailures": [{ "itemIdentifier": "damaged" }] }));
    let [record] = world.inbox.records().try_into().unwrap();
    assert_eq!(record.kind, "call.missed");

    let begun_too_late = function.invoke(&batch, Duration::from_secs(3));
    let Some(Answer::Response(response)) = function.answer(begun_too_late).await else { panic!("none") };
    assert_eq!(response["batchItemFailures"].as_array().unwrap().len(), 3, "all come again");
    let logs = function.stop().await;
    assert_discreet(&logs, &token(&world, 731_099));
    assert!(logs.contains(r#""RetryMessages":3"#), "the report is a metric: {logs}");
}

#[tokio::test]
async fn no_work_is_begun_that_the_invocation_can_not_end() {
    let world = some_minutes_ago().await;
    let body = IVR_HANGUP.lines().find(|line| line.starts_with("EventType=")).unwrap();
    assert_eq!(world.post(731_099, body).await, 200);
    world.idle().await;
    let function = start(&world, "retry-job").await;
    let invocation = function.invoke(&envelope!("schedule", ""), Duration::from_secs(3));
    let Some(Answer::Response(report)) = function.answer(invocation).await else { panic!("no report") };
    assert_eq!((&report["settled"], &report["out_of_time"]), (&json!(0), &json!(true)));
    assert!(world.inbox.records().is_empty());
}

#[tokio::test]
async fn settings_are_served_through_both_kinds_of_api() {
    let world = World::start().await;
    let function = start(&world, "settings-api").await;
    let mut alive = envelope!("http-api-query", "");
    alive["rawPath"] = json!("/healthz");
    let invocation = function.invoke(&alive, TIME);
    assert_eq!(status(function.answer(invocation).await), 200);

    let mut closed = envelope!("rest-api", "");
    closed["path"] = json!("/api/v1/connection");
    closed["httpMethod"] = json!("GET");
    let invocation = function.invoke(&closed, TIME);
    let answer = function.answer(invocation).await;
    let Some(Answer::Response(response)) = &answer else { panic!("no response") };
    assert_eq!(response["isBase64Encoded"], json!(false), "problems are text: {response}");
    assert_eq!(status(answer), 401);
}
