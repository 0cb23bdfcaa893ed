//! Behind a web ACL (infra/README.md) what comes past it is refused by both functions, and limits count the viewer, not
//! the distribution.

use serde_json::{Value, json};
use simulators::lambda::Function;
use simulators::world::World;

use super::{TIME, assert_discreet, envelope, environment, status, token};

const KEY: &str = "Zc1Q8hVt2mRk";

async fn start(world: &World, name: &str) -> Function {
    let mut environment = environment(world).await;
    environment.push(("RINGBRIDGE_FRONT_KEY", KEY.to_owned()));
    Function::start(name, &environment).await.unwrap()
}

fn shown(mut event: Value, key: &str, viewer: &str) -> Value {
    event["headers"]["x-ringbridge-front"] = json!(key);
    event["headers"]["x-ringbridge-viewer"] = json!(viewer);
    event
}

#[tokio::test]
async fn what_comes_past_the_web_acl_is_refused() {
    let world = World::start().await;
    let token = token(&world, 731_205);
    for (name, through) in [("event-receiver", 200), ("settings-api", 404)] {
        let function = start(&world, name).await;
        let event = envelope!("http-api-query", &token);
        for (event, expected) in [
            (event.clone(), 403),
            (shown(event.clone(), "", "203.0.113.9"), 403),
            (shown(event.clone(), &KEY[1..], "203.0.113.9"), 403),
            (shown(event, KEY, "203.0.113.9"), through),
        ] {
            let answer = function.answer(function.invoke(&event, TIME)).await;
            assert_eq!(status(answer), expected, "{name}: {event}");
        }
        let logs = function.stop().await;
        assert!(!logs.contains(KEY), "{logs}");
        assert_discreet(&logs, &token);
    }
}

#[tokio::test]
async fn each_viewer_has_limits_of_their_own() {
    let world = World::start().await;
    let function = start(&world, "settings-api").await;
    let guess = |viewer| {
        let mut event = shown(envelope!("http-api-query", "x"), KEY, viewer);
        event["rawPath"] = json!("/api/v1/connection");
        event["requestContext"]["http"]["path"] = json!("/api/v1/connection");
        event["headers"]["authorization"] = json!(format!("Bearer rb_{}", "A".repeat(64)));
        event
    };
    let mut last = 401;
    for _ in 0..40 {
        last = status(function.answer(function.invoke(&guess("203.0.113.9"), TIME)).await);
    }
    assert_eq!(last, 429, "who guesses waits");
    let other = function.answer(function.invoke(&guess("198.51.100.7"), TIME)).await;
    assert_eq!(status(other), 401, "nobody else does");
}
