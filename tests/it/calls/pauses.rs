//! Pauses: refused credentials and dead endpoints stop a connection's deliveries until somebody changes something.

use std::time::Duration;

use super::{AFTER_THE_HOLD, fixture, logged, post};
use ringbridge::clock::{Clock as _, Timestamp};
use ringbridge::flow::call::resend;
use ringbridge::model::connection::PauseReason;
use ringbridge::model::delivery::Which;
use ringbridge::storage::Resend;
use simulators::crm::CrmFault;
use simulators::posting::Posting;
use simulators::world::World;

async fn pause(world: &World) -> Option<PauseReason> {
    let connection = world.deps.store.connection(world.connection).await.unwrap().unwrap();
    connection.value.pause.map(|pause| pause.reason)
}

/// What changing the CRM in the settings does to the connection.
async fn change_credentials(world: &World) {
    let connection = world.deps.store.connection(world.connection).await.unwrap().unwrap();
    world.deps.store.update_connection(connection, |connection| connection.pause = None).await.unwrap();
}

async fn notices(world: &World) -> Vec<String> {
    let notices = world.deps.store.notices(world.connection).await.unwrap();
    notices.iter().map(|notice| notice.cause.key()).collect()
}

#[tokio::test]
async fn refused_credentials_pause_the_connection_until_they_are_changed() {
    for status in [401, 403] {
        let world = World::start().await;
        world.inbox.fail_next(1, &CrmFault::Status(status, None));
        post(&world, &fixture!("hung_up_in_menu")).await;
        world.retry_after(AFTER_THE_HOLD).await;
        assert_eq!(pause(&world).await, Some(PauseReason::CrmRefusedCredentials));
        post(&world, &fixture!("answered")).await;
        world.retry_after(Duration::from_hours(1)).await;
        assert_eq!(world.inbox.counters().requests, 1, "nothing is sent while paused");
        assert_eq!(notices(&world).await, ["crm-credentials"]);
        change_credentials(&world).await;
        let paused = Resend::begun(Which::Paused, Timestamp::default(), world.clock.now(), world.clock.now());
        resend::begin(&world.deps.store, &world.deps.queue, world.connection, paused).await.unwrap();
        world.retry().await;
        world.retry().await;
        assert_eq!(logged(&world).len(), 2);
    }
}

#[tokio::test]
async fn resuming_that_was_cut_short_is_made_up_for() {
    let world = World::start().await;
    world.inbox.fail_next(1, &CrmFault::Status(401, None));
    post(&world, &fixture!("hung_up_in_menu")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    change_credentials(&world).await;
    // Nobody marked the parked records: the process ended first.
    world.retry_after(Duration::from_hours(6)).await;
    assert_eq!(logged(&world).len(), 1);
}

#[tokio::test]
async fn endpoint_that_is_gone_is_disabled() {
    let world = World::start().await;
    world.inbox.fail_next(1, &CrmFault::Status(410, None));
    post(&world, &fixture!("hung_up_in_menu")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(pause(&world).await, Some(PauseReason::EndpointDisabled));
    assert_eq!(notices(&world).await, ["crm-endpoint"]);
}

#[tokio::test]
async fn endpoint_that_takes_nothing_for_five_days_is_disabled() {
    let world = World::start().await;
    world.inbox.fail_next(1_000, &CrmFault::Status(500, None));
    for (days, call) in ["1", "2", "3", "4", "5", "6"].into_iter().enumerate() {
        post(&world, &[Posting::from(fixture!("hung_up_in_menu")[0]).in_call(call).posted()]).await;
        world.retry_after(AFTER_THE_HOLD).await;
        assert_eq!(pause(&world).await.is_some(), days >= 5, "day {days}");
        world.retry_after(Duration::from_hours(24)).await;
    }
    assert_eq!(pause(&world).await, Some(PauseReason::EndpointDisabled));
}

#[tokio::test]
async fn one_success_begins_the_five_days_anew() {
    let world = World::start().await;
    world.inbox.fail_next(1, &CrmFault::Status(500, None));
    post(&world, &fixture!("hung_up_in_menu")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    world.retry_after(Duration::from_mins(2)).await;
    assert_eq!(logged(&world).len(), 1);
    world.clock.advance(Duration::from_hours(6 * 24));
    world.inbox.fail_next(1, &CrmFault::Status(500, None));
    post(&world, &fixture!("queue_missed_behind_menu")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(pause(&world).await, None);
}
