//! The hold for missed calls, and late events.

use std::time::Duration;

use super::{AFTER_THE_HOLD, fixture, logged, post};
use integration_tests::crm::Fault;
use integration_tests::world::World;

#[tokio::test]
async fn missed_call_waits_for_the_hold_and_is_logged_once() {
    let world = World::start().await;
    post(&world, &fixture!("f")[..1]).await;
    assert_eq!(world.retry_after(Duration::from_secs(55)).await.settled, 0);
    assert!(logged(&world).is_empty());
    // The queue's hangup comes after the IVR's, within the hold.
    post(&world, &fixture!("f")[1..]).await;
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

/// The same call answered on the second phone, by the events of fixture A.
pub(crate) fn taken_on_the_second_phone() -> Vec<(u64, String)> {
    let bodies = fixture!("a").into_iter().map(|(_, body)| {
        let body = body.replace("75599d9e49a8b73ba806026df26ee0fb", "6e23235a7b768745b2a63cfbc7f8ae44");
        (731_206, body.replace("731205", "731206").replace("A205", "A206"))
    });
    bodies.collect()
}

#[tokio::test]
async fn phone_that_answers_long_after_another_rang_in_vain_takes_the_missed_call_back() {
    let world = World::start().await;
    post(&world, &fixture!("b")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(logged(&world)[0].kind, "call.missed");
    for (extension, body) in taken_on_the_second_phone() {
        // Nothing but these events asks again, and each comes after every hold.
        world.retry_after(AFTER_THE_HOLD).await;
        post(&world, &[(extension, body.as_str())]).await;
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
    post(&world, &fixture!("b")).await;
    world.inbox.fail_next(1, &Fault::Status(429, None));
    world.retry_after(AFTER_THE_HOLD).await;
    let taken = taken_on_the_second_phone();
    let taken: Vec<_> = taken.iter().map(|(extension, body)| (*extension, body.as_str())).collect();
    post(&world, &taken).await;
    world.retry_after(Duration::from_mins(10)).await;
    let kinds: Vec<_> = logged(&world).into_iter().map(|one| one.kind).collect();
    assert_eq!(kinds, ["call.ended"]);
    assert_eq!(world.inbox.records().iter().filter(|one| one.kind == "call.withdrawn").count(), 0);
    assert_eq!(world.due().await, 0);
}

#[tokio::test]
async fn missed_call_comes_back_after_it_was_withdrawn_while_an_attempt_was_failing() {
    let world = World::start().await;
    let [ivr, queue] = fixture!("f").try_into().unwrap();
    post(&world, &[ivr]).await;
    // Perhaps the CRM has it.
    world.inbox.fail_next(1, &Fault::Status(503, None));
    world.retry_after(AFTER_THE_HOLD).await;
    let yes = queue.1.replace("Bridged=no", "Bridged=yes");
    post(&world, &[(queue.0, yes.as_str())]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(logged(&world).len(), 0, "taken after all");
    // A second queue, later, lost the caller again.
    let lost = queue
        .1
        .replace("731801", "731802")
        .replace("A801", "A802")
        .replace("1788264400310225", "1788264460310225");
    post(&world, &[(731_802, lost.as_str())]).await;
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
        let bodies = fixture!("a");
        let bare =
            bodies[2].1.replace("Duration=73508112&", "").replace("1788264079722449", "1788264079822449");
        let mut hangups = vec![(731_205, bodies[2].1), (731_205, bare.as_str())];
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
    let [dial, .., hangup] = <[_; 6]>::try_from(fixture!("k")).unwrap();
    // Without its numbers the hangup alone looks like a call to the outside.
    let bare = hangup
        .1
        .replace("CallerIDNum=4821%2A205&", "")
        .replace("CalledNumber=4821%2A206", "CalledNumber=%2B442079460777");
    let bare = bare.replace("CalledExtension=4821%2A206@sip.pbx.example&CalledExtensionID=731206&", "");
    post(&world, &[(731_205, bare.as_str())]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(logged(&world).len(), 1);
    let forwarded = format!("{}&Transfered=yes", dial.1);
    post(&world, &[(731_205, forwarded.as_str())]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(logged(&world).len(), 0, "the CRM was told that it is no longer true");
}

#[tokio::test]
async fn revision_that_says_what_was_said_last_is_not_sent_again() {
    let world = World::start().await;
    let bodies = fixture!("a");
    post(&world, &bodies).await;
    let before = world.inbox.counters().requests;
    // The same second, and the same whole seconds of talk.
    let again = bodies[2].1.replace("1788264079722449", "1788264079922449").replace("73508112", "73708112");
    post(&world, &[(731_205, again.as_str())]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(world.inbox.counters().requests, before);
    assert_eq!(logged(&world)[0].revision, 1);
}

#[tokio::test]
async fn pop_ups_that_come_late_are_never_told() {
    let world = World::start().await;
    let [ring, taken, _] = fixture!("a").try_into().unwrap();
    world.clock.advance(Duration::from_mins(20));
    post(&world, &[ring, taken]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(world.inbox.counters().requests, 0);
}

#[tokio::test]
async fn leg_whose_end_never_comes_is_said_and_not_delivered() {
    let world = World::start().await;
    post(&world, &fixture!("a")[..2]).await;
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
