//! The hold for missed calls, and late events.

use std::time::Duration;

use super::{AFTER_THE_HOLD, fixture, logged, post};
use integration_tests::world::World;

#[tokio::test]
async fn missed_call_waits_for_the_hold_and_is_logged_once() {
    let world = World::start().await;
    post(&world, &fixture!("f")[..1]).await;
    assert_eq!(world.retry_after(Duration::from_secs(55)).await.settled, 0);
    assert!(logged(&world).is_empty());
    // The queue's hangup comes after the IVR's, within the hold.
    post(&world, &fixture!("f")[1..]).await;
    world.retry_after(Duration::from_secs(6)).await;
    let missed = logged(&world);
    assert_eq!(missed.len(), 1);
    assert_eq!(missed[0].data["internal_number"], "4821*801");
    assert_eq!(
        (&missed[0].data["leg_id"], &missed[0].data["outcome"]),
        (&serde_json::Value::Null, &"missed".into())
    );
    world.retry_after(AFTER_THE_HOLD).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(world.inbox.counters().requests, 1);
    assert_eq!(world.due().await, 0);
}

#[tokio::test]
async fn queue_hangup_after_the_hold_corrects_the_place_under_the_same_record() {
    let world = World::start().await;
    post(&world, &fixture!("f")[..1]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(logged(&world)[0].data["internal_number"], "4821*099");
    post(&world, &fixture!("f")[1..]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let missed = logged(&world);
    assert_eq!((missed.len(), missed[0].revision), (1, 2));
    assert_eq!(missed[0].data["internal_number"], "4821*801");
}

#[tokio::test]
async fn late_answer_event_corrects_a_delivered_record_under_the_next_revision() {
    let world = World::start().await;
    let bodies = fixture!("a");
    post(&world, &[bodies[0], bodies[2]]).await;
    assert!(logged(&world).is_empty(), "the answer may be under way");
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(logged(&world).len(), 1);
    // The answer says what the hangup's duration had told already: nothing changes.
    post(&world, &bodies[1..2]).await;
    assert_eq!(logged(&world)[0].revision, 1);
    let later = bodies[1].1.replace("1788264006214337", "1788264016214337");
    post(&world, &[(731_205, later.as_str())]).await;
    assert_eq!(logged(&world)[0].revision, 1, "the earliest answer counts");
    let earlier = bodies[1].1.replace("1788264006214337", "1788264003214337");
    post(&world, &[(731_205, earlier.as_str())]).await;
    let records = logged(&world);
    assert_eq!((records.len(), records[0].revision), (1, 2));
    assert_eq!(records[0].data["answered_at"], "2026-09-01T12:00:03Z");
}

#[tokio::test]
async fn missed_call_is_not_decided_while_another_phone_rings() {
    let world = World::start().await;
    let ringing = fixture!("b");
    let second = ringing[0].1.replace("731205", "731206").replace("A205", "A206");
    post(&world, &ringing).await;
    post(&world, &[(731_206, second.as_str())]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert!(logged(&world).is_empty());
    let ended =
        ringing[1].1.replace("731205", "731206").replace("A205", "A206").replace("1788264125", "1788264140");
    post(&world, &[(731_206, ended.as_str())]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let missed = logged(&world);
    assert_eq!(missed.len(), 1);
    assert_eq!(missed[0].data["internal_number"], "4821*206", "where it rang last");
    assert_eq!(missed[0].data["crm_user"], "u2");
}

#[tokio::test]
async fn late_answer_withdraws_a_missed_call_with_a_word_to_the_administrator() {
    let world = World::start().await;
    post(&world, &fixture!("b")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(logged(&world).len(), 1);
    let taken: Vec<_> = fixture!("a")
        .into_iter()
        .map(|(_, body)| {
            let body = body.replace("75599d9e49a8b73ba806026df26ee0fb", "6e23235a7b768745b2a63cfbc7f8ae44");
            body.replace("731205", "731206").replace("A205", "A206")
        })
        .collect();
    let taken: Vec<_> = taken.iter().map(|body| (731_206, body.as_str())).collect();
    post(&world, &taken).await;
    // Something new must ask about the whole call: here, the leg that rang first says its hangup again.
    let again = fixture!("b")[1].1.replace("1788264125031870", "1788264125031871");
    post(&world, &[(731_205, again.as_str())]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let notices = world.deps.store.notices(world.connection).await.unwrap();
    assert_eq!(notices.iter().map(|notice| notice.cause.key()).collect::<Vec<_>>(), ["record-withdrawn"]);
}
