//! The PBX's hourly limit of requests: nothing is sent after it is used up, a reserve is left to people, and a large
//! PBX is set up over the hours (R10).

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use simulators::pbx::{Matcher, PbxFault, Tenant};

use super::world::{CLIENT, MARY, QUEUE, SettingsWorld, mapping};

const HOUR: i64 = 3_600_000_000;

#[tokio::test]
async fn four_hundred_phones_are_set_up_within_a_thousand_requests_an_hour() {
    let mut world = SettingsWorld::with(vec![Tenant::demo().with_phones(397)], &[]).await;
    world.connect().await;
    let extensions = world.get("/api/v1/extensions").await.1;
    let phones: Vec<u64> = extensions["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["type"] == "phone")
        .map(|one| one["id"].as_u64().unwrap())
        .collect();
    assert_eq!(phones.len(), 400);
    let users: Vec<_> = phones.iter().map(|id| (format!("u{id}"), [*id])).collect();
    let users: Vec<_> = users.iter().map(|(user, ids)| (user.as_str(), ids.as_slice())).collect();
    let (status, body) = world.put("/api/v1/mapping", &mapping(&users)).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(body["progress"]["total"], 402);
    let mut done = body["progress"]["done"].as_u64().unwrap();
    for _ in 0..4 {
        world.retry().await;
        let progress = world.get("/api/v1/provisioning").await.1;
        let now = progress["progress"]["done"].as_u64().unwrap();
        assert!(now > done || now == 402, "{progress}");
        done = now;
        if done < 402 {
            assert_ne!(progress["next_attempt_at"], Value::Null);
            assert_eq!(world.notices().await, ["pbx-budget"]);
            let sent = world.pbx.ledger().len();
            world.retry_after(Duration::from_mins(20)).await;
            assert_eq!(world.pbx.ledger().len(), sent, "nothing is sent before the reset");
        }
        world.clock.advance(Duration::from_mins(40));
    }
    assert_eq!(done, 402);
    assert!(phones.iter().all(|phone| world.ours(*phone).len() == 4));
    assert_eq!(world.notices().await, Vec::<String>::new());
    assert_eq!(world.pbx.violations(), []);
    let mut hours = std::collections::BTreeMap::<i64, u32>::new();
    for entry in world.pbx.ledger() {
        if entry.path.starts_with("/api") && !entry.path.contains("/call_history/") {
            *hours.entry(entry.at.div_euclid(HOUR)).or_default() += 1;
        }
    }
    assert!(hours.values().all(|sent| *sent <= 900), "a reserve is left to people: {hours:?}");
    // One list for each extension, one request for each event, and connecting; two lists of agents, and the same for each
    // of three.
    assert_eq!(hours.values().sum::<u32>(), 402 + 1_602 + 8 + 2 + 3 + 6);
}

#[tokio::test]
async fn after_the_limit_nothing_is_sent_before_the_reset() {
    let world = SettingsWorld::connected().await;
    let limited = PbxFault::Status(429, json!({"message": "x", "status": "rate_limit_exceeded"}).to_string());
    world.pbx.fail_next(Matcher::new("POST", &format!("/extension/{MARY}/")).after(1), limited);
    let (status, body) = world.map_all().await;
    assert_eq!(status, StatusCode::ACCEPTED, "{body}");
    world.requests();
    world.map_all().await;
    world.post("/api/v1/provisioning/retry", &json!({})).await;
    assert_eq!(world.post("/api/v1/connection/refresh", &json!({})).await.0, StatusCode::TOO_MANY_REQUESTS);
    world.retry_after(Duration::from_mins(30)).await;
    assert!(world.requests().is_empty());
    assert_eq!(world.get("/api/v1/connection").await.1["health"]["pbx"], "waiting");
    world.retry_after(Duration::from_mins(31)).await;
    assert_eq!(world.ours(MARY).len(), 4);
    assert_eq!(world.ours(QUEUE).len(), 1);
    assert_eq!(world.pbx.violations(), []);
}

#[tokio::test]
async fn a_small_limit_is_kept_too() {
    let mut world = SettingsWorld::start().await;
    world.pbx.set_rate_limit(CLIENT, 12);
    world.connect().await;
    world.map_all().await;
    for _ in 0..4 {
        world.retry_after(Duration::from_mins(61)).await;
    }
    let refused = world.pbx.ledger().iter().filter(|entry| entry.status == Some(429)).count();
    assert_eq!((refused, world.pbx.violations()), (0, Vec::new()));
    assert_eq!(world.get("/api/v1/provisioning").await.1["progress"]["done"], 5);
}
