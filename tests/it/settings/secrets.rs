//! A webhook's secret signs beside a new one for a day; what rests is sealed for its connection and its field.

use std::time::Duration;

use http::StatusCode;
use ringbridge::model::ids::ConnectionId;
use ringbridge::model::secret::Secret;
use ringbridge::model::secret::field;
use ringbridge::seal::Sealer;
use serde_json::{Value, json};
use simulators::crm::Inbox;
use simulators::pbx::{Matcher, PbxFault};
use simulators::random::SeededRandomness;
use simulators::world::SECRET;

use super::world::{MARY, SEALING_KEY, SettingsWorld};

const NEW: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NEW_KEY: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

fn crm(inbox: &Inbox, secret: &str) -> Value {
    json!({ "kind": "webhook", "url": inbox.url(), "secret": secret })
}

/// Records that a receiver took who knows the old secret only.
async fn taken(world: &SettingsWorld, inbox: &Inbox) -> usize {
    let before = inbox.records().len();
    world.play("A").await;
    world.retry_after(Duration::from_hours(1)).await;
    inbox.records().len() - before
}

#[tokio::test]
async fn old_secret_signs_beside_the_new_one_for_a_day() {
    let (world, inbox) = SettingsWorld::deaf().await;
    let (status, body) = world.patch(&json!({ "crm": crm(&inbox, NEW) })).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["crm"]["former_secret_until"], "2026-09-02T12:05:00Z");
    assert_eq!(taken(&world, &inbox).await, 1);
    assert_eq!(world.patch(&json!({ "crm": crm(&inbox, NEW) })).await.0, StatusCode::OK);
    assert_eq!(taken(&world, &inbox).await, 1, "the same secret again ends nothing");
    world.clock.advance(Duration::from_hours(24));
    assert_eq!(taken(&world, &inbox).await, 0);
    let shown = world.get("/api/v1/connection").await.1;
    assert_eq!(shown["crm"], json!({ "kind": "webhook", "url": inbox.url() }));
    let connection = world.stored("C#").await.into_iter().find(|item| item.contains("S(\"META\")")).unwrap();
    assert!(!connection.contains("former"), "it is gone from the store");
}

#[tokio::test]
async fn old_secret_that_others_know_is_revoked_at_once() {
    let (world, inbox) = SettingsWorld::deaf().await;
    let mut known = crm(&inbox, NEW);
    known["revoke_former"] = json!(true);
    let (status, body) = world.patch(&json!({ "crm": known })).await;
    assert_eq!((status, &body["crm"]["former_secret_until"]), (StatusCode::OK, &Value::Null));
    assert_eq!(taken(&world, &inbox).await, 0);
}

#[tokio::test]
async fn receiver_elsewhere_gets_no_signature_of_the_old_secret() {
    let world = SettingsWorld::connected().await;
    let elsewhere = json!({ "kind": "webhook", "url": "https://other.example/hook", "secret": SECRET });
    let body = world.patch(&json!({ "crm": elsewhere })).await.1;
    assert_eq!(body["crm"], json!({ "kind": "webhook", "url": "https://other.example/hook" }));
}

#[tokio::test]
async fn addresses_and_secrets_rest_sealed() {
    let world = SettingsWorld::connected().await;
    let stored = world.stored("").await.join("\n");
    for word in ["crm.example", "MfKQ9r8G", "c0ffee"] {
        assert!(!stored.contains(word), "{word}");
    }
}

#[test]
fn sealed_value_opens_in_its_place_alone() {
    let (sealer, random) = (Sealer::parse(SEALING_KEY).unwrap(), SeededRandomness::new(7));
    let (ours, theirs) = (ConnectionId::random(&random), ConnectionId::random(&random));
    let secret = Secret::new("open sesame");
    let sealed = sealer.seal(ours, field::CRM_TOKEN, &secret, &random).unwrap();
    assert_eq!(sealer.open(ours, field::CRM_TOKEN, &sealed).unwrap(), secret);
    assert!(sealer.open(ours, field::CRM_REFRESH, &sealed).is_err(), "in another field");
    assert!(sealer.open(theirs, field::CRM_TOKEN, &sealed).is_err(), "of another connection");
}

#[tokio::test]
async fn connection_that_is_being_removed_is_sealed_anew_too() {
    let mut world = SettingsWorld::connected().await;
    world.map_all().await;
    let failing = Matcher::new("DELETE", &format!("/extension/{MARY}/")).times(2);
    world.pbx.fail_next(failing, PbxFault::Status(503, String::new()));
    assert_eq!(world.delete("/api/v1/connection").await.0, StatusCode::ACCEPTED);
    let both = format!("{NEW_KEY},{SEALING_KEY}");
    world.redeploy(&[("RINGBRIDGE_SEALING_KEY", &both)]);
    world.retry_after(Duration::from_mins(2)).await;
    assert!(world.items().await > 0, "it goes on");
    // From here on the old key is gone, and the PBX wants a new token.
    world.redeploy(&[("RINGBRIDGE_SEALING_KEY", NEW_KEY)]);
    world.pbx.revoke_tokens();
    world.clock.advance(Duration::from_hours(2));
    for _ in 0..3 {
        world.retry_after(Duration::from_hours(2)).await;
    }
    world.assert_installed(&[]);
    assert_eq!(world.items().await, 0);
}
