//! Admin keys: several, named, with an end and a scope, changed one for another without reconnecting.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use super::world::{MARY, SettingsWorld};

const KEYS: &str = "/api/v1/keys";

async fn make(world: &SettingsWorld, body: Value) -> Value {
    let (status, made) = world.post(KEYS, &body).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made
}

async fn ids(world: &SettingsWorld) -> Vec<String> {
    let list = world.get(KEYS).await.1;
    list["items"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_key_is_changed_for_another_without_reconnecting() {
    let mut world = SettingsWorld::connected().await;
    world.requests();
    let (old, old_key) = (ids(&world).await.remove(0), world.key.clone());
    let made = make(&world, json!({ "name": "New" })).await;
    let expected = json!({
        "id": made["id"], "name": "New", "scope": "full", "created_at": "2026-09-01T12:00:00Z",
        "last_used_at": null, "expires_at": null, "current": false, "admin_key": made["admin_key"],
    });
    assert_eq!(made, expected);
    made["admin_key"].as_str().unwrap().clone_into(&mut world.key);
    assert_eq!(world.delete(&format!("{KEYS}/{old}")).await.0, StatusCode::NO_CONTENT);
    assert_eq!(ids(&world).await, [made["id"].as_str().unwrap()]);
    let list = world.get(KEYS).await.1.to_string();
    assert!(!list.contains("rb_"), "keys are shown once: {list}");
    world.key = old_key;
    assert_eq!(world.get(KEYS).await.0, StatusCode::UNAUTHORIZED);
    assert!(world.requests().is_empty(), "the PBX has no part in it");
}

#[tokio::test]
async fn the_last_key_that_can_make_others_stays() {
    let world = SettingsWorld::connected().await;
    let first = ids(&world).await.remove(0);
    make(&world, json!({ "name": "Reports", "scope": "read" })).await;
    make(&world, json!({ "name": "Trial", "expires_at": "2026-09-01T13:00:00Z" })).await;
    world.clock.advance(Duration::from_hours(1));
    let path = format!("{KEYS}/{first}");
    assert_eq!(world.delete(&path).await.0, StatusCode::CONFLICT);
    make(&world, json!({ "name": "Second" })).await;
    assert_eq!(world.delete(&path).await.0, StatusCode::NO_CONTENT);
    assert_eq!(world.delete(&path).await.0, StatusCode::UNAUTHORIZED, "a key can revoke itself");
}

#[tokio::test]
async fn key_that_may_only_read_changes_nothing() {
    let mut world = SettingsWorld::connected().await;
    let made = make(&world, json!({ "name": "Reports", "scope": "read" })).await;
    made["admin_key"].as_str().unwrap().clone_into(&mut world.key);
    for path in ["/api/v1/connection", "/api/v1/calls", "/api/v1/audit", KEYS] {
        assert_eq!(world.get(path).await.0, StatusCode::OK, "{path}");
    }
    let none = json!({});
    for path in [KEYS, "/api/v1/calls/resend", "/api/v1/provisioning/retry", "/api/v1/connection/refresh"] {
        assert_eq!(world.post(path, &none).await.0, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(world.patch(&json!({ "name": "x" })).await.0, StatusCode::FORBIDDEN);
    assert_eq!(world.map(&[("u1", &[MARY])]).await.0, StatusCode::FORBIDDEN);
    assert_eq!(world.delete("/api/v1/connection").await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn key_ends_and_its_use_is_noted_once_an_hour() {
    let mut world = SettingsWorld::connected().await;
    let made = make(&world, json!({ "name": "Trial", "expires_at": "2026-09-01T15:00:00Z" })).await;
    let first = std::mem::replace(&mut world.key, made["admin_key"].as_str().unwrap().to_owned());
    let used = async |world: &SettingsWorld| world.get(KEYS).await.1["items"][1]["last_used_at"].clone();
    world.clock.advance(Duration::from_mins(10));
    assert_eq!(used(&world).await, "2026-09-01T12:10:00Z");
    world.clock.advance(Duration::from_mins(59));
    assert_eq!(used(&world).await, "2026-09-01T12:10:00Z", "no write for each request");
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(used(&world).await, "2026-09-01T13:10:00Z");
    world.clock.advance(Duration::from_hours(2));
    assert_eq!(world.get(KEYS).await.0, StatusCode::UNAUTHORIZED);
    world.key = first;
    assert_eq!(world.get(KEYS).await.1["items"].as_array().map(Vec::len), Some(2), "it is still listed");
}

#[tokio::test]
async fn there_are_at_most_twenty_and_events_read_a_small_connection() {
    let world = SettingsWorld::connected().await;
    for n in 1..20 {
        let body = json!({ "name": format!("{n:é<60}"), "expires_at": "2027-09-01T00:00:00Z" });
        make(&world, body).await;
    }
    let (status, _) = world.post(KEYS, &json!({ "name": "One more" })).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let connection = world.stored("C#").await.into_iter().find(|item| item.contains("S(\"META\")")).unwrap();
    assert!(connection.len() < 4_096, "{} bytes", connection.len());
}

#[tokio::test]
async fn wishes_that_make_no_sense_are_named() {
    let world = SettingsWorld::connected().await;
    let wrong =
        json!({ "name": "x".repeat(61), "scope": "all", "expires_at": "2026-09-01T11:00:00Z", "key": 1 });
    let (status, body) = world.post(KEYS, &wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let paths: Vec<_> =
        body["errors"].as_array().unwrap().iter().map(|error| error["path"].clone()).collect();
    assert_eq!(paths, ["key", "name", "scope", "expires_at"]);
    for id in ["x", "000000000000", "%00"] {
        assert_eq!(world.delete(&format!("{KEYS}/{id}")).await.0, StatusCode::NOT_FOUND, "{id}");
    }
}

#[tokio::test]
async fn taking_a_connection_over_voids_all_keys_and_is_told() {
    let mut world = SettingsWorld::connected().await;
    let made = make(&world, json!({ "name": "Reports", "scope": "read" })).await;
    world.connect().await;
    assert_eq!(ids(&world).await.len(), 1);
    assert_eq!(world.notices().await, ["taken-over"]);
    assert_eq!(world.told(), ["taken_over"]);
    let trail = world.get("/api/v1/audit").await.1;
    assert_eq!(trail["items"][0]["action"], "taken_over");
    let void = trail["items"][0]["details"]["void_keys"].as_array().unwrap();
    assert!(void.len() == 2 && void.contains(&made["id"]), "{void:?}");
    made["admin_key"].as_str().unwrap().clone_into(&mut world.key);
    assert_eq!(world.get(KEYS).await.0, StatusCode::UNAUTHORIZED);
}
