//! event-receiver: every envelope, and the answer before the CRM.

use std::time::Duration;

use ringbridge::model::call::RecordId;
use ringbridge::model::ids::{CallId, ExtensionId};
use ringbridge::model::token::EventToken;
use serde_json::{Value, json};
use simulators::crm::CrmFault;
use simulators::lambda::Step;
use simulators::patience::PATIENCE;
use simulators::random::SeededRandomness;
use simulators::world::World;

use super::{TIME, assert_discreet, envelope, start, status, token};

/// The answered call of the envelopes, as the inbox has it.
const RECORDS: [&str; 1] = ["call.ended: answered"];

#[tokio::test]
async fn every_envelope_becomes_a_record() {
    let envelopes: [fn(&str) -> Value; 4] = [
        |token| envelope!("http-api", token),
        |token| envelope!("http-api-base64", token),
        |token| envelope!("http-api-query", token),
        |token| envelope!("rest-api", token),
    ];
    for envelope in envelopes {
        let world = World::start().await;
        let token = token(&world, 731_205);
        let envelope = envelope(&token);
        let function = start(&world, "event-receiver").await;
        let invocation = function.invoke(&envelope, TIME);
        assert_eq!(status(function.answer(invocation).await), 200, "{envelope}");
        assert_eq!(stored_events(&world).await, 1);
        assert!(function.ended(invocation).await);
        assert_eq!(records(&world), RECORDS, "delivered before the invocation ended");
        assert_discreet(&function.stop().await, &token);
    }
}

#[tokio::test]
async fn the_answer_does_not_wait_for_the_crm() {
    let world = World::start().await;
    world.inbox.fail_next(1, &CrmFault::Hang);
    let function = start(&world, "event-receiver").await;
    let invocation = function.invoke(&envelope!("http-api", &token(&world, 731_205)), TIME);
    assert_eq!(status(function.answer(invocation).await), 200);
    assert_eq!(stored_events(&world).await, 1);
    assert!(world.inbox.wait_until(|state| state.counters.failed == 1, PATIENCE).await);
    assert!(function.is_open(invocation), "the CRM still hangs");
    assert_eq!(function.steps(), [Step::Invoked(invocation), Step::Answered(invocation)]);
}

#[tokio::test]
async fn what_an_answer_leaves_behind_begins_when_it_is_posted() {
    let (world, elsewhere) = (World::start().await, World::start().await);
    let function = start(&world, "event-receiver").await;
    let other = start(&elsewhere, "event-receiver").await;
    assert!(function.ready().await && other.ready().await);
    function.hold_answers(true);
    let held = function.invoke(&envelope!("http-api", &token(&world, 731_205)), TIME);
    assert_eq!(status(function.answer(held).await), 200);
    // In the time that another one takes for the event and all that it leaves behind.
    let whole = other.invoke(&envelope!("http-api", &token(&elsewhere, 731_205)), TIME);
    assert!(other.ended(whole).await);
    assert_eq!(records(&elsewhere), RECORDS);
    assert!(records(&world).is_empty(), "the work began beside the answer");
    function.hold_answers(false);
    assert!(function.ended(held).await);
    assert_eq!(records(&world), RECORDS);
}

#[tokio::test]
async fn a_hanging_crm_does_not_outlive_the_invocation() {
    let world = World::start().await;
    world.inbox.fail_next(1, &CrmFault::Hang);
    let function = start(&world, "event-receiver").await;
    let envelope = envelope!("http-api", &token(&world, 731_205));
    let hung = function.invoke(&envelope, Duration::from_secs(2));
    assert_eq!(status(function.answer(hung).await), 200);
    assert!(function.ended(hung).await);
    assert!(records(&world).is_empty());
    let next = function.invoke(&envelope, TIME);
    assert_eq!(status(function.answer(next).await), 200, "the next one is taken");
}

#[tokio::test]
async fn bad_requests_are_told_apart_and_hold_nothing_open() {
    let world = World::start().await;
    let function = start(&world, "event-receiver").await;
    let token = token(&world, 731_205);
    let strange = SeededRandomness::new(1);
    let unknown = EventToken::random(world.connection, ExtensionId::new(731_205).unwrap(), &strange);
    let unknown = unknown.reveal();
    let garbage = with(envelope!("http-api", &token), "body", json!("%%%&=&Event"));
    let broken = with(envelope!("http-api-base64", &token), "body", json!("AAEC/w=="));
    let elsewhere = with(envelope!("http-api", &token), "rawPath", json!("/favicon.ico"));
    let long = with(envelope!("http-api", &token), "body", json!("x".repeat(65_537)));
    for (event, expected) in [
        (envelope!("http-api", unknown), 404),
        (envelope!("rest-api", "short"), 404),
        (garbage, 400),
        (broken, 400),
        (elsewhere, 404),
        (long, 413),
    ] {
        let invocation = function.invoke(&event, TIME);
        assert_eq!(status(function.answer(invocation).await), expected, "{event}");
        assert!(function.ended(invocation).await);
    }
    assert_eq!(stored_events(&world).await, 0);
    let logs = function.stop().await;
    assert_discreet(&logs, &token);
    assert!(!logs.contains(unknown) && !logs.contains("time is up"), "{logs}");
}

#[tokio::test]
async fn an_event_that_is_no_request_fails_at_once_and_the_next_is_taken() {
    let world = World::start().await;
    let function = start(&world, "event-receiver").await;
    let odd = function.invoke(&json!({ "hello": "+442079460555" }), TIME);
    assert!(matches!(function.answer(odd).await, Some(simulators::lambda::Answer::Error(_))));
    assert!(function.ended(odd).await);
    let token = token(&world, 731_205);
    let invocation = function.invoke(&envelope!("http-api", &token), TIME);
    assert_eq!(status(function.answer(invocation).await), 200);
    assert_discreet(&function.stop().await, &token);
}

fn with(mut event: Value, key: &str, value: Value) -> Value {
    event[key] = value;
    event
}

async fn stored_events(world: &World) -> usize {
    let call_id = CallId::parse("75599d9e49a8b73ba806026df26ee0fb").unwrap();
    let call = RecordId::call_key(world.connection, &call_id);
    let items = world.deps.store.call(world.connection, call).await.unwrap();
    items.legs.iter().map(|item| item.leg.events().len()).sum()
}

/// Kind and outcome of the inbox's records.
fn records(world: &World) -> Vec<String> {
    let records = world.inbox.records().into_iter();
    records.map(|record| format!("{}: {}", record.kind, record.data["outcome"].as_str().unwrap())).collect()
}
