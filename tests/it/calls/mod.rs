//! Calls end to end: events posted to the real router, stored in DynamoDB, delivered to a CRM.

mod bad_input;
mod delivery;
mod generated;
pub(crate) mod holding;
mod log;
mod pauses;
mod scenarios;

use std::time::Duration;

use http::StatusCode;
use simulators::crm::Record;
use simulators::world::World;

/// Longer than the hold and the lease: whatever was due is found by the sweep.
pub(crate) const AFTER_THE_HOLD: Duration = Duration::from_secs(65);

/// The bodies of a fixture, with the extension that posts each.
pub(crate) fn bodies(text: &str) -> Vec<(u64, &str)> {
    let bodies = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    bodies
        .map(|body| {
            let leg = body.split('&').find_map(|pair| pair.strip_prefix("SubCallID=")).unwrap();
            (leg.split_once('-').unwrap().0.parse().unwrap(), body)
        })
        .collect()
}

macro_rules! fixture {
    ($name:literal) => {
        crate::calls::bodies(include_str!(concat!("../../fixtures/calls/", $name, ".txt")))
    };
}
pub(crate) use fixture;

/// Posts bodies one after another, each settled before the next.
pub(crate) async fn post<B: AsRef<str>>(world: &World, bodies: &[(u64, B)]) {
    for (extension, body) in bodies {
        assert_eq!(world.post(*extension, body.as_ref().to_owned()).await, StatusCode::OK);
        world.idle().await;
    }
}

/// The records that log a call: no pop-ups that nothing followed, and nothing that was withdrawn.
pub(crate) fn logged(world: &World) -> Vec<Record> {
    let mut logged = world.inbox.standing();
    logged.sort_by_key(|record| record.data["started_at"].to_string());
    logged
}
