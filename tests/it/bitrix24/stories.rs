//! Whole calls through the real router, the store and the queue, into a portal.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::Request;
use ringbridge::crm::{AuthServers, Connectors};
use ringbridge::flow::CallDeps;
use ringbridge::flow::crm_access::seal_grant;
use ringbridge::http_client::{self, Targets};
use ringbridge::model::connection::{Policy, UnknownContact};
use ringbridge::model::delivery::{AttemptClass, DeliveryState};
use ringbridge::model::ids::CrmUserId;
use ringbridge::model::secret::crm_field;
use ringbridge::storage::Saved;
use simulators::bitrix24::{Call, Portal, PortalFault};
use simulators::patience::PATIENT;
use simulators::posting::Posting;
use simulators::settled;
use simulators::world::{NOON, World};
use tower::ServiceExt as _;
use url::Url;

use super::{grant, portal, schema, target};
use crate::calls::{AFTER_THE_HOLD, fixture, post};
use crate::faults::deliveries;

/// A portal whose clock stands still, and a world whose calls go there.
async fn connected() -> (World, Portal) {
    connected_with(Policy::default()).await
}

async fn connected_with(policy: Policy) -> (World, Portal) {
    let clock = Arc::new(simulators::clock::ManualClock::at(NOON));
    let portal = portal(clock);
    let policy = Policy { default_crm_user: CrmUserId::parse("1"), ..policy };
    let world = World::configured(&[("RINGBRIDGE_BITRIX24_OAUTH", &portal.oauth_url())], policy).await;
    let (deps, id) = (&world.deps, world.connection);
    let mut connection = deps.store.connection(id).await.unwrap().unwrap();
    let seal = |name: &str, value: &_| deps.sealer.seal(id, &crm_field(name), value, deps.random.as_ref());
    connection.value.crm = target(&portal).try_map(seal).unwrap();
    assert!(matches!(deps.store.save_connection(&connection).await.unwrap(), Saved::Done(_)));
    let mut state = deps.store.crm_state(id).await.unwrap();
    state.value.grant = Some(seal_grant(deps.crm(), id, &grant(&portal, NOON)).unwrap());
    assert!(matches!(deps.store.save_crm_state(id, &state).await.unwrap(), Saved::Done(_)));
    for mut stored in deps.store.extensions(id).await.unwrap() {
        let user = stored.value.crm_user.as_ref().and_then(|user| user.as_str().strip_prefix('u'));
        stored.value.crm_user = user.and_then(CrmUserId::parse);
        assert!(matches!(deps.store.save_extension(id, &stored).await.unwrap(), Saved::Done(_)));
    }
    (world, portal)
}

/// Plays a call to its end and gives what stands in the portal: user and code of each.
async fn play(bodies: &[(u64, &str)]) -> (World, Portal, Vec<(String, String)>) {
    let (world, portal) = connected().await;
    post(&world, bodies).await;
    world.retry_after(AFTER_THE_HOLD).await;
    schema::check(&portal);
    let logged = logged(&portal);
    (world, portal, logged)
}

fn logged(portal: &Portal) -> Vec<(String, String)> {
    let line = |call: Call| {
        let row = call.row.unwrap();
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        (text("PORTAL_USER_ID"), text("CALL_FAILED_CODE"))
    };
    let mut lines: Vec<_> = portal.logged().into_iter().map(line).collect();
    lines.sort();
    lines
}

fn lines(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(user, code)| ((*user).to_owned(), (*code).to_owned())).collect()
}

#[tokio::test]
async fn calls_of_every_kind_stand_in_the_portal_once() {
    for (name, bodies, expected) in [
        ("answered", fixture!("answered"), lines(&[("1", "200")])),
        ("queue of two phones", fixture!("queue_one_answers"), lines(&[("1", "200")])),
        ("missed", fixture!("queue_missed_behind_menu"), lines(&[("1", "304")])),
        ("transfer of two legs", fixture!("transferred"), lines(&[("1", "200"), ("2", "200")])),
        ("dialled", fixture!("called_out"), lines(&[("1", "200")])),
    ] {
        let (world, portal, found) = play(&bodies).await;
        assert_eq!(found, expected, "{name}");
        let all_hidden = portal.state().calls.values().all(|call| call.shown.is_empty());
        assert!(all_hidden, "{name}: no card is left open");
        for delivery in deliveries(&world).await {
            assert_eq!(delivery.state, DeliveryState::Delivered, "{name}: {:?}", delivery.reason);
            assert!(delivery.progress.id("record").is_some(), "{name}: the activity's id is known");
        }
    }
}

#[tokio::test]
async fn two_processes_make_one_contact_of_one_stranger() {
    let policy = Policy { unknown_contact: UnknownContact::Contact, ..Policy::default() };
    let (world, portal) = connected_with(policy).await;
    let client = http_client::for_crm(PATIENT, Targets::AnyAddress).unwrap();
    let servers = AuthServers {
        bitrix24: Url::parse(&portal.oauth_url()).unwrap(),
        kommo: None,
        hubspot: crate::hubspot::nowhere(),
    };
    let deps = CallDeps { connectors: Arc::new(Connectors::all(&client, &servers)), ..world.deps.clone() };
    let other = settled::router(deps);
    let first = fixture!("answered");
    // The same caller, at the same time, on another phone and in another call.
    let second: Vec<_> =
        first.iter().map(|body| Posting::from(*body).on(206).in_call("another-call").posted()).collect();
    let there = async {
        for (extension, body) in &second {
            let request = Request::post(world.event_path(*extension)).body(Body::from(body.clone())).unwrap();
            assert_eq!(other.clone().oneshot(request).await.unwrap().status(), 200);
        }
    };
    portal.state().lags = true;
    tokio::join!(post(&world, &first), there);
    for _ in 0..3 {
        world.retry_after(Duration::from_mins(2)).await;
    }
    assert_eq!(portal.logged().len(), 2);
    assert_eq!(portal.state().count("crm.contact.add"), 1);
    for delivery in deliveries(&world).await {
        assert_eq!(
            (delivery.state, delivery.attempts_used),
            (DeliveryState::Delivered, 0),
            "waiting costs none"
        );
    }
}

#[tokio::test]
async fn token_that_ends_is_renewed_once_by_two_attempts_side_by_side() {
    let (world, portal) = connected().await;
    world.clock.advance(Duration::from_hours(2));
    let (d, h) = (fixture!("hung_up_in_menu"), fixture!("called_out"));
    let (one, two) = (post(&world, &d), post(&world, &h[2..]));
    tokio::join!(one, two);
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(portal.logged().len(), 2);
    assert_eq!(portal.state().renewals, 1);
    portal.fail(None, PortalFault::Error(401, "expired_token", ""));
    post(&world, &fixture!("called_out_busy")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    assert_eq!(
        (portal.logged().len(), portal.state().renewals),
        (3, 2),
        "renewed in the middle, and repeated"
    );
}

#[tokio::test]
async fn quota_costs_no_attempt_and_a_moved_portal_is_found_by_its_token() {
    for (fault, class) in [
        (PortalFault::Error(503, "QUERY_LIMIT_EXCEEDED", ""), Some(AttemptClass::Throttled)),
        (PortalFault::Moved, None),
    ] {
        let (world, portal) = connected().await;
        portal.fail(None, fault);
        post(&world, &fixture!("hung_up_in_menu")).await;
        world.retry_after(AFTER_THE_HOLD).await;
        let [delivery] = deliveries(&world).await.try_into().unwrap();
        assert_eq!(
            delivery.attempts.first().map(|attempt| attempt.class),
            class.or(Some(AttemptClass::Delivered))
        );
        assert_eq!(delivery.attempts_used, 0, "{fault:?}");
        for _ in 0..3 {
            world.retry_after(Duration::from_mins(2)).await;
        }
        assert_eq!(logged(&portal).len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn consent_that_was_taken_back_pauses_and_asks_for_a_new_one() {
    let (world, portal) = connected().await;
    portal.state().refuses_tokens = Some((400, "invalid_grant"));
    world.clock.advance(Duration::from_hours(2));
    post(&world, &fixture!("hung_up_in_menu")).await;
    world.retry_after(AFTER_THE_HOLD).await;
    let [delivery] = deliveries(&world).await.try_into().unwrap();
    assert_eq!(delivery.state, DeliveryState::Parked);
    assert!(delivery.reason.unwrap().contains("connected again"));
    assert_eq!(world.deps.store.notices(world.connection).await.unwrap()[0].cause.key(), "crm-credentials");
    assert!(portal.logged().is_empty());
}
