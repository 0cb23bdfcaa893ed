//! What is read again from the PBX, offered and told to the administrator.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use simulators::pbx::{Extension, ExtensionKind, Matcher, PbxFault, Tenant};

use super::world::{CLIENT, IVR, JOHN, MARY, QUEUE, SettingsWorld, ZOE};

const REFRESH: &str = "/api/v1/connection/refresh";

fn ids(list: &Value) -> Vec<u64> {
    list.as_array().expect("a list").iter().map(|one| one["id"].as_u64().expect("an id")).collect()
}

#[tokio::test]
async fn refresh_tells_the_difference_and_takes_no_mapping_away() {
    let world = SettingsWorld::connected().await;
    world.map_all().await;
    world.pbx.edit_tenant(CLIENT, |tenant| {
        tenant.extensions.retain(|one| one.id != JOHN);
        tenant.extensions.push(Extension::new(731_208, "208", ExtensionKind::Phone, "New"));
        tenant.extensions.push(Extension::new(731_803, "803", ExtensionKind::Queue, "New queue"));
        tenant.extensions[0].label = Some("Mary Married".to_owned());
    });
    world.requests();
    let (status, body) = world.post(REFRESH, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(ids(&body["added"]), [731_208, 731_803]);
    assert_eq!(ids(&body["changed"]), [MARY]);
    assert_eq!(ids(&body["missing"]), [JOHN]);
    assert_eq!((&body["complete"], &body["problem"]), (&json!(true), &Value::Null));
    assert_eq!(world.requests().len(), 5, "events change when a mapping is saved, not otherwise");
    let mapping = world.get("/api/v1/mapping").await.1;
    assert_eq!(mapping["users"].as_array().map(Vec::len), Some(3));
    let again = world.post(REFRESH, &json!({})).await.1;
    assert!(ids(&again["added"]).is_empty() && ids(&again["missing"]).is_empty(), "{again}");
    world.map(&[("u1", &[MARY]), ("u3", &[ZOE])]).await;
    assert_eq!(world.ours(731_803), ["hangup"], "a new queue gets its events when a mapping is saved");
}

#[tokio::test]
async fn empty_partial_and_failed_lists_take_nothing_away() {
    let world = SettingsWorld::with(vec![Tenant::demo().with_phones(150)], &[]).await;
    let mut world = world;
    world.connect().await;
    world.map_all().await;
    let before = world.get("/api/v1/extensions").await.1;
    let empty = PbxFault::Status(200, "[]".to_owned());
    world.pbx.fail_next(Matcher::new("GET", "/client/@me/extension/"), empty);
    let (status, body) = world.post(REFRESH, &json!({})).await;
    assert_eq!((status, &body["complete"]), (StatusCode::OK, &json!(false)));
    let broken = PbxFault::Status(500, String::new());
    world.pbx.fail_next(Matcher::new("GET", "/client/@me/extension/").after(1), broken.clone());
    let (status, body) = world.post(REFRESH, &json!({})).await;
    assert_eq!((status, &body["complete"]), (StatusCode::OK, &json!(false)));
    assert!(body["problem"].as_str().unwrap().contains("500"), "{body}");
    world.pbx.fail_next(Matcher::new("GET", "/client/@me/extension/"), broken);
    assert_eq!(world.post(REFRESH, &json!({})).await.0, StatusCode::BAD_GATEWAY);
    assert_eq!(world.get("/api/v1/extensions").await.1, before);
    let (status, body) = world.post(REFRESH, &json!({})).await;
    assert_eq!((status, &body["complete"]), (StatusCode::OK, &json!(true)));
    world.assert_installed(&[MARY, JOHN, ZOE, QUEUE, IVR]);
}

#[tokio::test]
async fn matches_are_offered_and_never_applied() {
    let world = SettingsWorld::connected().await;
    let users = json!({"users": [
        {"crm_user": "u1", "name": "EXAMPLE, Mary"},
        {"crm_user": "u2", "name": "John S.", "email": "john.sample@example.com"},
        {"crm_user": "u3", "name": "Zoë Пример"},
        {"crm_user": "u4", "name": "Main menu"},
        {"crm_user": "u5", "name": null, "email": "info@example.com"},
    ]});
    let (status, body) = world.post("/api/v1/mapping/suggestions", &users).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let items = body["items"].as_array().unwrap().iter();
    let found: Vec<_> =
        items.map(|one| (one["crm_user"].as_str().unwrap(), one["extension_id"].as_u64().unwrap())).collect();
    assert_eq!(found, [("u1", MARY), ("u2", JOHN), ("u3", ZOE)]);
    let twins = json!({"users": [{"crm_user": "u1", "name": "Mary Example"}, {"crm_user": "u2", "name": "Mary Example"}]});
    let body = world.post("/api/v1/mapping/suggestions", &twins).await.1;
    assert_eq!(body["items"], json!([]), "a label that fits two users fits neither");
    assert_eq!(world.get("/api/v1/mapping").await.1["version"], 0);
}

#[tokio::test]
async fn notice_counts_repeats_is_dismissed_and_comes_back() {
    let world = SettingsWorld::connected().await;
    let server_error = PbxFault::Status(500, String::new());
    world.pbx.fail_next(Matcher::new("GET", "/event/").times(2), server_error.clone());
    world.map(&[("u1", &[MARY])]).await;
    let (status, body) = world.get("/api/v1/notices").await;
    assert_eq!(status, StatusCode::OK);
    let notice = &body["items"][0];
    assert_eq!(body["items"].as_array().map(Vec::len), Some(1), "{body}");
    assert_eq!((&notice["id"], &notice["count"]), (&json!("pbx-failing"), &json!(2)));
    assert!(notice["text"].as_str().unwrap().contains("500") && notice["advice"] != Value::Null);
    let dismiss = "/api/v1/notices/pbx-failing/dismiss";
    assert_eq!(world.post(dismiss, &json!({})).await.0, StatusCode::NO_CONTENT);
    assert_eq!(world.notices().await, Vec::<String>::new());
    world.pbx.fail_next(Matcher::new("GET", &format!("/extension/{MARY}/")), server_error);
    world.retry_after(Duration::from_mins(2)).await;
    assert_eq!(world.post(dismiss, &json!({})).await.0, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn policy_is_changed_field_by_field_and_each_is_checked() {
    let world = SettingsWorld::connected().await;
    let wrong = json!({"policy": {"country": "Britain", "log_internal": "yes", "colour": 1, "timezone": "Europe/Berlin"}});
    let (status, body) = world.patch(&wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let paths: Vec<_> = body["errors"].as_array().unwrap().iter().map(|one| one["path"].clone()).collect();
    assert_eq!(paths, ["policy.colour", "policy.country", "policy.log_internal"]);
    let right =
        json!({"name": "New name", "policy": {"log_internal": true, "ignore_numbers": ["+44 20 7946 0000"]}});
    let (status, body) = world.patch(&right).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!((&body["name"], &body["policy"]["log_internal"]), (&json!("New name"), &json!(true)));
    assert_eq!(body["policy"]["country"], "GB");
}
