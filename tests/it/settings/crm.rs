//! The CRM beside a connection: consent by browser and by installation, users for the mapping, a test record, and clicks
//! that become calls.

use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode};
use ringbridge::clock::Clock as _;
use serde_json::{Value, json};
use simulators::bitrix24::{CLIENT_ID, CLIENT_SECRET, MEMBER, Portal};
use simulators::bottlecrm::{self, BottleCrm};
use simulators::pbx::Tenant;
use simulators::posting::Posting;
use simulators::settled;
use tower::ServiceExt as _;

use super::calling::calls;
use super::world::{JOHN, MARY, OURS, SettingsWorld};
use crate::bitrix24;
use crate::calls::fixture;

const PROOF: &str = "the-application-token";
const NUMBER: &str = "+442079460777";

/// The demo client, connected to a portal in which nobody has consented yet.
async fn world() -> (SettingsWorld, Portal) {
    let mut world = SettingsWorld::with(vec![Tenant::demo()], &[]).await;
    let portal = bitrix24::portal(world.clock.clone());
    world.redeploy(&[("RINGBRIDGE_BITRIX24_OAUTH", &portal.oauth_url())]);
    let mut form = world.form();
    form["crm"] = crm(&portal);
    let (status, body) = world.post("/api/v1/connections", &form).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    body["admin_key"].as_str().unwrap().clone_into(&mut world.key);
    assert!(body["crm"]["event_url"].as_str().unwrap().starts_with("https://bridge.example/crm-event/"));
    (world, portal)
}

fn crm(portal: &Portal) -> Value {
    json!({ "kind": "bitrix24", "portal": portal.url(), "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET })
}

pub(super) async fn shown(world: &SettingsWorld, name: &str) -> String {
    world.get("/api/v1/connection").await.1["crm"][name].as_str().unwrap().to_owned()
}

/// What the browser brings back from the portal.
async fn come_back(world: &SettingsWorld, code: &str) -> (StatusCode, Value) {
    let authorise = url::Url::parse(&shown(world, "authorize_url").await).unwrap();
    let state = authorise.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    back_with(world, code, &state).await
}

async fn back_with(world: &SettingsWorld, code: &str, state: &str) -> (StatusCode, Value) {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("code", code)
        .append_pair("state", state)
        .finish();
    world.get(&format!("/api/v1/crm/callback?{query}")).await
}

/// What the portal posts: an event with its proof.
async fn post(world: &SettingsWorld, path: &str, fields: &[(&str, &str)]) -> StatusCode {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    world.send(Request::post(path).body(Body::from(body)).unwrap()).await.0
}

pub(super) async fn event_path(world: &SettingsWorld) -> String {
    shown(world, "event_url").await.strip_prefix("https://bridge.example").unwrap().to_owned()
}

async fn install(world: &SettingsWorld, portal: &Portal) -> StatusCode {
    let access = portal.state().access();
    let refresh = portal.state().refresh();
    let endpoint = format!("{}/rest/", portal.url());
    let fields = [
        ("event", "ONAPPINSTALL"),
        ("auth[access_token]", access.as_str()),
        ("auth[refresh_token]", refresh.as_str()),
        ("auth[expires_in]", "3600"),
        ("auth[client_endpoint]", endpoint.as_str()),
        ("auth[member_id]", MEMBER),
        ("auth[user_id]", "1"),
        ("auth[application_token]", PROOF),
    ];
    post(world, &event_path(world).await, &fields).await
}

/// A click on a number in the portal.
async fn click(world: &SettingsWorld, proof: &str, call: &str, ago: u64) -> StatusCode {
    let ts = (world.clock.now().secs() - i64::try_from(ago).unwrap()).to_string();
    let fields = [
        ("event", "ONEXTERNALCALLSTART"),
        ("data[USER_ID]", "1"),
        ("data[PHONE_NUMBER]", "02079460777"),
        ("data[PHONE_NUMBER_INTERNATIONAL]", NUMBER),
        ("data[CALL_ID]", call),
        ("ts", ts.as_str()),
        ("auth[application_token]", proof),
    ];
    post(world, &event_path(world).await, &fields).await
}

#[tokio::test]
async fn consent_by_browser_connects_the_portal_and_binds_its_events() {
    let (world, portal) = world().await;
    assert_eq!(world.get("/api/v1/crm/users").await.0, StatusCode::BAD_GATEWAY, "nobody has consented");
    let (status, body) = come_back(&world, "another-code").await;
    assert_eq!(status, StatusCode::BAD_GATEWAY, "{body}");
    let (status, body) = come_back(&world, "the-code").await;
    assert_eq!((status, body), (StatusCode::OK, json!({ "state": "connected" })));
    let events = shown(&world, "event_url").await;
    let handlers = portal.state().handlers.clone();
    assert_eq!(handlers.len(), 3);
    assert!(handlers.iter().all(|handler| handler["handler"] == events.as_str()), "{handlers:?}");
    // Once more: what is bound stays bound, and the address is the one that was entered in the portal.
    assert_eq!(come_back(&world, "the-code").await.0, StatusCode::OK);
    assert_eq!(shown(&world, "event_url").await, events);
    assert_eq!(portal.state().handlers.len(), 3);
    let (status, check) = world.post("/api/v1/crm/check", &json!({})).await;
    assert_eq!(
        (status, &check["works"], &check["test_record"]),
        (StatusCode::OK, &json!(true), &json!("stands"))
    );
    assert_eq!(portal.state().leads, 0, "no lead or contact is made for a test");
}

#[tokio::test]
async fn consent_that_was_not_begun_here_or_too_long_ago_is_refused() {
    let (world, _portal) = world().await;
    let authorise = url::Url::parse(&shown(&world, "authorize_url").await).unwrap();
    let state = authorise.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    for wrong in ["", "x", "x.y", &state[..state.len() - 4], &state.to_uppercase()] {
        assert_eq!(back_with(&world, "the-code", wrong).await.0, StatusCode::BAD_REQUEST, "{wrong}");
    }
    world.clock.advance(Duration::from_mins(61));
    assert_eq!(back_with(&world, "the-code", &state).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(back_with(&world, "", &state).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn users_come_with_offers_by_number_and_the_check_says_what_lacks() {
    let (world, portal) = world().await;
    assert_eq!(install(&world, &portal).await, StatusCode::OK);
    let (status, users) = world.get("/api/v1/crm/users").await;
    assert_eq!(status, StatusCode::OK, "{users}");
    let offers: Vec<_> = users["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| {
            (user["crm_user"].clone(), user["offer"]["extension_id"].clone(), user["offer"]["by"].clone())
        })
        .collect();
    let offer = |user: &str, extension: u64| (json!(user), json!(extension), json!("number"));
    assert_eq!(offers[..2], [offer("1", MARY), offer("2", JOHN)]);
    portal.fail(Some("user.get"), simulators::bitrix24::PortalFault::Inside("insufficient_scope", ""));
    let check = world.post("/api/v1/crm/check", &json!({})).await.1;
    assert_eq!(check["works"], false);
    assert!(check["problem"].as_str().unwrap().contains("lacks a permission"), "{check}");
}

#[tokio::test]
async fn installation_must_come_by_the_address_from_the_portal_and_work() {
    let (world, portal) = world().await;
    let path = event_path(&world).await;
    let forged = format!("{}{}", &path[..path.len() - 6], "AAAAAA");
    for path in [forged.as_str(), "/crm-event/x", "/crm-event/"] {
        let status = post(&world, path, &[("event", "ONAPPINSTALL")]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(install(&world, &portal).await, StatusCode::OK);
    let theirs = [
        ("event", "ONAPPINSTALL"),
        ("auth[access_token]", "x"),
        ("auth[refresh_token]", "y"),
        ("auth[client_endpoint]", "https://evil.example/rest/"),
        ("auth[application_token]", "z"),
    ];
    assert_eq!(post(&world, &path, &theirs).await, StatusCode::NOT_FOUND, "another portal's");
    let endpoint = format!("{}/rest/", portal.url());
    let mut broken = theirs;
    broken[3].1 = &endpoint;
    assert_eq!(
        post(&world, &path, &broken).await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "tokens that don't work"
    );
    assert_eq!(world.get("/api/v1/crm/users").await.0, StatusCode::OK, "the consent before stands");
    let long = "x".repeat(70_000);
    assert_eq!(post(&world, &path, &[("event", &long)]).await, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_click_rings_the_users_phone_once_and_its_record_is_that_call_of_the_portal() {
    let (world, portal) = world().await;
    install(&world, &portal).await;
    assert_eq!(world.map(&[("1", &[MARY])]).await.0, StatusCode::OK);
    world.clock.advance(Duration::from_mins(3));
    world.requests();
    portal.state().clicked("externalCall.clicked", 1, NUMBER, world.clock.now());
    assert_eq!(click(&world, "forged", "externalCall.clicked", 1).await, StatusCode::NOT_FOUND);
    assert_eq!(
        click(&world, PROOF, "externalCall.clicked", 20).await,
        StatusCode::OK,
        "too late to be called"
    );
    assert_eq!(calls(&world), 0);
    for _ in 0..3 {
        assert_eq!(click(&world, PROOF, "externalCall.clicked", 1).await, StatusCode::OK);
    }
    assert_eq!(calls(&world), 1, "a repeat rings nobody");
    let call = world.pbx.callbacks()[0].call_id.clone();
    let path = world.pbx.events(MARY)[0].url.strip_prefix("https://bridge.example").unwrap().to_owned();
    assert!(OURS.ends_with("/ext-event/") && path.starts_with("/ext-event/"));
    let router = settled::router(world.deps.calls.clone());
    let shift = Duration::from_micros(
        u64::try_from(world.clock.now().micros() - 1_788_264_600_000_000).unwrap_or_default(),
    );
    for body in fixture!("called_out") {
        let (_, body) = Posting::from(body).in_call(&call).later(shift).posted();
        let request = Request::post(&path).body(Body::from(body)).unwrap();
        assert_eq!(router.clone().oneshot(request).await.unwrap().status(), StatusCode::OK);
    }
    world.retry_after(Duration::from_mins(2)).await;
    let logged = portal.logged();
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert_eq!(logged[0].id, "externalCall.clicked");
    assert_eq!(portal.state().count("telephony.externalCall.register"), 0, "the portal has it already");
    // The next click, seconds later, is another wish.
    world.clock.advance(Duration::from_secs(6));
    portal.state().clicked("externalCall.again", 1, NUMBER, world.clock.now());
    click(&world, PROOF, "externalCall.again", 0).await;
    assert_eq!(calls(&world), 1);
}

#[tokio::test]
async fn an_application_that_was_removed_pauses_until_it_is_installed_again() {
    let (world, portal) = world().await;
    install(&world, &portal).await;
    let path = event_path(&world).await;
    let removed = [("event", "ONAPPUNINSTALL"), ("auth[application_token]", PROOF)];
    assert_eq!(post(&world, &path, &removed).await, StatusCode::OK);
    assert_eq!(world.get("/api/v1/connection").await.1["state"], "paused");
    assert_eq!(world.notices().await, ["crm-credentials"]);
    assert_eq!(world.get("/api/v1/crm/users").await.0, StatusCode::BAD_GATEWAY);
    assert_eq!(install(&world, &portal).await, StatusCode::OK);
    assert_eq!(world.get("/api/v1/connection").await.1["state"], "active");
    assert!(world.notices().await.is_empty());
}

#[tokio::test]
async fn the_address_and_the_consent_survive_another_sealing_key() {
    let (mut world, portal) = world().await;
    install(&world, &portal).await;
    let events = shown(&world, "event_url").await;
    let keys = format!("ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=,{}", super::world::SEALING_KEY);
    let oauth = portal.oauth_url();
    world.redeploy(&[("RINGBRIDGE_SEALING_KEY", &keys), ("RINGBRIDGE_BITRIX24_OAUTH", &oauth)]);
    world.retry_after(Duration::from_hours(2)).await;
    let new = keys.split(',').next().unwrap().to_owned();
    world.redeploy(&[("RINGBRIDGE_SEALING_KEY", &new), ("RINGBRIDGE_BITRIX24_OAUTH", &oauth)]);
    assert_eq!(shown(&world, "event_url").await, events);
    assert_eq!(world.get("/api/v1/crm/users").await.0, StatusCode::OK);
}

#[tokio::test]
async fn the_webhook_is_tried_with_a_record_that_is_taken_back() {
    let (world, inbox) = SettingsWorld::deaf().await;
    let (status, check) = world.post("/api/v1/crm/check", &json!({})).await;
    assert_eq!(
        (status, &check["works"], &check["test_record"]),
        (StatusCode::OK, &json!(true), &json!("taken_back"))
    );
    let records = inbox.records();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].kind, "call.withdrawn");
    assert!(records[0].data["call_id"].as_str().unwrap().starts_with("ringbridge-test-"), "{records:?}");
    assert!(inbox.standing().is_empty());
    assert!(world.get("/api/v1/calls").await.1["items"].as_array().unwrap().is_empty(), "it is no call");
    assert_eq!(world.get("/api/v1/crm/users").await.1["items"], json!([]), "a webhook has no users");
    assert_eq!(world.get("/api/v1/connection").await.1["crm"]["event_url"], Value::Null);
    inbox.fail_next(1, &simulators::crm::CrmFault::Status(500, None));
    let check = world.post("/api/v1/crm/check", &json!({})).await.1;
    assert_eq!((&check["works"], &check["problem"]), (&json!(false), &json!("the CRM answered 500")));
}

#[tokio::test]
async fn settings_that_the_crm_refuses_are_not_stored_and_one_that_is_down_refuses_nothing() {
    let mut world = SettingsWorld::start().await;
    let crm = BottleCrm::start(0, world.clock.clone()).unwrap();
    let settings = |token: &str| json!({ "kind": "bottlecrm", "url": crm.url(), "token": token });
    let mut form = world.form();
    form["crm"] = settings("bcrm_pat_wrong");
    let (status, body) = world.post("/api/v1/connections", &form).await;
    assert_eq!(
        (status, &body["errors"][0]["path"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("crm")),
        "{body}"
    );
    assert_eq!(world.stored("C#").await.len(), 0, "nothing is stored");
    form["crm"] = settings(bottlecrm::TOKEN);
    let (status, body) = world.post("/api/v1/connections", &form).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    body["admin_key"].as_str().unwrap().clone_into(&mut world.key);
    let wrong = json!({ "crm": settings("bcrm_pat_wrong") });
    assert_eq!(world.patch(&wrong).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.post("/api/v1/crm/check", &json!({})).await.1["works"], true, "the token before stands");
    crm.fail(None, bottlecrm::BottleFault::Status(503));
    assert_eq!(
        world.patch(&json!({ "crm": settings(bottlecrm::TOKEN) })).await.0,
        StatusCode::OK,
        "it waits"
    );
}
