//! The story of each scenario as the CRM sees it.

use super::{AFTER_THE_HOLD, fixture, logged, post};
use http::Request;
use serde_json::json;
use simulators::world::World;

/// The messages of a call in the order of their arrival: type and extension.
fn told(world: &World) -> Vec<String> {
    let requests = world.inbox.requests();
    let line = |body: &serde_json::Value| {
        format!("{} {}", body["type"].as_str().unwrap(), body["data"]["internal_number"].as_str().unwrap())
    };
    requests.iter().map(|request| line(&request.body)).collect()
}

#[tokio::test]
async fn answered_call_is_told_as_it_goes_and_logged_once() {
    let world = World::start().await;
    post(&world, &fixture!("answered")).await;
    assert_eq!(told(&world), ["call.ringing 4821*205", "call.answered 4821*205", "call.ended 4821*205"]);
    let ended = world.inbox.requests().pop().unwrap();
    let data = &ended.body["data"];
    let id = data["record_id"].as_str().unwrap().to_owned();
    let expected = json!({
        "connection_id": world.connection.to_string(), "record_id": id,
        "call_id": "75599d9e49a8b73ba806026df26ee0fb", "leg_id": "731205-cc6d894776355aa59fce1561d8f2c56d",
        "direction": "inbound", "outcome": "answered", "external_number": "+442079460555",
        "internal_number": "4821*205", "extension_id": 731_205, "crm_user": "u1", "did": "442079460100",
        "started_at": "2026-09-01T12:00:00Z", "answered_at": "2026-09-01T12:00:06Z",
        "ended_at": "2026-09-01T12:01:19Z", "talk_seconds": 74, "recording_url": data["recording_url"], "via": [],
        "transferred": false, "revision": 1,
    });
    assert_eq!(*data, expected);
    let link = data["recording_url"].as_str().unwrap();
    assert!(link.starts_with("https://bridge.example/recording/"), "{link}");
    assert_eq!(ended.header("webhook-id"), Some(format!("{id}.call.ended.1").as_str()));
    let report = world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!((report.swept, world.inbox.counters().requests), (0, 3));
}

#[tokio::test]
async fn parallel_ring_pops_up_everywhere_and_logs_the_answering_phone() {
    let world = World::start().await;
    post(&world, &fixture!("queue_one_answers")).await;
    let expected = [
        "call.ringing 4821*205",
        "call.ringing 4821*206",
        "call.answered 4821*205",
        "call.stopped 4821*206",
        "call.ended 4821*205",
    ];
    assert_eq!(told(&world), expected);
    assert_eq!(world.inbox.requests()[3].body["data"]["answered_by"], "u1");
    assert_eq!(logged(&world)[0].data["via"], json!(["4821*801"]));
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(logged(&world).len(), 1);
}

#[tokio::test]
async fn internal_call_is_never_told() {
    let world = World::start().await;
    post(&world, &fixture!("phone_to_phone")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(told(&world), [""; 0]);
}

#[tokio::test]
async fn transfer_gives_two_records_with_their_users() {
    let world = World::start().await;
    post(&world, &fixture!("transferred")).await;
    let users: Vec<_> = logged(&world).iter().map(|record| record.data["crm_user"].clone()).collect();
    assert_eq!(users, [json!("u1"), json!("u2")]);
}

#[tokio::test]
async fn every_scenario_gives_its_records_in_any_order() {
    let all = [
        (fixture!("answered"), 1),
        (fixture!("rang_in_vain"), 1),
        (fixture!("hung_up_in_menu"), 1),
        (fixture!("queue_one_answers"), 1),
        (fixture!("queue_missed_behind_menu"), 1),
        (fixture!("transferred"), 2),
        (fixture!("called_out"), 1),
        (fixture!("called_out_busy"), 1),
        (fixture!("forwarded_to_mobile"), 1),
        (fixture!("phone_to_phone"), 0),
        (fixture!("site_callback_lost_in_menu"), 2),
    ];
    let world = World::start().await;
    let mut expected = 0;
    for (mut bodies, records) in all {
        expected += records;
        bodies.reverse();
        post(&world, &bodies).await;
        world.retry_after(AFTER_THE_HOLD).await;
        world.retry_after(AFTER_THE_HOLD).await;
        assert_eq!(logged(&world).len(), expected, "{}", bodies[0].1);
    }
    assert!(logged(&world).iter().all(|record| record.revision == 1), "no record had to be corrected");
}

#[tokio::test]
async fn events_come_by_query_string_too() {
    let world = World::start().await;
    for (extension, body) in fixture!("called_out") {
        let uri = format!("{}?{body}", world.event_path(extension));
        let status = world.request(Request::get(uri), axum::body::Body::empty()).await;
        assert_eq!(status, 200);
        world.idle().await;
    }
    assert_eq!(logged(&world)[0].data["external_number"], "+442079460777");
}

#[tokio::test]
async fn repeated_events_change_nothing() {
    let world = World::start().await;
    for _ in 0..3 {
        post(&world, &fixture!("answered")).await;
    }
    // Another order of keys, other case: the same event.
    let reordered: Vec<_> = fixture!("answered")
        .into_iter()
        .map(|(extension, body)| {
            let mut fields: Vec<_> = body.split('&').collect();
            fields.reverse();
            (extension, fields.join("&").replace("CallID=", "callid=").replace("SubcallID", "subCallId"))
        })
        .collect();
    for (extension, body) in reordered {
        assert_eq!(world.post(extension, body).await, 200);
        world.idle().await;
    }
    assert_eq!(world.inbox.counters().requests, 3);
}
