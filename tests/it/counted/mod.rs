//! Each metric that an alarm or the table of promises reads is counted by the situation that it is for (docs/logging.md §4).

use std::collections::BTreeMap;
use std::time::Duration;

use ringbridge::clock::Clock as _;
use ringbridge::flow::call::flood::EVENTS_AT_ONCE;
use ringbridge::metrics::{self, Metric};
use simulators::crm::CrmFault;
use simulators::pbx::{Matcher, PbxFault};
use simulators::world::World;

use crate::calls::holding::taken_on_the_second_phone;
use crate::calls::{AFTER_THE_HOLD, fixture, post};
use crate::settings::world::{MARY, SettingsWorld};

type Values = Vec<(Metric, u64)>;

/// Does work, and says what it counted; boxed, since it is large.
async fn counted<T>(work: impl Future<Output = T>) -> (T, Values) {
    Box::pin(metrics::counted(Box::pin(work))).await
}

/// Sums by metric.
fn sums(values: Values) -> BTreeMap<&'static str, u64> {
    let mut sums = BTreeMap::new();
    for (metric, value) in values {
        *sums.entry(metric.name).or_default() += value;
    }
    sums
}

/// What retry runs count, one after each of these waits.
async fn runs(world: &World, waits: &[Duration]) -> BTreeMap<&'static str, u64> {
    let mut all = Vec::new();
    for wait in waits {
        all.extend(counted(Box::pin(world.retry_after(*wait))).await.1);
    }
    sums(all)
}

/// A world whose CRM fails the one record's attempts in this way, and nothing else.
async fn failing(times: usize, fault: &CrmFault) -> World {
    let world = World::start().await;
    world.inbox.fail_next(times, fault);
    post(&world, &fixture!("called_out")[2..]).await;
    world
}

#[tokio::test]
async fn attempts_are_counted_by_the_state_after_them() {
    let world = failing(2, &CrmFault::Status(503, None)).await;
    let sums = runs(&world, &[AFTER_THE_HOLD, Duration::from_mins(2), Duration::from_mins(6)]).await;
    assert_eq!(
        (sums["RecordsWaiting"], sums["RecordsDelivered"], sums["RetryAttempts"]),
        (2, 1, 2),
        "{sums:?}"
    );
    assert!(sums["EventToCrmMillis"] > 60_000, "{sums:?}");
    let world = failing(100, &CrmFault::Status(500, None)).await;
    let sums = runs(&world, &[Duration::from_hours(14); 8]).await;
    assert_eq!(sums["RecordsGaveUp"], 1, "{sums:?}");
    let world = failing(1, &CrmFault::Status(422, None)).await;
    let sums = runs(&world, &[AFTER_THE_HOLD]).await;
    assert_eq!((sums["RecordsParked"], sums.get("ConnectionsPaused")), (1, None), "{sums:?}");
}

#[tokio::test]
async fn a_paused_connection_is_counted_once() {
    let world = failing(5, &CrmFault::Status(401, None)).await;
    let sums = runs(&world, &[AFTER_THE_HOLD, Duration::from_hours(1)]).await;
    assert_eq!((sums["ConnectionsPaused"], sums["RecordsParked"]), (1, 1), "{sums:?}");
}

#[tokio::test]
async fn refused_credentials_of_a_pbx_pause_it() {
    let world = SettingsWorld::connected().await;
    world.pbx.revoke_tokens();
    let refused = PbxFault::Status(401, r#"{"error":"invalid_client"}"#.to_owned());
    world.pbx.fail_next(Matcher::new("POST", "/oauth/token"), refused);
    let (_, values) = counted(world.map_all()).await;
    assert_eq!(sums(values).get("ConnectionsPaused"), Some(&1));
}

#[tokio::test]
async fn what_is_taken_back_is_counted() {
    let world = World::start().await;
    post(&world, &fixture!("rang_in_vain")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    world.inbox.fail_next(6, &CrmFault::Status(503, None));
    post(&world, &taken_on_the_second_phone()).await;
    let sums = runs(&world, &[Duration::from_mins(30); 6]).await;
    assert_eq!(sums["RecordsWithdrawn"], 1, "{sums:?}");
}

#[tokio::test]
async fn calls_that_only_the_history_tells_of_are_counted() {
    let (world, _inbox) = SettingsWorld::deaf().await;
    world.play("A").await;
    world.play("D").await;
    let (_, values) = counted(world.retry_after(Duration::from_mins(45))).await;
    assert_eq!(sums(values).get("CallsRecovered"), Some(&2));
}

#[tokio::test]
async fn a_phone_without_room_for_our_events_is_counted() {
    let world = SettingsWorld::connected().await;
    for n in 0..15 {
        world.pbx.add_foreign_event(MARY, &format!("https://other.example/{n}"), "hangup", "POST");
    }
    let (_, values) = counted(world.map_all()).await;
    let sums = sums(values);
    assert_eq!(sums.get("ExtensionsFull"), Some(&1));
    assert!(sums["PbxRequestsLeft"] > 0, "{sums:?}");
}

#[tokio::test]
async fn events_are_counted_at_the_door_and_so_are_refusals() {
    let world = World::start().await;
    let event = fixture!("called_out")[2].1;
    let (status, values) = counted(world.post(731_205, event)).await;
    // What follows the answer is a line of its own.
    assert_eq!((status.as_u16(), sums(values)), (200, BTreeMap::new()));
    let (status, values) = counted(world.post(731_205, "%%%")).await;
    let refused = sums(values);
    assert_eq!((status.as_u16(), refused["Events"], refused["EventsRefused"]), (400, 1, 1));
    assert_eq!(refused.get("EventsFlooded"), None, "{refused:?}");
    for _ in 0..=EVENTS_AT_ONCE {
        world.deps.flood.admit(&world.token(731_205).unwrap().digest(), world.clock.now());
    }
    let (status, values) = counted(world.post(731_205, event)).await;
    let flooded = sums(values);
    assert_eq!((status.as_u16(), flooded["EventsRefused"], flooded["EventsFlooded"]), (429, 1, 1));
}

#[tokio::test]
async fn an_event_that_can_not_be_stored_is_counted() {
    let mut world = World::start().await;
    world.stop_aws().await;
    let (status, values) = counted(world.post(731_205, fixture!("called_out")[2].1)).await;
    assert_eq!((status.as_u16(), sums(values)["EventsUnstored"]), (503, 1));
}

#[tokio::test]
async fn a_run_says_that_there_were_no_events_and_how_late_the_oldest_work_is() {
    let world = World::start().await;
    let sums = runs(&world, &[Duration::from_mins(1)]).await;
    assert_eq!(
        (sums["Events"], sums["OldestDueSeconds"]),
        (0, 0),
        "silence is told from a stack that is silent"
    );
}

#[test]
fn what_several_functions_write_is_told_apart_by_function() {
    let now = ringbridge::clock::Timestamp::from_secs(1_788_264_000);
    let values = [(metrics::RECORDS_PARKED, 1), (metrics::RETRY_ATTEMPTS, 1)];
    let line = metrics::line("Ringbridge/test", Some("retry-job"), now, &values);
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    let by = |name: &str| {
        let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
        let of = |one: &&serde_json::Value| one["Metrics"][0]["Name"] == name;
        directives.iter().find(of).unwrap()["Dimensions"].clone()
    };
    assert_eq!(by("RetryAttempts"), serde_json::json!([[]]));
    assert_eq!(by("RecordsParked"), serde_json::json!([[], ["function"]]));
    assert_eq!(line["function"], "retry-job");
}
