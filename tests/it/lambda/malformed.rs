//! What a gateway passes on and is no request ends in a 400, and the next request is served as if nothing had been.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::lambda::{Answer, Function};
use simulators::world::World;

use super::{TIME, assert_discreet, envelope, start, status, token};

fn with(mut event: Value, path: &str, value: Value) -> Value {
    *event.pointer_mut(path).unwrap() = value;
    event
}

#[tokio::test]
async fn no_event_ends_a_function_or_is_a_failure_of_ours() {
    let world = World::start().await;
    let token = token(&world, 731_205);
    for name in ["event-receiver", "settings-api"] {
        let function = start(&world, name).await;
        let (query, post) = (envelope!("http-api-query", &token), envelope!("http-api", &token));
        let rest = envelope!("rest-api", &token);
        let encoded = with(post.clone(), "/isBase64Encoded", json!(true));
        for event in [
            with(query.clone(), "/rawQueryString", json!("a=<b>")),
            with(query.clone(), "/rawQueryString", json!("a=b c")),
            with(query.clone(), "/rawQueryString", json!("a=\"b\"\u{0}")),
            with(query.clone(), "/rawQueryString", json!("x".repeat(70_000))),
            with(query.clone(), "/rawPath", json!("/".to_owned() + &"x".repeat(70_000))),
            with(query.clone(), "/rawPath", json!("@evil.example/")),
            with(query.clone(), "/headers/x-forwarded-proto", json!("https, http")),
            with(query.clone(), "/headers/x-forwarded-proto", json!("ht tp")),
            with(query.clone(), "/headers/host", json!("a b")),
            with(query.clone(), "/headers/host", json!("[::1")),
            with(query.clone(), "/headers/host", json!("%zz:99999999")),
            with(encoded.clone(), "/body", json!("no base64!")),
            with(encoded, "/body", json!("QUJD=")),
            with(rest, "/path", json!("no path")),
        ] {
            let invocation = function.invoke(&event, TIME);
            assert_eq!(status(function.answer(invocation).await), 400, "{name}: {event}");
        }
        let sound = function.invoke(&query, TIME);
        let expected = if name == "event-receiver" { 200 } else { 404 };
        assert_eq!(status(function.answer(sound).await), expected, "the next one is served");
        let logs = function.stop().await;
        assert!(!logs.contains("panicked"), "{logs}");
        assert_discreet(&logs, &token);
    }
}

#[tokio::test]
async fn a_panic_is_one_invocations_own() {
    let function = Function::start("panics", &[]).await.unwrap();
    for (moment, answered) in
        [("at-once", false), ("never", true), ("afterwards", true), ("at-once", false), ("never", true)]
    {
        let event = with(envelope!("http-api-query", "x"), "/rawPath", json!(format!("/{moment}")));
        let invocation = function.invoke(&event, TIME);
        match function.answer(invocation).await {
            Some(Answer::Response(response)) => assert!(answered, "{moment}: {response}"),
            other => assert!(!answered && matches!(other, Some(Answer::Error(_))), "{moment}: {other:?}"),
        }
        assert!(function.ended(invocation).await, "{moment}: nothing holds it open");
    }
    assert!(function.stop().await.contains("as the path says"), "it did panic");
}

#[tokio::test]
async fn work_without_end_is_given_up_with_its_invocation() {
    let function = Function::start("panics", &[]).await.unwrap();
    let event = |moment| with(envelope!("http-api-query", "x"), "/rawPath", json!(format!("/{moment}")));
    for (moment, time) in [("without-end", Duration::from_secs(2)), ("never", TIME)] {
        let invocation = function.invoke(&event(moment), time);
        assert_eq!(status(function.answer(invocation).await), 200);
        assert!(function.ended(invocation).await, "{moment}: something goes on in it");
    }
}

#[test]
fn a_panic_does_not_end_the_process() {
    // With `panic = "abort"` it would end the process, and whatever other invocations have left behind.
    let manifest = std::fs::read_to_string(crate::infra::at("Cargo.toml")).unwrap();
    assert!(!manifest.contains("panic ="), "{manifest}");
}
