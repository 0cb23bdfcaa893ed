//! SQS fails after the store succeeded, or while the retry run reads it: the sweep finds the work all the same.

use super::{Stroke, expected, post_until_taken, recover, remind, scenarios, strike_everywhere, verify};
use integration_tests::proxy::{Fault, Proxies, Proxy};
use integration_tests::world::World;

const FAULTS: [Fault; 4] = [Fault::Throttle, Fault::ServerError, Fault::Drop, Fault::LoseAnswer];

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
        proxies.sqs.fail_all(None, Fault::Drop);
        assert_eq!(post_until_taken(&world, &bodies).await, 0, "the PBX is told nothing of the queue");
        remind(&world, &bodies).await;
        recover(&world).await;
        verify(&world, &expected, name).await;
        proxies.sqs.heal();
        recover(&world).await;
        verify(&world, &expected, name).await;
    }
}
