//! A call from its first event to its record, with a failing CRM in between.

use std::time::Duration;

use simulators::crm::CrmFault;

use super::worlds;
use crate::calls::{AFTER_THE_HOLD, fixture, logged, post};

#[tokio::test]
async fn calls_come_through() {
    for world in worlds(Duration::from_secs(30)).await {
        post(&world, &fixture!("answered")).await;
        post(&world, &fixture!("queue_missed_behind_menu")).await;
        world.inbox.fail_next(1, &CrmFault::Status(503, None));
        world.retry_after(AFTER_THE_HOLD).await;
        world.retry_after(Duration::from_mins(2)).await;
        let told: Vec<_> =
            logged(&world).iter().map(|record| (record.kind.clone(), record.revision)).collect();
        assert_eq!(told, [("call.ended".to_owned(), 1), ("call.missed".to_owned(), 1)]);
        assert_eq!(world.due().await, 0);
    }
}

#[tokio::test]
async fn repeated_and_concurrent_events_make_one_record() {
    for world in worlds(Duration::from_secs(30)).await {
        let bodies = fixture!("transferred");
        let posts = bodies.iter().chain(&bodies).map(|(extension, body)| world.post(*extension, *body));
        let statuses = futures_util::future::join_all(posts).await;
        assert!(statuses.iter().all(|status| *status == 200));
        world.idle().await;
        for _ in 0..3 {
            world.retry_after(AFTER_THE_HOLD).await;
        }
        assert_eq!(logged(&world).len(), 2);
        assert_eq!(world.due().await, 0);
    }
}
