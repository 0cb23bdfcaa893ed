//! A person is erased from a connection's calls by number, in whatever spelling, and nobody else is.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use simulators::world::World;

/// A leg that was answered.
fn call(id: &str, number: &str) -> String {
    format!(
        "EventType=hangup&CallID={id}&SubCallID=731205-{id}&CallFlow=in&CallStatus=ANSWER&CallerIDNum={number}\
         &CalledNumber=4821%2A205&Duration=10000000&EventTime=1788264000000000&CallerExtension=&Bridged=yes"
    )
}

async fn erase(world: &World, query: &str) -> (StatusCode, Value) {
    world.api(Method::DELETE, &format!("/api/v1/persons?{query}"), None).await
}

async fn calls(world: &World) -> Vec<String> {
    let items = world.aws.dynamodb().scan().table_name(&world.table).send().await.unwrap();
    let legs = items.items().iter().filter_map(|item| item.get("call_id")?.as_s().ok().cloned());
    let mut legs: Vec<_> = legs.collect();
    legs.sort();
    legs
}

#[tokio::test]
async fn every_call_of_a_number_goes_and_all_others_stay() {
    let world = World::start().await;
    for (id, number) in [
        ("a1", "%2B442079460555"),
        ("a2", "02079460555"),
        ("a3", "442079460555"),
        ("b1", "%2B442079460556"),
        ("b2", "79460555"),
        ("b3", "anonymous"),
    ] {
        assert_eq!(world.post(731_205, call(id, number)).await, 200);
    }
    // A leg that gives no record is kept of the person too.
    let ringing = "EventType=dial-in&CallID=a4&SubCallID=731205-a4&CallFlow=in&CallerIDNum=02079460555&CallStatus=CALLING";
    assert_eq!(world.post(731_205, ringing).await, 200);
    world.idle().await;
    // Its end never comes: until that is given up, it counts as a call that goes on.
    world.retry_after(Duration::from_hours(13)).await;
    let (status, body) = erase(&world, "number=%2B44%2020%207946%200555").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!((&body["erased"]["calls"], &body["cursor"]), (&json!(4), &Value::Null));
    assert_eq!(calls(&world).await, ["b1", "b2", "b3"]);
    assert_eq!(
        erase(&world, "number=%2B442079460555").await.1["erased"],
        json!({ "calls": 0, "records": 0 })
    );
    let trail = world.api(Method::GET, "/api/v1/audit", None).await.1.to_string();
    assert!(trail.contains("person_erased") && !trail.contains("7946"), "{trail}");
}

#[tokio::test]
async fn what_is_no_number_erases_nothing() {
    let world = World::start().await;
    assert_eq!(world.post(731_205, call("a1", "")).await, 200);
    world.idle().await;
    for (query, path) in [
        ("", "number"),
        ("number=", "number"),
        ("number=12", "number"),
        ("number=anonymous", "number"),
        ("number=442079460555&cursor=x", "cursor"),
        ("number=442079460555&cursor=logged.x", "cursor"),
        ("number=442079460555&all=1", "all"),
    ] {
        let (status, body) = erase(&world, query).await;
        assert_eq!(
            (status, &body["errors"][0]["path"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(path)),
            "{query}"
        );
    }
    assert_eq!(erase(&world, "number=442079460555&cursor=unlogged.").await.0, StatusCode::OK);
    assert_eq!(calls(&world).await, ["a1"]);
}
