//! Invocations, messages and retry runs that meet, and a clock that steps back: one record, and one attempt at a
//! time unless a lease has ended.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::join_all;
use ringbridge::model::delivery::AttemptClass::{Delivered, PerhapsDelivered};
use ringbridge::model::delivery::DeliveryState;
use simulators::crm::CrmFault;
use simulators::patience::PATIENCE;
use simulators::posting::Posting;
use simulators::world::World;

use super::{deliveries, expected, post_until_taken, recover, remind, scenarios, verify};
use crate::calls::{AFTER_THE_HOLD, fixture, logged};

/// Longer than a claim is held in this world.
const LEASE: Duration = Duration::from_secs(4);

/// How many requests of the inbox carried a record rather than a pop-up.
fn attempts(world: &World) -> usize {
    let requests = world.inbox.requests().into_iter();
    requests
        .filter(|request| matches!(request.body["type"].as_str(), Some("call.ended" | "call.missed")))
        .count()
}

/// Waits until the CRM has so many requests in hand.
async fn asked(world: &World, requests: u64) {
    let reached = world.inbox.wait_until(|state| state.counters.requests >= requests, PATIENCE);
    assert!(reached.await, "the CRM is asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_copies_of_each_event_give_one_attempt() {
    for (name, bodies) in scenarios() {
        let expected = expected(&bodies).await;
        let world = World::start().await;
        for (extension, body) in &bodies {
            let copies = join_all((0..5).map(|_| world.post(*extension, body.to_string()))).await;
            assert!(copies.iter().all(|status| *status == 200), "{name}");
            world.idle().await;
        }
        recover(&world).await;
        verify(&world, &expected, name).await;
        assert_eq!(attempts(&world), expected.len(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_events_of_one_call_give_its_records_once() {
    for round in 0..5 {
        for (name, bodies) in scenarios() {
            let expected = expected(&bodies).await;
            let world = World::start().await;
            let all = bodies
                .iter()
                .cycle()
                .take(bodies.len() * 2)
                .map(|(extension, body)| world.post(*extension, *body));
            assert!(join_all(all).await.iter().all(|status| *status == 200), "{name}");
            world.idle().await;
            recover(&world).await;
            verify(&world, &expected, &format!("{name}, round {round}")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn duplicated_messages_settled_at_once_make_one_attempt() {
    for (name, bodies) in scenarios() {
        let expected = expected(&bodies).await;
        let world = World::start().await;
        post_until_taken(&world, &bodies).await;
        for _ in 0..12 {
            remind(&world, &bodies).await;
        }
        world.clock.advance(AFTER_THE_HOLD);
        let runs = join_all((0..4).map(|_| world.retry())).await;
        assert_eq!(runs.iter().map(|report| report.messages).sum::<u64>(), 12, "{name}");
        recover(&world).await;
        verify(&world, &expected, name).await;
        assert_eq!(attempts(&world), expected.len(), "{name}");
    }
}

#[tokio::test]
async fn overlapping_retry_run_leaves_a_running_attempt_alone() {
    let bodies = fixture!("queue_missed_behind_menu");
    let expected = expected(&bodies).await;
    let world = World::start().await;
    post_until_taken(&world, &bodies).await;
    world.inbox.fail_next(1, &CrmFault::Held);
    world.clock.advance(AFTER_THE_HOLD);
    let second = async {
        asked(&world, 1).await;
        remind(&world, &bodies).await;
        let report = world.retry().await;
        assert_eq!((report.messages, report.failed), (1, 0));
        assert_eq!(attempts(&world), 1, "the claim holds");
        world.inbox.release();
    };
    tokio::join!(world.retry(), second);
    recover(&world).await;
    verify(&world, &expected, "overlapping runs").await;
    assert_eq!(attempts(&world), 1);
}

#[tokio::test]
async fn attempt_that_outlives_its_lease_meets_the_next_one_in_one_record() {
    for (name, bodies) in scenarios() {
        let expected = expected(&bodies).await;
        let world = World::start().await;
        // A's pop-ups come first, so the record's own attempt is chosen by its retry run.
        world.inbox.fail_next(100, &CrmFault::Status(503, None));
        post_until_taken(&world, &bodies).await;
        world.inbox.heal();
        world.inbox.fail_next(1, &CrmFault::Held);
        let before = world.inbox.counters().requests;
        world.clock.advance(Duration::from_mins(2));
        let second = async {
            asked(&world, before + 1).await;
            world.clock.advance(LEASE);
            world.retry().await;
            assert_eq!(world.inbox.counters().requests, before + 2, "{name}: the lease has ended");
            world.inbox.release();
        };
        tokio::join!(world.retry(), second);
        recover(&world).await;
        verify(&world, &expected, name).await;
        let [delivery] = deliveries(&world).await.try_into().unwrap();
        let classes: Vec<_> = delivery.attempts.iter().rev().take(2).map(|attempt| attempt.class).collect();
        assert_eq!(
            classes,
            [Delivered, PerhapsDelivered],
            "{name}: the first outcome came too late to count"
        );
        assert_eq!(logged(&world)[0].repeats, 1, "{name}: the CRM knew the second by its id");
    }
}

#[tokio::test]
async fn old_message_after_a_newer_delivery_changes_nothing() {
    let world = World::start().await;
    let bodies = fixture!("answered");
    post_until_taken(&world, &bodies).await;
    let (_, earlier) = Posting::from(bodies[1]).earlier(Duration::from_secs(3)).posted();
    post_until_taken(&world, &[(731_205, &earlier)]).await;
    let corrected = logged(&world);
    assert_eq!(corrected[0].revision, 2);
    remind(&world, &bodies).await;
    world.retry().await;
    recover(&world).await;
    assert_eq!(logged(&world), corrected);
    assert_eq!(attempts(&world), 2);
}

#[tokio::test]
async fn clock_that_steps_back_during_an_attempt_doubles_nothing() {
    for fault in [CrmFault::Held, CrmFault::Status(503, None)] {
        let bodies = fixture!("queue_missed_behind_menu");
        let expected = expected(&bodies).await;
        let world = World::start().await;
        post_until_taken(&world, &bodies).await;
        world.inbox.fail_next(1, &fault);
        let held = fault == CrmFault::Held;
        world.clock.advance(AFTER_THE_HOLD);
        let stepping = async {
            asked(&world, 1).await;
            world.clock.step_back(Duration::from_hours(1));
            world.inbox.release();
        };
        tokio::join!(world.retry(), stepping);
        world.retry().await;
        assert_eq!(attempts(&world), 1, "{fault:?}");
        world.clock.advance(Duration::from_hours(1));
        world.retry_after(Duration::from_mins(2)).await;
        recover(&world).await;
        verify(&world, &expected, &format!("{fault:?}")).await;
        assert_eq!(attempts(&world), if held { 1 } else { 2 }, "{fault:?}");
    }
}

#[tokio::test]
async fn clock_that_steps_back_between_attempts_only_delays() {
    let bodies = fixture!("queue_missed_behind_menu");
    let expected = expected(&bodies).await;
    let world = World::start().await;
    post_until_taken(&world, &bodies).await;
    world.inbox.fail_next(2, &CrmFault::Status(500, None));
    world.retry_after(AFTER_THE_HOLD).await;
    world.clock.step_back(Duration::from_hours(24));
    assert_eq!(world.retry_after(Duration::from_mins(2)).await.swept, 0, "its time is a day away");
    world.retry_after(Duration::from_hours(24)).await;
    assert_eq!(attempts(&world), 2);
    world.clock.step_back(Duration::from_mins(3));
    world.retry().await;
    world.retry_after(Duration::from_mins(10)).await;
    recover(&world).await;
    verify(&world, &expected, "after two steps back").await;
    assert_eq!(attempts(&world), 3);
}

#[tokio::test]
async fn clock_that_steps_back_after_a_crash_leaves_the_claim_until_its_time() {
    let bodies = fixture!("queue_missed_behind_menu");
    let expected = expected(&bodies).await;
    let world = World::start().await;
    post_until_taken(&world, &bodies).await;
    world.inbox.fail_next(1, &CrmFault::Hang);
    world.clock.advance(AFTER_THE_HOLD);
    {
        let (run, hangs) = (pin!(world.retry()), pin!(asked(&world, 1)));
        let crashed = futures_util::future::select(run, hangs).await;
        assert!(matches!(crashed, futures_util::future::Either::Right(_)));
    }
    world.clock.step_back(Duration::from_mins(10));
    world.retry().await;
    assert_eq!(attempts(&world), 1, "the claim holds");
    world.clock.advance(Duration::from_mins(10));
    recover(&world).await;
    verify(&world, &expected, "after the crash").await;
    let [delivery] = deliveries(&world).await.try_into().unwrap();
    assert_eq!((delivery.state, delivery.attempts.len()), (DeliveryState::Delivered, 2));
}
