//! An event proves the list of extensions too old: it is read again in the background, at most once an hour, within
//! what the PBX's hourly limit leaves to background work.

use std::time::Duration;

use http::StatusCode;
use ringbridge::clock::Clock as _;
use ringbridge::model::connection::Connection;
use ringbridge::storage::Stored;
use serde_json::json;
use simulators::pbx::{Extension, ExtensionKind, Matcher, PbxFault};

use super::world::{CLIENT, MARY, SettingsWorld};

const NEW: u64 = 731_208;

async fn stored(world: &SettingsWorld) -> Stored<Connection> {
    world.deps.calls.store.connection(world.id()).await.unwrap().expect("a connection")
}

/// Says that the list is too old, as an event does that knows the connection; whether that was news.
async fn mark(world: &SettingsWorld) -> bool {
    let connection = stored(world).await;
    world.deps.calls.store.mark_list_stale(&connection, world.clock.now()).await.unwrap()
}

/// A connected and mapped PBX, on which a phone was set up since.
async fn with_a_new_phone() -> SettingsWorld {
    let world = SettingsWorld::connected().await;
    world.map_all().await;
    world.pbx.edit_tenant(CLIENT, |tenant| {
        tenant.extensions.push(Extension::new(NEW, "208", ExtensionKind::Phone, "New"));
    });
    world.requests();
    world
}

async fn knows(world: &SettingsWorld, extension: u64) -> bool {
    let list = world.get("/api/v1/extensions").await.1;
    list["items"].as_array().expect("a list").iter().any(|one| one["id"] == extension)
}

#[tokio::test]
async fn list_is_read_once_by_the_next_run() {
    let world = with_a_new_phone().await;
    assert!(mark(&world).await);
    assert!(!knows(&world, NEW).await);
    assert_eq!(world.retry().await.failed, 0);
    assert!(knows(&world, NEW).await);
    assert_eq!(world.requests().len(), 3, "client, limits and list");
    let numbers = stored(&world).await.value.numbers;
    assert!(numbers.party("208").is_extension(), "a bare number in the list is internal");
    assert!(world.ours(NEW).is_empty(), "events change when a mapping is saved, not otherwise");
    world.retry_after(Duration::from_mins(2)).await;
    assert_eq!(world.requests(), Vec::<String>::new(), "it is not due any more");
}

/// How often the list was read since this was last asked.
fn reads(world: &SettingsWorld) -> usize {
    world.requests().iter().filter(|line| line.contains("/client/@me/extension/")).count()
}

#[tokio::test]
async fn list_is_read_at_most_once_an_hour() {
    let world = with_a_new_phone().await;
    assert!(mark(&world).await && !mark(&world).await);
    world.clock.advance(Duration::from_mins(20));
    world.retry().await;
    assert_eq!(reads(&world), 1);
    world.clock.advance(Duration::from_mins(59));
    assert!(!mark(&world).await);
    world.retry().await;
    assert_eq!(reads(&world), 0);
    world.clock.advance(Duration::from_mins(2));
    assert!(mark(&world).await);
    world.retry().await;
    assert_eq!(reads(&world), 1);
}

#[tokio::test]
async fn mark_costs_one_write_and_nothing_when_it_stands() {
    let world = with_a_new_phone().await;
    let hand = world.hand().await;
    let (store, now) = (&hand.deps.calls.store, world.clock.now());
    let before = stored(&world).await;
    assert!(store.mark_list_stale(&before, now).await.unwrap());
    assert_eq!(hand.proxy.requests(), ["PutItem"]);
    // Whoever read the connection before the mark is told by their own write.
    assert!(!store.mark_list_stale(&before, now).await.unwrap());
    assert_eq!(hand.proxy.requests().len(), 2);
    let after = stored(&world).await;
    assert!(!store.mark_list_stale(&after, now).await.unwrap());
    assert_eq!(hand.proxy.requests().len(), 2);
}

#[tokio::test]
async fn list_waits_for_the_next_hour_when_the_budget_is_low() {
    let world = with_a_new_phone().await;
    // What is left is reserved to people.
    let mut state = world.deps.settings.store.pbx_state(world.id()).await.unwrap();
    let budget = state.value.budget.as_mut().expect("the PBX has said it");
    budget.remaining = budget.reserve();
    let reset = budget.resets_at.since(world.clock.now());
    world.deps.settings.store.save_pbx_state(world.id(), &state).await.unwrap();
    mark(&world).await;
    for _ in 0..3 {
        world.retry().await;
        assert!(world.requests().is_empty());
    }
    world.retry_after(reset + Duration::from_secs(1)).await;
    assert!(knows(&world, NEW).await);
}

#[tokio::test]
async fn failed_read_is_not_repeated_before_another_event_asks_for_it() {
    let world = with_a_new_phone().await;
    let broken = PbxFault::Status(503, String::new());
    world.pbx.fail_next(Matcher::new("GET", "/client/@me/extension/"), broken);
    mark(&world).await;
    world.retry().await;
    assert!(!world.requests().is_empty() && !knows(&world, NEW).await);
    for _ in 0..3 {
        world.retry_after(Duration::from_mins(25)).await;
        assert_eq!(reads(&world), 0);
    }
    assert!(mark(&world).await, "an hour later");
    world.retry().await;
    assert!(knows(&world, NEW).await);
}

#[tokio::test]
async fn list_that_the_administrator_reads_themselves_is_not_read_again() {
    let world = with_a_new_phone().await;
    mark(&world).await;
    assert_eq!(world.post("/api/v1/connection/refresh", &json!({})).await.0, StatusCode::OK);
    world.requests();
    world.retry().await;
    assert!(world.requests().is_empty());
}

#[tokio::test]
async fn run_that_dies_while_it_reads_is_followed_by_one_that_does() {
    for requests in 1..60 {
        let world = with_a_new_phone().await;
        mark(&world).await;
        world.fuse.burn_after(requests);
        world.retry().await;
        let died = world.fuse.mend();
        world.retry_after(Duration::from_mins(11)).await;
        assert!(knows(&world, NEW).await, "after {requests} requests");
        if !died {
            return;
        }
    }
}

#[tokio::test]
async fn connection_that_is_being_removed_is_not_read_and_not_due_for_ever() {
    let world = with_a_new_phone().await;
    mark(&world).await;
    let removed = format!("/extension/{MARY}/");
    world.pbx.fail_next(Matcher::new("DELETE", &removed), PbxFault::Status(503, String::new()));
    assert_eq!(world.delete("/api/v1/connection").await.0, StatusCode::ACCEPTED);
    assert!(!mark(&world).await);
    world.requests();
    world.retry_after(Duration::from_mins(2)).await;
    let requests = world.requests();
    assert!(!requests.iter().any(|line| line.contains("/client/")), "{requests:?}");
    assert_eq!(world.items().await, 0);
}
