//! The hold for missed calls, and late events.

use std::time::Duration;

use super::{AFTER_THE_HOLD, fixture, logged, post};
use simulators::crm::CrmFault;
use simulators::posting::Posting;
use simulators::world::World;

#[tokio::test]
async fn missed_call_waits_for_the_hold_and_is_logged_once() {
    let world = World::start().await;
    post(&world, &fixture!("queue_missed_behind_menu")[..1]).await;
    assert_eq!(world.retry_after(Duration::from_secs(55)).await.settled, 0);
    assert!(logged(&world).is_empty());
    // The queue's hangup comes after the IVR's, within the hold.
    post(&world, &fixture!("queue_missed_behind_menu")[1..]).await;
    world.retry_after(Duration::from_secs(10)).await;
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
    post(&world, &fixture!("queue_missed_behind_menu")[..1]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(logged(&world)[0].data["internal_number"], "4821*099");
    post(&world, &fixture!("queue_missed_behind_menu")[1..]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let missed = logged(&world);
    assert_eq!((missed.len(), missed[0].revision), (1, 2));
    assert_eq!(missed[0].data["internal_number"], "4821*801");
}

#[tokio::test]
async fn late_answer_event_corrects_a_delivered_record_under_the_next_revision() {
    let world = World::start().await;
    let bodies = fixture!("answered");
    post(&world, &[bodies[0], bodies[2]]).await;
    assert!(logged(&world).is_empty(), "the answer may be under way");
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(logged(&world).len(), 1);
    // The answer says what the hangup's duration had told already: nothing changes.
    post(&world, &bodies[1..2]).await;
    assert_eq!(logged(&world)[0].revision, 1);
    let answer = Posting::from(bodies[1]);
    post(&world, &[answer.clone().later(Duration::from_secs(10)).posted()]).await;
    assert_eq!(logged(&world)[0].revision, 1, "the earliest answer counts");
    post(&world, &[answer.earlier(Duration::from_secs(3)).posted()]).await;
    let records = logged(&world);
    assert_eq!((records.len(), records[0].revision), (1, 2));
    assert_eq!(records[0].data["answered_at"], "2026-09-01T12:00:03Z");
}

#[tokio::test]
async fn missed_call_is_not_decided_while_another_phone_rings() {
    let world = World::start().await;
    let ringing = fixture!("rang_in_vain");
    post(&world, &ringing).await;
    post(&world, &[Posting::from(ringing[0]).on(206).posted()]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert!(logged(&world).is_empty());
    let ended = Posting::from(ringing[1]).on(206).later(Duration::from_secs(15));
    post(&world, &[ended.posted()]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let missed = logged(&world);
    assert_eq!(missed.len(), 1);
    assert_eq!(missed[0].data["internal_number"], "4821*206", "where it rang last");
    assert_eq!(missed[0].data["crm_user"], "u2");
}

/// The call that rang in vain, answered on the second phone.
pub(crate) fn taken_on_the_second_phone() -> Vec<(u64, String)> {
    let call = fixture!("rang_in_vain")[0];
    let taken = fixture!("answered").into_iter();
    taken.map(|body| Posting::from(body).in_call_of(call).on(206).posted()).collect()
}

#[tokio::test]
async fn phone_that_answers_long_after_another_rang_in_vain_takes_the_missed_call_back() {
    let world = World::start().await;
    post(&world, &fixture!("rang_in_vain")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(logged(&world)[0].kind, "call.missed");
    for event in taken_on_the_second_phone() {
        // Nothing but these events asks again, and each comes after every hold.
        world.retry_after(AFTER_THE_HOLD).await;
        post(&world, &[event]).await;
    }
    let kinds: Vec<_> = world.inbox.records().into_iter().map(|one| (one.kind, one.revision)).collect();
    assert!(kinds.contains(&("call.withdrawn".to_owned(), 2)), "{kinds:?}");
    assert_eq!(logged(&world).iter().map(|one| one.kind.as_str()).collect::<Vec<_>>(), ["call.ended"]);
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(world.due().await, 0);
}

#[tokio::test]
async fn missed_call_that_nobody_can_have_seen_is_dropped_without_a_word() {
    let world = World::start().await;
    post(&world, &fixture!("rang_in_vain")).await;
    world.inbox.fail_next(1, &CrmFault::Status(429, None));
    world.retry_after(AFTER_THE_HOLD).await;
    post(&world, &taken_on_the_second_phone()).await;
    world.retry_after(Duration::from_mins(10)).await;
    let kinds: Vec<_> = logged(&world).into_iter().map(|one| one.kind).collect();
    assert_eq!(kinds, ["call.ended"]);
    assert_eq!(world.inbox.records().iter().filter(|one| one.kind == "call.withdrawn").count(), 0);
    assert_eq!(world.due().await, 0);
}

#[tokio::test]
async fn missed_call_comes_back_after_it_was_withdrawn_while_an_attempt_was_failing() {
    let world = World::start().await;
    let [ivr, queue] = fixture!("queue_missed_behind_menu").try_into().unwrap();
    post(&world, &[ivr]).await;
    // Perhaps the CRM has it.
    world.inbox.fail_next(1, &CrmFault::Status(503, None));
    world.retry_after(AFTER_THE_HOLD).await;
    post(&world, &[Posting::from(queue).with("Bridged", "yes").posted()]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(logged(&world).len(), 0, "taken after all");
    // A second queue, later, lost the caller again.
    post(&world, &[Posting::from(queue).on(802).later(Duration::from_mins(1)).posted()]).await;
    for _ in 0..3 {
        world.retry_after(Duration::from_mins(6)).await;
    }
    let missed = logged(&world);
    assert_eq!((missed.len(), &missed[0].data["internal_number"]), (1, &"4821*802".into()));
    let (_, log) = world.api(http::Method::GET, "/api/v1/calls", None).await;
    assert_eq!(log["items"][0]["delivery"]["state"], "delivered");
    assert_eq!(world.due().await, 0);
}

#[tokio::test]
async fn second_hangup_without_talk_downgrades_nothing_in_either_order() {
    for reversed in [false, true] {
        let world = World::start().await;
        let bodies = fixture!("answered");
        let hangup = Posting::from(bodies[2]);
        let bare = hangup.clone().without(&["Duration"]).later(Duration::from_millis(100));
        let mut hangups = vec![hangup.posted(), bare.posted()];
        if reversed {
            hangups.reverse();
        }
        // The answer was lost, so the talk is told by one hangup alone.
        post(&world, &bodies[..1]).await;
        post(&world, &hangups).await;
        for _ in 0..3 {
            world.retry_after(AFTER_THE_HOLD).await;
        }
        let records = logged(&world);
        let said: Vec<_> =
            records.iter().map(|one| (one.kind.as_str(), one.data["outcome"].clone())).collect();
        assert_eq!(said, [("call.ended", "answered".into())], "reversed: {reversed}");
    }
}

#[tokio::test]
async fn late_dial_that_shows_an_internal_call_withdraws_its_record() {
    let world = World::start().await;
    let [dial, .., hangup] = <[_; 6]>::try_from(fixture!("phone_to_phone")).unwrap();
    // Without its numbers the hangup alone looks like a call to the outside.
    let bare = Posting::from(hangup).with("CalledNumber", "%2B442079460777");
    let bare = bare.without(&["CallerIDNum", "CalledExtension", "CalledExtensionID"]);
    post(&world, &[bare.posted()]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(logged(&world).len(), 1);
    post(&world, &[Posting::from(dial).with("Transfered", "yes").posted()]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(logged(&world).len(), 0, "the CRM was told that it is no longer true");
}

#[tokio::test]
async fn revision_that_says_what_was_said_last_is_not_sent_again() {
    let world = World::start().await;
    let bodies = fixture!("answered");
    post(&world, &bodies).await;
    let before = world.inbox.counters().requests;
    // The same second, and the same whole seconds of talk.
    let again = Posting::from(bodies[2]).talked_longer(Duration::from_millis(200));
    post(&world, &[again.posted()]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(world.inbox.counters().requests, before);
    assert_eq!(logged(&world)[0].revision, 1);
}

#[tokio::test]
async fn pop_ups_that_come_late_are_never_told() {
    let world = World::start().await;
    let [ring, taken, _] = fixture!("answered").try_into().unwrap();
    world.clock.advance(Duration::from_mins(20));
    post(&world, &[ring, taken]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(world.inbox.counters().requests, 0);
}

#[tokio::test]
async fn leg_whose_end_never_comes_is_said_and_not_delivered() {
    let world = World::start().await;
    post(&world, &fixture!("answered")[..2]).await;
    world.retry_after(Duration::from_hours(11)).await;
    assert_eq!(world.due().await, 1, "it may yet come");
    world.retry_after(Duration::from_hours(2)).await;
    assert_eq!((world.due().await, logged(&world).len()), (0, 0));
    let (_, log) = world.api(http::Method::GET, "/api/v1/calls?state=not_logged", None).await;
    let reason = log["items"][0]["delivery"]["reason"].as_str().unwrap();
    assert!(reason.starts_with("its end never came"), "{reason}");
    let notices = world.deps.store.notices(world.connection).await.unwrap();
    assert_eq!(notices.iter().map(|notice| notice.cause.key()).collect::<Vec<_>>(), ["end-unknown"]);
}
