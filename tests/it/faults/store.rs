//! DynamoDB throttles, fails, loses its answer or hangs, at each request of a call and of its retry runs.

use super::{Bodies, Stroke, expected, post_once, recover, scenarios, strike, strike_everywhere, verify};
use crate::calls::fixture;
use http::StatusCode;
use simulators::proxy::{Proxies, Proxy, ProxyFault};
use simulators::world::World;

const fn store(proxies: &Proxies) -> &Proxy {
    &proxies.dynamodb
}

async fn every_request(fault: ProxyFault, scenarios: &[(&str, Bodies)]) {
    for (name, bodies) in scenarios {
        let requests = strike_everywhere(bodies, Stroke { which: store, operation: None, fault }).await;
        assert!(requests > 6, "{name}: {requests} requests, fewer than a call makes");
    }
}

#[tokio::test]
async fn throttled_request_loses_and_doubles_nothing() {
    every_request(ProxyFault::Throttle, &scenarios()[..1]).await;
}

#[tokio::test]
async fn failing_request_loses_and_doubles_nothing() {
    every_request(ProxyFault::ServerError, &scenarios()[2..]).await;
}

#[tokio::test]
async fn request_that_never_arrived_loses_and_doubles_nothing() {
    every_request(ProxyFault::Drop, &scenarios()).await;
}

#[tokio::test]
async fn lost_answer_loses_and_doubles_nothing() {
    every_request(ProxyFault::LoseAnswer, &scenarios()).await;
}

#[tokio::test]
async fn hanging_write_loses_and_doubles_nothing() {
    let bodies = fixture!("called_out");
    let expected = expected(&bodies).await;
    for fault in [ProxyFault::Hang, ProxyFault::HangAfter] {
        let stroke = Stroke { which: store, operation: Some("UpdateItem"), fault };
        // The store's first write, then a claim and an outcome among those that follow.
        for nth in [1, 3, 4] {
            assert!(strike(&bodies, &expected, stroke, nth).await, "write {nth}");
        }
    }
}

#[tokio::test]
async fn refused_event_is_not_pretended_to_be_stored() {
    for (fault, stored) in [
        (ProxyFault::Throttle, 0),
        (ProxyFault::ServerError, 0),
        (ProxyFault::Drop, 0),
        (ProxyFault::LoseAnswer, 1),
    ] {
        let (world, proxies) = World::behind_proxies().await;
        let (extension, body) = fixture!("answered")[0];
        proxies.dynamodb.fail(Some("UpdateItem"), 1, fault);
        assert_eq!(post_once(&world, extension, body).await, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(world.inbox.counters().requests, 0, "{fault:?}: nothing is told before it is stored");
        let all = world.aws.dynamodb().scan().table_name(&world.table).send().await.unwrap();
        let legs = all.items().iter().filter(|item| item["pk"].as_s().unwrap().starts_with("K#")).count();
        assert_eq!(legs, stored, "{fault:?}");
    }
}

#[tokio::test]
async fn stored_event_survives_an_outage_that_begins_after_its_answer() {
    for (name, bodies) in scenarios() {
        let expected = expected(&bodies).await;
        let (world, proxies) = World::behind_proxies().await;
        for (extension, body) in &bodies {
            // The first write is the event's own; all that follows fails.
            proxies.dynamodb.fail(Some("UpdateItem"), 2, ProxyFault::Throttle);
            proxies.dynamodb.fail(Some("UpdateItem"), 2, ProxyFault::Drop);
            proxies.dynamodb.fail_all(Some("Query"), ProxyFault::ServerError);
            assert_eq!(post_once(&world, *extension, body).await, StatusCode::OK);
            world.retry().await;
            proxies.dynamodb.heal();
        }
        recover(&world).await;
        verify(&world, &expected, name).await;
    }
}

#[tokio::test]
async fn outage_during_retry_runs_only_delays() {
    for (name, bodies) in scenarios() {
        let expected = expected(&bodies).await;
        let (world, proxies) = World::behind_proxies().await;
        world.inbox.fail_next(100, &simulators::crm::CrmFault::Status(500, None));
        super::post_until_taken(&world, &bodies).await;
        world.inbox.heal();
        for fault in [ProxyFault::Throttle, ProxyFault::Drop, ProxyFault::Garbage] {
            proxies.dynamodb.fail_all(None, fault);
            let report = world.retry_after(std::time::Duration::from_mins(2)).await;
            assert_eq!(report.settled, 0, "{name}");
            proxies.dynamodb.heal();
        }
        for _ in 0..4 {
            world.retry_after(std::time::Duration::from_mins(6)).await;
        }
        verify(&world, &expected, name).await;
    }
}
