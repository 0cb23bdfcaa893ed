//! SQS finds nothing although something is there, fails after the store succeeded, or while the retry run reads it: the sweep finds the work all the same.

use std::time::Duration;

use super::{Stroke, expected, post_until_taken, recover, remind, scenarios, strike_everywhere, verify};
use ringbridge::flow::retry;
use simulators::proxy::{Proxies, Proxy, ProxyFault};
use simulators::world::World;

use crate::calls::{AFTER_THE_HOLD, fixture};

const FAULTS: [ProxyFault; 4] =
    [ProxyFault::Throttle, ProxyFault::ServerError, ProxyFault::Drop, ProxyFault::LoseAnswer];

const fn queue(proxies: &Proxies) -> &Proxy {
    &proxies.sqs
}

async fn every_request(operation: &'static str) {
    let mut requests = 0;
    for (_, bodies) in scenarios() {
        for fault in FAULTS {
            let stroke = Stroke { which: queue, operation: Some(operation), fault };
            requests += strike_everywhere(&bodies, stroke).await;
        }
    }
    assert!(requests >= FAULTS.len(), "{operation} was never asked for");
}

#[tokio::test]
async fn reminder_that_is_not_sent_loses_nothing() {
    every_request("SendMessage").await;
}

#[tokio::test]
async fn queue_that_is_not_read_loses_nothing() {
    every_request("ReceiveMessage").await;
}

#[tokio::test]
async fn message_that_is_not_deleted_doubles_nothing() {
    every_request("DeleteMessage").await;
}

#[tokio::test]
async fn sweep_alone_settles_everything_while_the_queue_is_down() {
    for (name, bodies) in scenarios() {
        let expected = expected(&bodies).await;
        let (world, proxies) = World::behind_proxies().await;
        proxies.sqs.fail_all(None, ProxyFault::Drop);
        assert_eq!(post_until_taken(&world, &bodies).await, 0, "the PBX is told nothing of the queue");
        remind(&world, &bodies).await;
        recover(&world).await;
        verify(&world, &expected, name).await;
        proxies.sqs.heal();
        recover(&world).await;
        verify(&world, &expected, name).await;
    }
}

#[tokio::test]
async fn look_that_finds_nothing_by_chance_is_not_the_last_one() {
    let (world, proxies) = World::behind_proxies().await;
    let bodies = fixture!("queue_missed_behind_menu");
    post_until_taken(&world, &bodies).await;
    remind(&world, &bodies).await;
    world.clock.advance(AFTER_THE_HOLD);
    let mut deps = world.retry_deps();
    deps.last_look = Duration::from_secs(1);
    // The first look; and the last one, which would wait for a second.
    for nth in [1, 4] {
        proxies.sqs.fail(Some("ReceiveMessage"), nth, ProxyFault::Empty);
    }
    proxies.sqs.clear();
    assert_eq!(retry::run(&deps, Duration::from_mins(1)).await.messages, 1);
    let bodies = proxies.sqs.take_bodies();
    let waits = bodies.iter().filter(|(operation, _)| operation == "ReceiveMessage").map(|(_, body)| {
        let asked: serde_json::Value = serde_json::from_slice(body).unwrap();
        asked["WaitTimeSeconds"].as_u64()
    });
    assert_eq!(waits.collect::<Vec<_>>(), [0, 1, 0, 1].map(Some));
}

#[tokio::test]
async fn run_beside_an_event_source_leaves_the_queue_alone_and_sweeps() {
    let (world, proxies) = World::behind_proxies().await;
    let bodies = fixture!("queue_missed_behind_menu");
    let expected = expected(&bodies).await;
    post_until_taken(&world, &bodies).await;
    remind(&world, &bodies).await;
    world.clock.advance(AFTER_THE_HOLD);
    let mut deps = world.retry_deps();
    deps.drains_queue = false;
    proxies.sqs.clear();
    let report = retry::run(&deps, Duration::from_mins(1)).await;
    assert_eq!((report.messages, report.out_of_time), (0, false));
    assert!(!proxies.sqs.requests().iter().any(|one| one == "ReceiveMessage"));
    verify(&world, &expected, "swept").await;
}
