//! Whole stories: a customer connects, the simulated PBX plays a call to the URLs that were installed on it, and the CRM
//! has it. Each part is the real one, joined over loopback; what is left due at the end fails the story.

use std::time::Duration;

use axum::Router;
use ringbridge::storage::keys;
use serde_json::json;
use simulators::crm::{CrmFault, Inbox};
use simulators::pbx::Tenant;
use simulators::settled;
use simulators::world::SECRET;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use crate::settings::world::SettingsWorld;

/// Longer than the hold and every short wait.
const A_WHILE: Duration = Duration::from_mins(10);

/// A customer whose calls come all the way.
struct Story {
    world: SettingsWorld,
    crm: Inbox,
    server: AbortHandle,
    ended: bool,
}

impl Story {
    /// The demo client connects, and maps Mary, John and Zoë.
    async fn begin() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = format!("http://{}", listener.local_addr().unwrap());
        let extra = [("RINGBRIDGE_PUBLIC_URL", here.as_str())];
        let mut world = SettingsWorld::with(vec![Tenant::demo()], &extra).await;
        world.pbx.set_ours(&here);
        let router: Router = settled::router(world.deps.calls.clone()).merge(world.router.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await }).abort_handle();
        world.connect().await;
        let crm = Inbox::start(0, SECRET).unwrap();
        let inbox = json!({ "crm": { "kind": "webhook", "url": crm.url(), "secret": SECRET } });
        assert_eq!(world.patch(&inbox).await.0, 200);
        assert_eq!(world.map_all().await.0, 200);
        // Calls that began before the connection did are not ours to log.
        world.clock.advance(A_WHILE);
        Self { world, crm, server, ended: false }
    }

    /// What stands in the CRM: kind, place or person, seconds of talk.
    fn standing(&self) -> Vec<String> {
        let mut records = self.crm.standing();
        records.sort_by_key(|record| record.data["started_at"].to_string());
        let of = |record: &simulators::crm::Record| {
            let data = &record.data;
            format!("{} {} {} {}", record.kind, data["outcome"], data["internal_number"], data["crm_user"])
                .replace('"', "")
        };
        records.iter().map(of).collect()
    }

    /// Lets a day pass, in which nothing may be left due, late, doubled or unanswered.
    async fn end(mut self) -> Vec<String> {
        self.ended = true;
        for _ in 0..24 {
            self.world.retry_after(Duration::from_hours(1)).await;
        }
        let ever = ringbridge::clock::Timestamp::from_micros(i64::MAX);
        for shard in keys::due_shards() {
            let left = self.world.deps.calls.store.due(&shard, ever, None, 1000).await.unwrap().items;
            let calls: Vec<_> = left.iter().filter(|key| format!("{key:?}").contains("K#")).collect();
            assert!(calls.is_empty(), "left due: {calls:?}");
        }
        assert!(self.world.pbx.violations().is_empty(), "{:?}", self.world.pbx.violations());
        self.standing()
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        self.server.abort();
        // Whether something is left due can't be asked here; that nobody asked can be seen.
        assert!(self.ended || std::thread::panicking(), "a story ends by `end`, which looks what is left");
    }
}

#[tokio::test]
async fn every_kind_of_call_comes_from_the_pbx_to_the_crm_once() {
    let table: [(&str, &[&str]); 10] = [
        ("A", &["call.ended answered 4821*205 u1"]),
        ("B", &["call.missed missed 4821*205 u1"]),
        ("D", &["call.missed missed 4821*099 null"]),
        ("E", &["call.ended answered 4821*205 u1"]),
        ("F", &["call.missed missed 4821*801 null"]),
        ("G-direct", &["call.ended answered 4821*205 u1", "call.ended answered 4821*206 u2"]),
        ("H", &["call.ended answered 4821*205 u1"]),
        ("I", &["call.ended busy 4821*205 u1"]),
        ("K", &[]),
        ("S", &["call.ended answered 4821*205 u1"]),
    ];
    for (scenario, expected) in table {
        let story = Story::begin().await;
        story.world.play(scenario).await;
        assert_eq!(story.end().await, expected, "{scenario}");
    }
}

#[tokio::test]
async fn calls_of_a_bad_day_of_the_crm_are_there_the_next_day() {
    let story = Story::begin().await;
    story.crm.fail_next(5, &CrmFault::Status(503, None));
    for scenario in ["A", "F", "H"] {
        story.world.play(scenario).await;
    }
    assert!(story.standing().is_empty(), "nothing came through");
    let expected = [
        "call.ended answered 4821*205 u1",
        "call.missed missed 4821*801 null",
        "call.ended answered 4821*205 u1",
    ];
    assert_eq!(story.end().await, expected);
}
