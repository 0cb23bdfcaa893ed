//! What bad input gets: a clear refusal, and nothing stored.

use axum::body::Body;
use http::Request;
use simulators::world::World;

#[tokio::test]
async fn bad_events_are_refused_and_leave_nothing() {
    let world = World::start().await;
    let many: Vec<_> = (0..1_000).map(|i| format!("{i:x}=")).collect();
    let many = many.join("&");
    let long = format!("EventType=hangup&CallID=x&SubCallID={}", "y".repeat(300));
    let cases: &[(&[u8], u16)] = &[
        (b"", 400),
        (b"EventType=hangup", 400),
        (b"CallID=x", 400),
        (b"EventType=&CallID=x", 400),
        (b"EventType=hangup&CallID=%zz", 400),
        (b"EventType=hangup&CallID=x%2", 400),
        (b"EventType=hangup&CallID=%ff%fe", 400),
        (b"EventType=hangup&CallID=\xff\xfe", 400),
        (b"EventType=hangup&CallID=x%00y", 400),
        (b"EventType=hangup\0&CallID=x", 400),
        (b"{\"EventType\":\"hangup\",\"CallID\":\"x\"}", 400),
        (many.as_bytes(), 400),
        (long.as_bytes(), 400),
    ];
    for (body, status) in cases {
        let begins = String::from_utf8_lossy(&body[..body.len().min(40)]);
        assert_eq!(world.post(731_205, body.to_vec()).await, *status, "{begins}");
    }
    let huge = format!("EventType=hangup&CallID=x&Name={}", "z".repeat(1_000_000));
    assert_eq!(world.post(731_205, huge.clone()).await, 413);
    let by_query = |length| Request::get(format!("{}?{}", world.event_path(731_205), &huge[..length]));
    assert_eq!(world.request(by_query(8_193), Body::empty()).await, 413);
    assert_eq!(world.request(by_query(8_192), Body::empty()).await, 200, "8 KiB are taken");
    let items = world.aws.dynamodb().scan().table_name("ringbridge").send().await.unwrap();
    let legs = items.items().iter().filter(|item| item["sk"].as_s().unwrap().starts_with("L#")).count();
    assert_eq!(legs, 1, "only the whole event was stored");
}

#[tokio::test]
async fn unknown_tokens_are_not_found_whatever_they_look_like() {
    let world = World::start().await;
    let known = world.event_path(731_205);
    let (start, end) = known.split_at(known.len() - 5);
    let other = if end.starts_with('A') { 'B' } else { 'A' };
    let altered = format!("{start}{other}{}", &end[1..]);
    let body = "EventType=hangup&CallID=x&SubCallID=731205-1";
    for path in [
        "/ext-event/x",
        "/ext-event/%00",
        "/ext-event/..",
        &altered,
        &known.replace("ext-event/", "ext-event/A"),
    ] {
        let status = world.request(Request::post(path), Body::from(body)).await;
        assert_eq!(status, 404, "{path}");
    }
    assert_eq!(world.request(Request::put(known.as_str()), Body::from(body)).await, 405);
}

#[tokio::test]
async fn payloads_that_are_no_calls_are_taken_and_kept_where_they_name_one() {
    let world = World::start().await;
    let status_change = "event_type=call-status-change&client_id=90417&extension_id=731205&new_status_id=7";
    assert_eq!(world.post(731_205, status_change).await, 200);
    assert_eq!(world.post(731_205, "EventType=message-in&CallID=abc").await, 200);
    let items = world.aws.dynamodb().scan().table_name("ringbridge").send().await.unwrap();
    let kept = items.items().iter().filter(|item| format!("{item:?}").contains("message-in")).count();
    assert_eq!((kept, world.due().await), (1, 0), "kept, and nothing made of it");
    let login = "agent_id=5512&agent_status=available&agent_type=local&extension_name=4821%2A205";
    let of_a_queue = world.event_path(731_801).replace("ext-event", "agent-event");
    assert_eq!(world.request(Request::post(&of_a_queue), Body::from(login)).await, 404);
    assert_eq!(world.request(Request::post("/agent-event/none"), Body::from(login)).await, 404);
}

#[tokio::test]
async fn store_that_is_down_is_said_and_nothing_is_pretended() {
    let mut world = World::start().await;
    world.stop_aws().await;
    assert_eq!(world.post(731_205, "EventType=hangup&CallID=x&SubCallID=731205-1").await, 503);
    assert_eq!(world.inbox.counters().requests, 0);
}
