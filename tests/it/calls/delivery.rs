//! Failing CRMs: retries, states, notices, claims.

use std::time::Duration;

use super::{AFTER_THE_HOLD, fixture, logged, post};
use ringbridge::clock::{Clock as _, Timestamp};
use ringbridge::model::delivery::{AttemptClass, Delivery, DeliveryState};
use ringbridge::queue::{Reminder, Task};
use ringbridge::storage::Span;
use simulators::crm::CrmFault;
use simulators::patience::PATIENCE;
use simulators::world::World;

/// The one delivery in the log.
async fn delivery(world: &World) -> Delivery {
    let to = Timestamp::from_secs(4_000_000_000);
    let span = Span { from: Timestamp::default(), to, cursor: None, limit: 10 };
    let page = world.deps.store.records(world.connection, span).await.unwrap();
    assert_eq!(page.items.len(), 1);
    page.items[0].delivery.clone()
}

#[tokio::test]
async fn failing_crm_is_tried_by_the_table_and_then_given_up() {
    let world = World::start().await;
    world.inbox.fail_next(100, &CrmFault::Status(500, None));
    post(&world, &fixture!("called_out")[2..]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let minutes = [1, 5, 15, 60, 240, 720];
    for (attempt, minutes) in (1..).zip(minutes) {
        let waiting = delivery(&world).await;
        assert_eq!((waiting.state, waiting.attempts_used), (DeliveryState::Waiting, attempt));
        let wait = waiting.next_attempt_at.unwrap().since(world.clock.now()).as_secs_f64() / 60.0;
        let minutes = f64::from(minutes);
        assert!((minutes * 0.9 - 0.1..=minutes * 1.1 + 0.1).contains(&wait), "attempt {attempt}: {wait}");
        assert_eq!(world.retry_after(Duration::from_secs(30)).await.swept, 0, "not before its time");
        world.retry_after(Duration::from_mins(1).mul_f64(minutes * 1.1)).await;
    }
    let given_up = delivery(&world).await;
    assert_eq!((given_up.state, given_up.attempts.len()), (DeliveryState::GaveUp, 7));
    assert_eq!(world.inbox.counters().requests, 7);
    let later = Duration::from_hours(100);
    assert_eq!(world.retry_after(later).await.swept, 1, "its notice's turn to be told, to nobody");
    assert_eq!(world.retry_after(later).await.swept, 0);
    let notices = world.deps.store.notices(world.connection).await.unwrap();
    assert_eq!(notices[0].cause.key(), "gave-up");
}

#[tokio::test]
async fn recovered_crm_gets_the_record_once_under_the_same_key() {
    let world = World::start().await;
    world.inbox.fail_next(1, &CrmFault::ResetAfterProcessing);
    post(&world, &fixture!("called_out")).await;
    // The pop-up of the dial-out took the fault; nothing is repeated for it.
    assert_eq!(logged(&world).len(), 1);
    let world = World::start().await;
    world.inbox.fail_next(1, &CrmFault::Status(503, None));
    world.inbox.fail_next(1, &CrmFault::ResetAfterProcessing);
    post(&world, &fixture!("called_out")[2..]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    world.retry_after(Duration::from_secs(70)).await;
    world.retry_after(Duration::from_mins(6)).await;
    let classes: Vec<_> = delivery(&world).await.attempts.iter().map(|attempt| attempt.class).collect();
    assert_eq!(
        classes,
        [AttemptClass::PerhapsDelivered, AttemptClass::PerhapsDelivered, AttemptClass::Delivered]
    );
    let records = logged(&world);
    assert_eq!((records.len(), records[0].message_ids.len(), records[0].repeats), (1, 1, 1));
}

#[tokio::test]
async fn throttled_delivery_waits_as_told_and_uses_no_attempt() {
    let world = World::start().await;
    world.inbox.fail_next(1, &CrmFault::Status(429, Some("600".to_owned())));
    world.inbox.fail_next(1, &CrmFault::Status(429, Some("1".to_owned())));
    post(&world, &fixture!("hung_up_in_menu")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let waiting = delivery(&world).await;
    assert_eq!(
        (waiting.attempts_used, waiting.next_attempt_at),
        (0, Some(world.clock.now() + Duration::from_mins(10)))
    );
    world.retry_after(Duration::from_secs(604)).await;
    let waiting = delivery(&world).await;
    assert_eq!(
        (waiting.attempts_used, waiting.next_attempt_at),
        (0, Some(world.clock.now() + Duration::from_mins(1)))
    );
    world.retry_after(Duration::from_secs(64)).await;
    assert_eq!(delivery(&world).await.state, DeliveryState::Delivered);
}

#[tokio::test]
async fn refused_record_is_parked_with_a_notice() {
    let world = World::start().await;
    world.inbox.fail_next(1, &CrmFault::Status(422, None));
    post(&world, &fixture!("hung_up_in_menu")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let parked = delivery(&world).await;
    assert_eq!(
        (parked.state, parked.reason.as_deref()),
        (DeliveryState::Parked, Some("the CRM answered 422"))
    );
    world.retry_after(Duration::from_hours(80)).await;
    assert_eq!(world.inbox.counters().requests, 1);
    assert_eq!(world.deps.store.notices(world.connection).await.unwrap()[0].cause.key(), "record-refused");
}

#[tokio::test]
async fn attempt_that_died_is_taken_up_when_its_claim_ends() {
    let world = World::start().await;
    world.inbox.fail_next(1, &CrmFault::Hang);
    let (extension, body) = fixture!("called_out")[2];
    // Posted and cut off in the middle of the CRM's answer, as when a function is killed.
    let posted = world.post(extension, body.to_owned()).await;
    assert_eq!(posted, 200);
    world.idle().await;
    world.clock.advance(AFTER_THE_HOLD);
    let mut killed = Box::pin(world.retry());
    let claimed = world.inbox.wait_until(|state| state.counters.requests == 1, PATIENCE);
    tokio::select! {
        _ = &mut killed => panic!("the CRM hangs"),
        claimed = claimed => assert!(claimed),
    }
    drop(killed);
    assert_eq!(world.retry().await.swept, 0, "the claim holds");
    world.retry_after(Duration::from_secs(4)).await;
    let delivered = delivery(&world).await;
    assert_eq!(delivered.state, DeliveryState::Delivered);
    assert_eq!(delivered.attempts[0].class, AttemptClass::PerhapsDelivered);
}

#[tokio::test]
async fn old_and_repeated_messages_do_no_harm() {
    let world = World::start().await;
    post(&world, &fixture!("answered")).await;
    let call = {
        let call_id = ringbridge::model::ids::CallId::parse("75599d9e49a8b73ba806026df26ee0fb").unwrap();
        ringbridge::model::call::RecordId::call_key(world.connection, &call_id)
    };
    let task = Task::Settle { connection: world.connection, call };
    for _ in 0..3 {
        let reminder = Reminder { task, not_before: world.clock.now() };
        world.deps.queue.send(&reminder, world.clock.now()).await.unwrap();
    }
    let report = world.retry().await;
    assert_eq!((report.messages, report.failed), (3, 0));
    assert_eq!(world.inbox.counters().requests, 3);
}

#[tokio::test]
async fn early_message_hops_and_an_unreadable_one_is_left_for_the_dead_letter_queue() {
    let world = World::start().await;
    let queues = world.aws.sqs();
    let url = queues.get_queue_url().queue_name("ringbridge-retry").send().await.unwrap().queue_url.unwrap();
    let early = Reminder {
        task: Task::Settle { connection: world.connection, call: [1; 16] },
        not_before: world.clock.now() + Duration::from_hours(4),
    };
    for body in [early.to_body(), "garbage".to_owned(), early.to_body().replace("\"v\":1", "\"v\":9")] {
        queues.send_message().queue_url(&url).message_body(body).send().await.unwrap();
    }
    let report = world.retry().await;
    assert_eq!((report.messages, report.early, report.unreadable, report.settled), (3, 1, 2, 0));
}
