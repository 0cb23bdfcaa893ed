//! The audit trail: who, when, from where, what; never a secret, a number or a name.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::world::{MARY, SettingsWorld};

const AUDIT: &str = "/api/v1/audit";

async fn trail(world: &SettingsWorld) -> Vec<Value> {
    world.get(AUDIT).await.1["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn every_change_is_written_down_with_its_key_and_network() {
    let world = SettingsWorld::connected().await;
    let key = world.get("/api/v1/keys").await.1["items"][0]["id"].clone();
    let does = async |method: Method, path: &str, body: Value| {
        world.clock.advance(Duration::from_secs(1));
        world.from("203.0.113.77", &world.key, method, path, &body).await
    };
    let change = json!({
        "name": "Secret name",
        "policy": { "log_internal": true, "ignore_numbers": ["+442079460555"] },
        "crm": { "kind": "webhook", "url": "https://crm.example/private", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
    });
    assert_eq!(does(Method::PATCH, "/api/v1/connection", change).await.0, StatusCode::OK);
    let users = json!({ "users": [{ "crm_user": "person", "extension_ids": [MARY] }] });
    assert_eq!(does(Method::PUT, "/api/v1/mapping", users).await.0, StatusCode::OK);
    does(Method::POST, "/api/v1/provisioning/retry", json!({})).await;
    does(Method::POST, "/api/v1/calls/resend", json!({})).await;
    let record = "0".repeat(48);
    does(Method::POST, &format!("/api/v1/calls/{record}/resend"), json!({})).await;
    let made = does(Method::POST, "/api/v1/keys", json!({ "name": "Other" })).await.1;
    let made = made["id"].as_str().unwrap().to_owned();
    does(Method::DELETE, &format!("/api/v1/keys/{made}"), json!({})).await;
    let trail = trail(&world).await;
    let acts: Vec<_> =
        trail.iter().map(|entry| (entry["action"].clone(), entry["details"].clone())).collect();
    let expected = [
        ("key_revoked", json!({ "revoked": made })),
        ("key_made", json!({ "made": made, "scope": "full" })),
        ("resent", json!({ "record": record })),
        ("resent", json!({ "record": null })),
        ("provisioning_retried", json!({})),
        ("mapping_saved", json!({ "version": 1 })),
        ("changed", json!({ "fields": ["name", "crm", "policy.ignore_numbers", "policy.log_internal"] })),
        ("connected", json!({})),
    ];
    assert_eq!(acts, expected.map(|(action, details)| (json!(action), details)));
    for entry in &trail[..7] {
        assert_eq!((&entry["key_id"], &entry["from"]), (&key, &json!("203.0.113.0/24")), "{entry}");
    }
    assert_eq!(trail[6]["at"], "2026-09-01T12:00:01Z");
    let text = Value::from(trail).to_string();
    for word in ["Secret name", "7946", "private", "whsec_", "person", "203.0.113.77", "rb_"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
}

#[tokio::test]
async fn trail_comes_in_pages_and_goes_with_the_connection() {
    let world = SettingsWorld::connected().await;
    for n in 0..60 {
        assert_eq!(world.patch(&json!({ "name": format!("Name {n}") })).await.0, StatusCode::OK);
    }
    let first = world.get(AUDIT).await.1;
    assert_eq!(first["items"].as_array().map(Vec::len), Some(50));
    let cursor = first["cursor"].as_str().unwrap().replace('#', "%23");
    let second = world.get(&format!("{AUDIT}?cursor={cursor}")).await.1;
    assert_eq!((second["items"].as_array().map(Vec::len), &second["cursor"]), (Some(11), &Value::Null));
    for query in ["cursor=x", "cursor=1%232", "from=2026-09-01T12:00:00Z"] {
        assert_eq!(
            world.get(&format!("{AUDIT}?{query}")).await.0,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{query}"
        );
    }
    let entries =
        world.stored("C#").await.into_iter().filter(|item| item.contains("S(\"U#")).collect::<Vec<_>>();
    assert!(entries.len() == 61 && entries.iter().all(|entry| entry.contains("expires_at")));
    assert_eq!(world.delete("/api/v1/connection").await.0, StatusCode::OK);
    assert_eq!(world.items().await, 0);
}

#[tokio::test]
async fn what_can_not_be_written_down_is_not_done() {
    let world = SettingsWorld::connected().await;
    // The key's use was noted by the first request; then: the connection is read, and the trail's entry is lost.
    world.get(AUDIT).await;
    world.fuse.burn_after(1);
    assert!(world.patch(&json!({ "name": "New" })).await.0.is_server_error());
    assert!(world.fuse.mend());
    assert_eq!(world.get("/api/v1/connection").await.1["name"], "Example Ltd");
}
