//! The queue: send, receive, delete, delays, hops, and the way to the dead-letter queue.

use std::time::Duration;

use ringbridge::queue::{LONGEST_WAIT, Reminder, Task};
use simulators::world::{NOON, World};

use super::world;

fn reminder(world: &World, call: u8, wait: Duration) -> Reminder {
    Reminder {
        task: Task::Settle { connection: world.connection, call: [call; 16] },
        not_before: NOON + wait,
    }
}

/// How many messages of the retry queue are delayed.
async fn delayed(world: &World) -> String {
    use aws_sdk_sqs::types::QueueAttributeName::ApproximateNumberOfMessagesDelayed as Delayed;
    let ask = world.aws.sqs().get_queue_attributes().queue_url(&world.queue).attribute_names(Delayed);
    ask.send().await.unwrap().attributes.unwrap().remove(&Delayed).unwrap()
}

#[tokio::test]
async fn message_is_received_once_while_it_is_hidden_and_gone_when_deleted() {
    let world = world(Duration::from_mins(5)).await;
    let sent = reminder(&world, 1, Duration::ZERO);
    world.deps.queue.send(&sent, NOON).await.unwrap();
    let [received] = world.deps.queue.receive(Duration::ZERO).await.unwrap().try_into().unwrap();
    assert_eq!(received.reminder, Ok(sent));
    assert!(world.deps.queue.receive(Duration::ZERO).await.unwrap().is_empty());
    world.deps.queue.delete(&received).await.unwrap();
    assert!(world.deps.queue.receive(Duration::ZERO).await.unwrap().is_empty());
}

#[tokio::test]
async fn message_that_is_not_deleted_comes_again() {
    let world = world(Duration::ZERO).await;
    world.deps.queue.send(&reminder(&world, 2, Duration::ZERO), NOON).await.unwrap();
    for _ in 0..3 {
        assert_eq!(world.deps.queue.receive(Duration::ZERO).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn delayed_message_is_hidden_and_long_delays_are_cut() {
    let world = world(Duration::from_secs(30)).await;
    for wait in [Duration::from_millis(60_100), Duration::from_mins(15), Duration::from_hours(12)] {
        world.deps.queue.send(&reminder(&world, 3, wait), NOON).await.unwrap();
    }
    assert!(world.deps.queue.receive(Duration::ZERO).await.unwrap().is_empty());
    assert_eq!(delayed(&world).await, "3");
}

#[tokio::test]
async fn ten_messages_at_most_are_received_at_once() {
    let world = world(Duration::from_mins(5)).await;
    for call in 0..12 {
        world.deps.queue.send(&reminder(&world, call, Duration::ZERO), NOON).await.unwrap();
    }
    let mut received = 0;
    // A short poll may find less than there is.
    for _ in 0..12 {
        let batch = world.deps.queue.receive(Duration::ZERO).await.unwrap().len();
        assert!(batch <= 10);
        received += batch;
    }
    assert_eq!(received, 12);
}

#[tokio::test]
async fn early_message_is_sent_again() {
    let world = world(Duration::from_mins(5)).await;
    let body = reminder(&world, 4, Duration::from_hours(1)).to_body();
    world.aws.sqs().send_message().queue_url(&world.queue).message_body(body).send().await.unwrap();
    let report = world.retry().await;
    assert_eq!((report.messages, report.early, report.failed), (1, 1, 0));
    assert_eq!(delayed(&world).await, "1");
}

#[tokio::test]
async fn unreadable_message_reaches_the_dead_letter_queue_after_five_receives() {
    let world = world(Duration::ZERO).await;
    let queue = world.aws.sqs();
    queue.send_message().queue_url(&world.queue).message_body("garbage").send().await.unwrap();
    let mut receives = 0;
    while receives < 10 && !world.deps.queue.receive(Duration::ZERO).await.unwrap().is_empty() {
        receives += 1;
    }
    assert_eq!(receives, 5);
    let dead = queue.receive_message().queue_url(&world.dead_letters).send().await.unwrap();
    assert_eq!(dead.messages()[0].body(), Some("garbage"));
}

#[tokio::test]
async fn message_that_shows_up_while_somebody_waits_is_his() {
    let world = world(Duration::from_mins(5)).await;
    let sent = reminder(&world, 9, Duration::ZERO);
    let waiting = world.deps.queue.receive(LONGEST_WAIT);
    let (received, ()) = tokio::join!(waiting, async {
        world.deps.queue.send(&sent, NOON).await.unwrap();
    });
    let [received] = received.unwrap().try_into().unwrap();
    assert_eq!(received.reminder, Ok(sent));
}
