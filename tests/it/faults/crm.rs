//! Every way in which a CRM can fail an attempt: what the log says of it, and that the record arrives once.

use std::time::Duration;

use ringbridge::clock::Clock as _;
use ringbridge::model::delivery::AttemptClass::{
    Delivered, Gone, PerhapsDelivered, Refused, Throttled, Transient, Unauthorised,
};
use ringbridge::model::delivery::DeliveryState::{self, Parked, Waiting};
use ringbridge::model::secret::Secret;
use simulators::crm::CrmFault;
use simulators::net::ClosedPort;
use simulators::patience::PATIENCE;
use simulators::world::World;

use super::{deliveries, expected, post_until_taken, verify};
use crate::calls::{AFTER_THE_HOLD, fixture, logged};
use crate::patience::without_waiting;

/// A hangup alone, whose record is made by the first retry run: no pop-up takes the fault.
fn one_record() -> Vec<(u64, &'static str)> {
    fixture!("called_out")[2..].to_vec()
}

#[tokio::test]
async fn each_failure_has_its_state_attempts_and_class() {
    let answer = |code| CrmFault::Status(code, None);
    let expected = expected(&one_record()).await;
    for (fault, state, class, status, used, repeats) in [
        (answer(400), Parked, Refused, Some(400), 1, 0),
        (answer(404), Parked, Refused, Some(404), 1, 0),
        (answer(422), Parked, Refused, Some(422), 1, 0),
        (CrmFault::Redirect, Parked, Refused, Some(307), 1, 0),
        (answer(401), Parked, Unauthorised, Some(401), 1, 0),
        (answer(403), Parked, Unauthorised, Some(403), 1, 0),
        (answer(410), Parked, Gone, Some(410), 1, 0),
        (answer(408), Waiting, Transient, Some(408), 1, 0),
        (answer(425), Waiting, Transient, Some(425), 1, 0),
        (answer(429), Waiting, Throttled, Some(429), 0, 0),
        (answer(500), Waiting, PerhapsDelivered, Some(500), 1, 0),
        (answer(503), Waiting, PerhapsDelivered, Some(503), 1, 0),
        (CrmFault::Reset, Waiting, PerhapsDelivered, None, 1, 0),
        (CrmFault::ResetAfterProcessing, Waiting, PerhapsDelivered, None, 1, 1),
        (CrmFault::Hang, Waiting, PerhapsDelivered, None, 1, 0),
        (CrmFault::Held, Waiting, PerhapsDelivered, None, 1, 1),
    ] {
        let (world, what) = (World::start().await, format!("{fault:?}"));
        world.inbox.fail_next(1, &fault);
        post_until_taken(&world, &one_record()).await;
        without_waiting(world.inbox.hangs(), world.retry_after(AFTER_THE_HOLD)).await;
        let [delivery] = deliveries(&world).await.try_into().unwrap();
        assert_eq!((delivery.state, delivery.attempts_used), (state, used), "{what}");
        let [attempt] = delivery.attempts.try_into().unwrap();
        assert_eq!((attempt.class, attempt.status), (class, status), "{what}");
        assert!(delivery.reason.is_some() && attempt.detail.is_some(), "{what}: a person is told why");
        assert_eq!(delivery.next_attempt_at.is_some(), state == Waiting, "{what}: and what comes next");
        assert!(delivery.claim.is_none(), "{what}");
        // An answer that comes after our timeout is heard by nobody.
        world.inbox.release();
        if state == Waiting {
            world.retry_after(Duration::from_mins(2)).await;
            verify(&world, &expected, &what).await;
            assert_eq!(logged(&world)[0].repeats, repeats, "{what}");
        } else {
            world.retry_after(Duration::from_hours(1)).await;
            assert_eq!(world.inbox.counters().requests, 1, "{what}: nothing is repeated by itself");
        }
    }
}

#[tokio::test]
async fn slow_crm_is_waited_for() {
    let world = World::start().await;
    post_until_taken(&world, &one_record()).await;
    world.inbox.fail_next(1, &CrmFault::Held);
    let slow = async {
        assert!(world.inbox.wait_until(|state| state.counters.requests == 1, PATIENCE).await);
        world.clock.advance(Duration::from_millis(400));
        world.inbox.release();
    };
    tokio::join!(world.retry_after(AFTER_THE_HOLD), slow);
    let [delivery] = deliveries(&world).await.try_into().unwrap();
    assert_eq!(delivery.state, DeliveryState::Delivered);
    assert_eq!((delivery.attempts[0].class, delivery.attempts[0].millis), (Delivered, 400));
}

#[tokio::test]
async fn endless_answer_is_an_answer() {
    let world = World::start().await;
    world.inbox.fail_next(1, &CrmFault::EndlessBody);
    post_until_taken(&world, &one_record()).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let [delivery] = deliveries(&world).await.try_into().unwrap();
    assert_eq!((delivery.state, delivery.attempts[0].class), (DeliveryState::Delivered, Delivered));
}

#[tokio::test]
async fn crm_that_cannot_be_reached_surely_has_nothing() {
    let world = World::start().await;
    let mut connection = world.deps.store.connection(world.connection).await.unwrap().unwrap();
    let closed = ClosedPort::new().unwrap();
    let elsewhere = Secret::new(format!("http://{}/hook", closed.address()));
    let deps = &world.deps;
    let sealed = deps.sealer.seal(world.connection, "crm.url", &elsewhere, deps.random.as_ref()).unwrap();
    connection.value.crm.fields.insert("url".to_owned(), sealed);
    world.deps.store.save_connection(&connection).await.unwrap();
    post_until_taken(&world, &one_record()).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let [delivery] = deliveries(&world).await.try_into().unwrap();
    assert_eq!((delivery.state, delivery.attempts[0].class), (Waiting, Transient));
    assert!(delivery.next_attempt_at.unwrap() > world.clock.now());
}

#[tokio::test]
async fn every_attempt_of_one_revision_has_one_id() {
    let world = World::start().await;
    world.inbox.fail_next(1, &CrmFault::ResetAfterProcessing);
    world.inbox.fail_next(1, &CrmFault::Status(500, None));
    world.inbox.fail_next(1, &CrmFault::Reset);
    post_until_taken(&world, &one_record()).await;
    for minutes in [2, 3, 6, 17] {
        world.retry_after(Duration::from_mins(minutes)).await;
    }
    let ids: Vec<_> = world
        .inbox
        .requests()
        .iter()
        .map(|request| request.header("webhook-id").unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 4);
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(logged(&world)[0].repeats, 1, "the CRM had it since the first attempt");
}
