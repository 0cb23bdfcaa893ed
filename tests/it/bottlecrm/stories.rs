//! Whole calls through the real router, the store and the queue, into a BottleCRM.

use std::sync::Arc;
use std::time::Duration;

use ringbridge::model::connection::{Policy, UnknownContact};
use ringbridge::model::delivery::{AttemptClass, DeliveryState};
use ringbridge::model::ids::CrmUserId;
use ringbridge::model::secret::crm_field;
use ringbridge::storage::Saved;
use simulators::bottlecrm::{BottleCrm, BottleFault};
use simulators::clock::ManualClock;
use simulators::world::{NOON, World};

use super::target;
use crate::calls::holding::taken_on_the_second_phone;
use crate::calls::{AFTER_THE_HOLD, fixture, post};
use crate::faults::deliveries;

/// A BottleCRM by whose clock everything has happened, and a world whose calls go there.
async fn connected() -> (World, BottleCrm) {
    let crm = BottleCrm::start(0, Arc::new(ManualClock::at(NOON + Duration::from_hours(24)))).unwrap();
    let ids: Vec<_> = crm.state().profiles.iter().map(|profile| CrmUserId::parse(&profile.id)).collect();
    let unknown_contact = UnknownContact::Contact;
    let policy = Policy { default_crm_user: ids[0].clone(), unknown_contact, ..Policy::default() };
    let world = World::with_policy(policy).await;
    let (deps, id) = (&world.deps, world.connection);
    let mut connection = deps.store.connection(id).await.unwrap().unwrap();
    let seal = |name: &str, value: &_| deps.sealer.seal(id, &crm_field(name), value, deps.random.as_ref());
    connection.value.crm = target(&crm).try_map(seal).unwrap();
    assert!(matches!(deps.store.save_connection(&connection).await.unwrap(), Saved::Done(_)));
    for mut stored in deps.store.extensions(id).await.unwrap() {
        stored.value.crm_user = match stored.value.crm_user.as_ref().map(CrmUserId::as_str) {
            Some("u1") => ids[1].clone(),
            Some("u2") => ids[2].clone(),
            Some(_) | None => None,
        };
        assert!(matches!(deps.store.save_extension(id, &stored).await.unwrap(), Saved::Done(_)));
    }
    (world, crm)
}

/// Who and how, of each call that stands there.
fn logged(crm: &BottleCrm) -> Vec<(String, String)> {
    let line = |call: &serde_json::Value| {
        let subject = call["subject"].as_str().unwrap_or_default();
        let name = subject.split_once(" – ").map_or("", |(_, name)| name).to_owned();
        (name, call["outcome"].as_str().unwrap_or_default().to_owned())
    };
    let mut lines: Vec<_> = crm.logged().iter().map(line).collect();
    lines.sort();
    lines
}

fn lines(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, outcome)| ((*name).to_owned(), (*outcome).to_owned())).collect()
}

const ADA: &str = "Ada Example";
const ANN: &str = "Ann Example";
const BEN: &str = "Ben Example";

#[tokio::test]
async fn calls_of_every_kind_stand_there_once_with_one_contact() {
    for (name, bodies, expected) in [
        ("answered", fixture!("answered"), lines(&[(ANN, "connected")])),
        ("queue of two phones", fixture!("queue_one_answers"), lines(&[(ANN, "connected")])),
        ("missed", fixture!("queue_missed_behind_menu"), lines(&[(ADA, "no_answer")])),
        ("transfer of two legs", fixture!("transferred"), lines(&[(ANN, "connected"), (BEN, "connected")])),
        ("dialled", fixture!("called_out"), lines(&[(ANN, "connected")])),
    ] {
        let (world, crm) = connected().await;
        post(&world, &bodies).await;
        world.retry_after(AFTER_THE_HOLD).await;
        assert_eq!(logged(&crm), expected, "{name}");
        assert_eq!(crm.state().cards.len(), 1, "{name}");
        for delivery in deliveries(&world).await {
            assert_eq!(delivery.state, DeliveryState::Delivered, "{name}: {:?}", delivery.reason);
            let id = delivery.progress.id("record").unwrap().to_owned();
            assert!(crm.logged().iter().any(|call| call["id"] == *id), "{name}: its id is known");
        }
        assert_eq!(world.due_soon().await, 0, "{name}");
    }
}

#[tokio::test]
async fn missed_call_that_was_answered_after_all_is_removed() {
    let (world, crm) = connected().await;
    post(&world, &fixture!("rang_in_vain")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(logged(&crm), lines(&[(ANN, "no_answer")]));
    let taken = taken_on_the_second_phone();
    let taken: Vec<_> = taken.iter().map(|(extension, body)| (*extension, body.as_str())).collect();
    post(&world, &taken).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(logged(&crm), lines(&[(BEN, "connected")]));
}

#[tokio::test]
async fn late_event_after_a_lost_answer_corrects_the_one_that_arrived() {
    let (world, crm) = connected().await;
    crm.fail(Some("POST interactions"), BottleFault::LostAnswer);
    let bodies = fixture!("answered");
    post(&world, &[bodies[0], bodies[2]]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(crm.logged().len(), 1);
    let class = deliveries(&world).await[0].attempts[0].class;
    assert_eq!(class, AttemptClass::PerhapsDelivered);
    // Before the retry, the answer comes, and it is earlier than the hangup's duration told: another revision.
    let earlier = bodies[1].1.replace("1788264006214337", "1788264003214337");
    post(&world, &[(731_205, earlier.as_str())]).await;
    world.retry_after(Duration::from_mins(2)).await;
    let [delivery] = deliveries(&world).await.try_into().unwrap();
    assert_eq!((delivery.revision, delivery.state), (2, DeliveryState::Delivered));
    assert_eq!(crm.logged().len(), 1, "a later revision looks too");
}

#[tokio::test]
async fn rate_limit_costs_no_attempt() {
    let (world, crm) = connected().await;
    crm.state().rate = 0;
    post(&world, &fixture!("answered")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let [delivery] = deliveries(&world).await.try_into().unwrap();
    assert_eq!(delivery.attempts[0].class, AttemptClass::Throttled);
    assert_eq!(delivery.attempts_used, 0);
    crm.state().rate = 120;
    for _ in 0..3 {
        world.retry_after(Duration::from_mins(2)).await;
    }
    assert_eq!(logged(&crm), lines(&[(ANN, "connected")]));
}

#[tokio::test]
async fn revoked_token_pauses_and_a_person_is_told() {
    let (world, crm) = connected().await;
    crm.state().profiles[0].active = false;
    post(&world, &fixture!("answered")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let [delivery] = deliveries(&world).await.try_into().unwrap();
    assert_eq!(delivery.state, DeliveryState::Parked);
    assert!(delivery.reason.unwrap().contains("does not know the token"));
    assert_eq!(world.deps.store.notices(world.connection).await.unwrap()[0].cause.key(), "crm-credentials");
    assert!(crm.logged().is_empty());
}
