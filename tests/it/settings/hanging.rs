//! A PBX that takes requests and answers none, while an administrator waits: they are told so as soon as our patience
//! ends, before their own connection to us does, and what they asked for can go on.

use std::time::Duration;

use http::StatusCode;
use ringbridge::clock::Clock as _;
use ringbridge::http_client::Timeouts;
use serde_json::{Value, json};
use simulators::patience::PATIENCE;
use simulators::pbx::{DEMO_APP_ID, DEMO_APP_SECRET, Matcher, PbxFault, Tenant};

use super::world::{Answer, IVR, JOHN, MARY, QUEUE, SettingsWorld, ZOE};
use crate::patience::{at_each_hang, pass};

/// The HTTP API of AWS waits no longer for an answer of ours.
const API_WAITS: Duration = Duration::from_secs(30);

async fn world() -> SettingsWorld {
    SettingsWorld::waiting(Timeouts::default(), vec![Tenant::demo()], &[]).await
}

/// The answer to a request, and how long it took: at each request that hangs, both clocks go on by the patience that
/// the product has.
async fn answered(world: &SettingsWorld, request: impl Future<Output = Answer>) -> (Answer, Duration) {
    let (began, patience) = (world.clock.now(), Timeouts::default().total);
    let answer = at_each_hang(world.pbx.hangs(), request, async || {
        world.clock.advance(patience);
        pass(patience).await;
    });
    let answer = tokio::time::timeout(PATIENCE, answer).await.expect("our patience ends");
    (answer, world.clock.now().since(began))
}

fn assert_discreet(body: &Value) {
    let text = body.to_string();
    for secret in [DEMO_APP_SECRET, DEMO_APP_ID, "whsec_", "Bearer", "ext-event", "127.0.0.1"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn connecting_says_that_the_pbx_did_not_answer_and_works_the_next_time() {
    for path in ["/oauth/token", "/user/", "/client/@me/client/", "/client/@me/extension/"] {
        let mut world = world().await;
        world.pbx.fail_next(Matcher::new("*", path), PbxFault::Hang);
        let form = world.form();
        let ((status, body), took) = answered(&world, world.post("/api/v1/connections", &form)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {body}");
        assert_eq!(body["errors"][0]["path"], "pbx.host", "{path}");
        let message = body["errors"][0]["message"].as_str().expect("a message");
        assert!(message.contains("did not answer in time"), "{path}: {message}");
        assert_discreet(&body);
        assert_eq!(took, Timeouts::default().total, "{path}: one request was waited for");
        world.connect().await;
    }
}

#[tokio::test]
async fn mapping_is_kept_and_goes_on_when_the_pbx_answers_again() {
    let mut world = world().await;
    world.connect().await;
    world.pbx.fail_next(Matcher::new("*", "/event/").times(100), PbxFault::Hang);
    let ((status, body), took) = answered(&world, world.map_all()).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{body}");
    assert_eq!(body["progress"], json!({"total": 5, "done": 0, "failed": 0}));
    assert_ne!(body["next_attempt_at"], Value::Null, "it goes on by itself");
    assert!(took < API_WAITS, "{took:?}");
    let notices = world.get("/api/v1/notices").await.1;
    assert_eq!(world.notices().await, ["pbx-failing"]);
    let text = notices["items"][0]["text"].as_str().expect("a text");
    assert!(text.contains("did not answer in time"), "{text}");
    assert_discreet(&body);
    assert_discreet(&notices);
    world.pbx.heal();
    assert_eq!(world.post("/api/v1/connection/refresh", &json!({})).await.0, StatusCode::OK);
    world.retry_after(Duration::from_mins(2)).await;
    world.assert_installed(&[MARY, JOHN, ZOE, QUEUE, IVR]);
    assert_eq!(world.notices().await, Vec::<String>::new());
}

#[tokio::test]
async fn refreshing_says_that_the_pbx_did_not_answer_and_works_the_next_time() {
    let mut world = world().await;
    world.connect().await;
    for path in ["/client/@me/client/", "/client/@me/extension/"] {
        world.pbx.fail_next(Matcher::new("GET", path), PbxFault::Hang);
        let refresh = world.post("/api/v1/connection/refresh", &Value::Null);
        let ((status, body), took) = answered(&world, refresh).await;
        assert_eq!(status, StatusCode::BAD_GATEWAY, "{path}: {body}");
        let detail = body["detail"].as_str().expect("a detail");
        assert!(detail.contains("did not answer in time"), "{path}: {detail}");
        assert_discreet(&body);
        assert!(took < API_WAITS, "{path}: {took:?}");
        assert_eq!(world.post("/api/v1/connection/refresh", &json!({})).await.0, StatusCode::OK, "{path}");
    }
}
