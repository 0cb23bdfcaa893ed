//! Whole calls through the real router, the store and the queue, into an account.

use std::time::Duration;

use http::StatusCode;
use ringbridge::flow::crm_access::seal_grant;
use ringbridge::model::connection::{Policy, UnknownContact};
use ringbridge::model::crm_target::OpenCrmTarget;
use ringbridge::model::delivery::{AttemptClass, DeliveryState};
use ringbridge::model::grant::OpenGrant;
use ringbridge::model::ids::CrmUserId;
use ringbridge::model::secret::crm_field;
use ringbridge::storage::Saved;
use serde_json::Value;
use simulators::clock::ManualClock;
use simulators::kommo::{Kommo, KommoFault};
use simulators::posting::Posting;
use simulators::world::{NOON, World};

use super::{grant, let_in_by_consent, let_in_by_token};
use crate::calls::{AFTER_THE_HOLD, fixture, post};
use crate::faults::deliveries;

const TOKENS: Option<&str> = Some("POST oauth2/access_token");

async fn connected(
    policy: Policy,
    target: OpenCrmTarget,
    consent: impl Fn(&Kommo) -> Option<OpenGrant>,
) -> (World, Kommo) {
    let crm = Kommo::start(0, std::sync::Arc::new(ManualClock::at(NOON))).unwrap();
    let policy = Policy { default_crm_user: CrmUserId::parse("1"), ..policy };
    let world = World::configured(&[("RINGBRIDGE_KOMMO_API", &crm.url())], policy).await;
    let (deps, id) = (&world.deps, world.connection);
    let mut connection = deps.store.connection(id).await.unwrap().unwrap();
    let seal = |name: &str, value: &_| deps.sealer.seal(id, &crm_field(name), value, deps.random.as_ref());
    connection.value.crm = target.try_map(seal).unwrap();
    assert!(matches!(deps.store.save_connection(&connection).await.unwrap(), Saved::Done(_)));
    if let Some(grant) = consent(&crm) {
        let mut state = deps.store.crm_state(id).await.unwrap();
        state.value.grant = Some(seal_grant(deps.crm(), id, &grant).unwrap());
        assert!(matches!(deps.store.save_crm_state(id, &state).await.unwrap(), Saved::Done(_)));
    }
    for mut stored in deps.store.extensions(id).await.unwrap() {
        let user = stored.value.crm_user.as_ref().and_then(|user| user.as_str().strip_prefix('u'));
        stored.value.crm_user = user.and_then(CrmUserId::parse);
        assert!(matches!(deps.store.save_extension(id, &stored).await.unwrap(), Saved::Done(_)));
    }
    (world, crm)
}

async fn with_token(unknown_contact: UnknownContact) -> (World, Kommo) {
    connected(Policy { unknown_contact, ..Policy::default() }, let_in_by_token(), |_| None).await
}

async fn with_consent() -> (World, Kommo) {
    let policy = Policy { unknown_contact: UnknownContact::Contact, ..Policy::default() };
    connected(policy, let_in_by_consent(), |crm| Some(grant(crm, NOON))).await
}

/// User, kind and status of each call.
fn logged(crm: &Kommo) -> Vec<(Value, Value, Value)> {
    let line = |note: Value| {
        let params = &note["params"];
        (params["call_responsible"].clone(), note["note_type"].clone(), params["call_status"].clone())
    };
    let mut lines: Vec<_> = crm.logged().into_iter().map(line).collect();
    lines.sort_by_key(|line| format!("{line:?}"));
    lines
}

#[tokio::test]
async fn calls_of_every_kind_stand_in_the_account_once() {
    let line = |user: u64, kind: &str, status: u64| (user.into(), kind.into(), status.into());
    for (name, bodies, expected) in [
        ("answered", fixture!("answered"), vec![line(1, "call_in", 4)]),
        ("queue of two phones", fixture!("queue_one_answers"), vec![line(1, "call_in", 4)]),
        ("missed", fixture!("queue_missed_behind_menu"), vec![line(1, "call_in", 6)]),
        ("transfer", fixture!("transferred"), vec![line(1, "call_in", 4), line(2, "call_in", 4)]),
        ("dialled", fixture!("called_out"), vec![line(1, "call_out", 4)]),
    ] {
        let (world, crm) = with_token(UnknownContact::Contact).await;
        post(&world, &bodies).await;
        for _ in 0..3 {
            world.retry_after(AFTER_THE_HOLD).await;
        }
        assert_eq!(logged(&crm), expected, "{name}");
        assert_eq!(crm.state().contacts.len(), 1, "{name}");
        for delivery in deliveries(&world).await {
            assert_eq!(delivery.state, DeliveryState::Delivered, "{name}: {:?}", delivery.reason);
            assert!(delivery.progress.id("record").is_some(), "{name}: the note's id is known");
        }
        let events = crm.state().events.clone();
        let mut told: Vec<_> = events.iter().map(|event| event["users"].to_string()).collect();
        assert!(told.iter().all(|users| users != "[]"), "{name}: never everybody");
        let pop_ups = told.len();
        told.sort();
        told.dedup();
        assert_eq!(told.len(), pop_ups, "{name}: each user once for the whole call");
    }
}

#[tokio::test]
async fn strangers_call_comes_as_a_lead_and_is_logged_with_it_alone() {
    let (world, crm) = with_token(UnknownContact::Lead).await;
    post(&world, &fixture!("answered")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let leads = crm.state().unsorted.len();
    assert_eq!((leads, crm.logged().len()), (1, 1));
    let [delivery] = deliveries(&world).await.try_into().unwrap();
    assert_eq!(delivery.state, DeliveryState::Delivered, "{:?}", delivery.reason);
}

#[tokio::test]
async fn phone_that_rings_again_for_the_same_call_tells_its_user_no_second_time() {
    let (world, crm) = with_token(UnknownContact::Ignore).await;
    let bodies = fixture!("queue_one_answers");
    post(&world, &bodies).await;
    let told = crm.state().events.len();
    assert!(told > 0);
    // The same events under other legs: the queue tries its phones once more.
    for (extension, body) in &bodies {
        let leg = format!("again-{extension}");
        let (extension, body) = Posting::from((*extension, *body)).with("SubCallID", &leg).posted();
        assert_eq!(world.post(extension, body).await, StatusCode::OK);
    }
    assert_eq!(crm.state().events.len(), told);
}

#[tokio::test]
async fn token_that_ends_is_renewed_once_by_two_attempts_side_by_side() {
    let (world, crm) = with_consent().await;
    world.clock.advance(Duration::from_hours(25));
    let (d, h) = (fixture!("hung_up_in_menu"), fixture!("called_out"));
    tokio::join!(post(&world, &d), post(&world, &h[2..]));
    world.retry_after(AFTER_THE_HOLD).await;
    let logged = crm.logged().len();
    let state = crm.state();
    assert_eq!((logged, state.renewals, state.spent_twice), (2, 1, 0));
}

#[tokio::test]
async fn renewal_whose_answer_was_lost_is_not_repeated_blindly() {
    for (fault, state) in
        [(KommoFault::LostAnswer, DeliveryState::Parked), (KommoFault::Reset, DeliveryState::Delivered)]
    {
        let (world, crm) = with_consent().await;
        world.clock.advance(Duration::from_hours(25));
        crm.fail(TOKENS, fault);
        post(&world, &fixture!("called_out")[2..]).await;
        world.retry_after(AFTER_THE_HOLD).await;
        for _ in 0..3 {
            world.retry_after(Duration::from_mins(10)).await;
        }
        let [delivery] = deliveries(&world).await.try_into().unwrap();
        assert_eq!(delivery.state, state, "{fault:?}: {:?}", delivery.reason);
        assert_eq!(crm.state().spent_twice, 0, "{fault:?}");
        assert_eq!(crm.state().renewals, 1, "{fault:?}");
        let asked = crm.state().count("GET oauth2/account/current/subdomain");
        assert_eq!(asked, 1, "{fault:?}: whether it happened is asked first");
        if state == DeliveryState::Parked {
            let notices = world.deps.store.notices(world.connection).await.unwrap();
            assert_eq!(notices[0].cause.key(), "crm-credentials");
        }
    }
}

#[tokio::test]
async fn account_that_moved_is_followed_in_the_middle_of_a_delivery() {
    let (world, crm) = with_consent().await;
    crm.state().account = "renamed.kommo.com".to_owned();
    post(&world, &fixture!("hung_up_in_menu")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let [delivery] = deliveries(&world).await.try_into().unwrap();
    assert_eq!((delivery.state, delivery.attempts_used), (DeliveryState::Delivered, 0));
    assert_eq!(crm.logged().len(), 1);
}

#[tokio::test]
async fn account_that_is_not_paid_pauses_and_goes_on_when_it_is() {
    let (world, crm) = with_consent().await;
    world.clock.advance(Duration::from_hours(25));
    crm.fail(TOKENS, KommoFault::Problem(402));
    post(&world, &fixture!("called_out")[2..]).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let [delivery] = deliveries(&world).await.try_into().unwrap();
    assert_eq!(delivery.attempts.last().unwrap().class, AttemptClass::Unpaid);
    assert!(crm.logged().is_empty());
    let state = world.deps.store.crm_state(world.connection).await.unwrap();
    assert!(state.value.grant.is_some(), "the consent outlives the bill");
}

#[tokio::test]
async fn being_told_to_wait_costs_no_attempt() {
    for fault in [KommoFault::Problem(429), KommoFault::Status(403)] {
        let (world, crm) = with_token(UnknownContact::Contact).await;
        crm.fail(None, fault);
        post(&world, &fixture!("hung_up_in_menu")).await;
        world.retry_after(AFTER_THE_HOLD).await;
        let [delivery] = deliveries(&world).await.try_into().unwrap();
        assert_eq!(delivery.attempts.first().map(|attempt| attempt.class), Some(AttemptClass::Throttled));
        assert_eq!(delivery.attempts_used, 0, "{fault:?}");
        for _ in 0..3 {
            world.retry_after(Duration::from_mins(16)).await;
        }
        assert_eq!(crm.logged().len(), 1, "{fault:?}");
    }
}
