//! The process ends, without a word, at every point where it waits: at each Pending of its future, and at each
//! request before and after it took effect. Then time passes and the retry job runs.

use std::cell::Cell;
use std::pin::pin;
use std::task::Poll;

use ringbridge::flow::call::receive::{self, Reception};
use ringbridge::model::call::CallEvent;
use serde_json::Value;
use simulators::patience::PATIENCE;
use simulators::proxy::{Proxies, Proxy, ProxyFault};
use simulators::world::World;

use super::{Bodies, expected, post_until_taken, recover, remind, scenarios, verify};
use crate::calls::AFTER_THE_HOLD;

/// Runs a future until its `nth` Pending and then drops it; `None` when it was cut off.
async fn cut_off<T>(future: impl Future<Output = T>, nth: usize) -> Option<T> {
    let mut future = Box::pin(future);
    let mut left = nth;
    let ended = std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => {
            left -= 1;
            if left == 0 { Poll::Ready(None) } else { Poll::Pending }
        }
    });
    ended.await
}

/// The events one after the other as the flows take them; counts those that the PBX got its 200 for.
async fn take(world: &World, bodies: &Bodies, answered: &Cell<usize>) {
    for (extension, body) in &bodies[answered.get()..] {
        let event = CallEvent::parse(body.as_bytes()).unwrap();
        let received = receive::receive(&world.deps, world.token(*extension).unwrap(), event).await.unwrap();
        answered.set(answered.get() + 1);
        match received {
            Reception::Stored(pending) => receive::settle(&world.deps, world.turn(), *pending).await.unwrap(),
            Reception::NothingToDo => {}
            Reception::UnknownToken | Reception::Flood => panic!("the token is known"),
        }
    }
}

/// What is left of the call, then recovery, then the proof.
async fn go_on(world: &World, bodies: &Bodies, answered: &Cell<usize>, expected: &[Value], what: &str) {
    // An event without an answer is posted again; one with a 200 never is.
    post_until_taken(world, &bodies[answered.get()..]).await;
    recover(world).await;
    verify(world, expected, what).await;
}

#[tokio::test]
async fn crash_at_every_await_of_receive_and_settle_loses_and_doubles_nothing() {
    for (name, bodies) in scenarios() {
        let expected = expected(&bodies).await;
        for nth in 1.. {
            assert!(nth < 2_000, "a call has an end");
            let (world, answered) = (World::start().await, Cell::new(0));
            let ended = cut_off(take(&world, &bodies, &answered), nth).await;
            go_on(&world, &bodies, &answered, &expected, &format!("{name}, cut off at {nth}")).await;
            if ended.is_some() {
                assert!(nth > bodies.len() * 3, "{name}: each event has three requests to wait for");
                break;
            }
        }
    }
}

#[tokio::test]
async fn crash_at_every_await_of_a_retry_run_loses_and_doubles_nothing() {
    for (name, bodies) in scenarios() {
        let expected = expected(&bodies).await;
        for nth in 1.. {
            assert!(nth < 2_000, "a retry run has an end");
            let (world, answered) = (World::start().await, Cell::new(bodies.len()));
            // Stored and then left alone, as if each invocation had died at its answer.
            for (extension, body) in &bodies {
                let event = CallEvent::parse(body.as_bytes()).unwrap();
                receive::receive(&world.deps, world.token(*extension).unwrap(), event).await.unwrap();
            }
            remind(&world, &bodies).await;
            world.clock.advance(AFTER_THE_HOLD);
            let ended = cut_off(world.retry(), nth).await;
            go_on(&world, &bodies, &answered, &expected, &format!("{name}, retry cut off at {nth}")).await;
            if ended.is_some() {
                break;
            }
        }
    }
}

/// Ends the process while the `nth` request to a server hangs; answers whether there was such a request.
async fn crash_at_request(
    bodies: &Bodies,
    expected: &[Value],
    which: fn(&Proxies) -> &Proxy,
    fault: ProxyFault,
    nth: usize,
) -> bool {
    let (world, proxies) = World::behind_proxies().await;
    let (proxy, answered) = (which(&proxies), Cell::new(0));
    proxy.fail(None, nth, fault);
    let whole = async {
        take(&world, bodies, &answered).await;
        remind(&world, bodies).await;
        world.retry_after(AFTER_THE_HOLD).await;
    };
    let crashed = {
        let (whole, hanging) = (pin!(whole), pin!(proxy.hangs().beyond(0)));
        matches!(futures_util::future::select(hanging, whole).await, futures_util::future::Either::Left(_))
    };
    proxy.heal();
    go_on(&world, bodies, &answered, expected, &format!("{fault:?} at {nth}, then a crash")).await;
    crashed
}

async fn crash_at_every_request(which: fn(&Proxies) -> &Proxy) {
    for (_, bodies) in scenarios() {
        let expected = expected(&bodies).await;
        for fault in [ProxyFault::Hang, ProxyFault::HangAfter] {
            let mut nth = 1;
            while Box::pin(crash_at_request(&bodies, &expected, which, fault, nth)).await {
                nth += 1;
                assert!(nth < 200, "a call has an end");
            }
            assert!(nth > 1);
        }
    }
}

#[tokio::test]
async fn crash_around_every_request_to_the_store_loses_and_doubles_nothing() {
    crash_at_every_request(|proxies| &proxies.dynamodb).await;
}

#[tokio::test]
async fn crash_around_every_request_to_the_queue_loses_and_doubles_nothing() {
    crash_at_every_request(|proxies| &proxies.sqs).await;
}

#[tokio::test]
async fn crash_while_the_crm_answers_repeats_under_the_same_id() {
    use simulators::crm::CrmFault;
    for (name, bodies) in scenarios() {
        let expected = expected(&bodies).await;
        for (fault, repeats) in [(CrmFault::Hang, 0), (CrmFault::Held, 1)] {
            let (world, answered) = (World::start().await, Cell::new(bodies.len()));
            for (extension, body) in &bodies {
                let event = CallEvent::parse(body.as_bytes()).unwrap();
                receive::receive(&world.deps, world.token(*extension).unwrap(), event).await.unwrap();
            }
            world.inbox.fail_next(1, &fault);
            world.clock.advance(AFTER_THE_HOLD);
            {
                let asked = world.inbox.wait_until(|state| state.counters.requests == 1, PATIENCE);
                let (retry, asked) = (pin!(world.retry()), pin!(asked));
                let crashed = futures_util::future::select(retry, asked).await;
                assert!(matches!(crashed, futures_util::future::Either::Right((true, _))), "{name}");
            }
            go_on(&world, &bodies, &answered, &expected, name).await;
            let records = crate::calls::logged(&world);
            assert_eq!(records.iter().map(|record| record.repeats).sum::<u64>(), repeats, "{name} {fault:?}");
            let attempts = super::deliveries(&world).await.iter().map(|one| one.attempts.len()).max();
            assert_eq!(attempts, Some(2), "{name}: the cut-off attempt is in the log");
        }
    }
}
