//! Connecting a PBX: what is asked, what is said when it can't be, and whose a connection is.

use axum::body::Body;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use simulators::pbx::{Matcher, PbxFault, Tenant, UserKind};

use super::world::{CLIENT, MARY, SettingsWorld};

/// The paths that a 422 names.
fn paths(body: &Value) -> Vec<&str> {
    let errors = body["errors"].as_array().expect("fields");
    errors.iter().map(|error| error["path"].as_str().expect("a path")).collect()
}

#[tokio::test]
async fn valid_credentials_connect_with_one_request_for_each_thing() {
    let mut world = SettingsWorld::start().await;
    let body = world.connect().await;
    assert_eq!(body["pbx"], json!({"client_id": CLIENT, "prefix": "4821", "extension_len": 3}));
    let expected = [
        "POST /oauth/token",
        "GET /user/",
        "GET /client/@me/client/",
        "GET /client/@me/limit/",
        "GET /client/@me/extension/",
    ];
    assert_eq!(world.requests(), expected);
    let (status, list) = world.get("/api/v1/extensions").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(6));
    assert_eq!(list["cursor"], Value::Null);
    let mary = list["items"].as_array().unwrap().iter().find(|one| one["id"] == MARY).expect("Mary");
    let events = json!({"state": "none", "installed": [], "foreign": 0, "problem": null});
    let expected = json!({"id": MARY, "number": "4821*205", "type": "phone", "label": "Mary Example",
        "status": "active", "crm_user": null, "events": events});
    assert_eq!(*mary, expected);
    let (status, connection) = world.get("/api/v1/connection").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(connection["state"], "active");
    assert_eq!(connection["crm"], json!({"kind": "webhook", "url": "https://crm.example/hook"}));
    assert!(!connection.to_string().contains("whsec_"));
    assert!(world.requests().is_empty(), "reading settings costs the PBX nothing");
}

#[tokio::test]
async fn connecting_again_proves_ownership_and_revokes_the_old_key() {
    let mut world = SettingsWorld::start().await;
    let first = world.connect().await;
    let old_key = world.key.clone();
    let second = world.connect().await;
    assert_eq!(first["id"], second["id"]);
    assert_ne!(old_key, world.key);
    assert_eq!(world.get("/api/v1/connection").await.0, StatusCode::OK);
    world.key = old_key;
    assert_eq!(world.get("/api/v1/connection").await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn every_wrong_key_is_answered_alike() {
    let mut world = SettingsWorld::connected().await;
    let good = world.key.clone();
    let mut answers = Vec::new();
    let changed = |at: usize| {
        let mut key = good.clone().into_bytes();
        key[at] = if key[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(key).unwrap()
    };
    for key in [changed(5), changed(40), String::new(), "rb_".to_owned(), "é".to_owned()] {
        world.key = key;
        answers.push(world.get("/api/v1/connection").await);
    }
    let without = Request::builder().uri("/api/v1/connection").body(Body::empty()).unwrap();
    answers.push(world.send(without).await);
    assert!(answers.iter().all(|answer| answer.0 == StatusCode::UNAUTHORIZED), "{answers:?}");
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[tokio::test]
async fn wrong_fields_are_all_named_and_nothing_is_sent() {
    let world = SettingsWorld::start().await;
    let form = json!({
        "name": " ",
        "pbx": {"host": "https://evil.example", "app_id": 7},
        "crm": {"kind": "webhook", "url": "ftp://x", "secret": "whsec_short"},
    });
    let (status, body) = world.post("/api/v1/connections", &form).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(paths(&body), ["name", "pbx.host", "pbx.app_id", "pbx.app_secret", "crm.url", "crm.secret"]);
    let (status, body) = world.post("/api/v1/connections", &json!({"name": "x"})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(paths(&body), ["pbx.host", "pbx.app_id", "pbx.app_secret", "crm.kind"]);
    assert!(world.requests().is_empty());
}

#[tokio::test]
async fn bodies_that_are_no_json_or_too_large_are_refused() {
    let world = SettingsWorld::connected().await;
    let put = |body: Vec<u8>| world.request(Method::PUT, "/api/v1/mapping", Body::from(body));
    assert_eq!(put(b"{\"users\":".to_vec()).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(put(b"\xff\xfe".to_vec()).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(put(b"[]".to_vec()).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(put(vec![b' '; 256 * 1024 + 1]).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn unfit_users_and_refused_credentials_are_told_in_words() {
    let cases = [
        (UserKind::ReadOnly, "may only read"),
        (UserKind::ExtensionLevel(MARY), "one extension"),
        (UserKind::Dealer(3), "of the provider"),
        (UserKind::Blocked, "blocked"),
    ];
    for (user, words) in cases {
        let world = SettingsWorld::with(vec![Tenant::demo().with_user(user)], &[]).await;
        let (status, body) = world.post("/api/v1/connections", &world.form()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(paths(&body), ["pbx.app_id"]);
        assert!(body["errors"][0]["message"].as_str().unwrap().contains(words), "{user:?}: {body}");
    }
    let world = SettingsWorld::start().await;
    let mut form = world.form();
    form["pbx"]["app_secret"] = json!("wrong");
    let (status, body) = world.post("/api/v1/connections", &form).await;
    assert_eq!((status, paths(&body)), (StatusCode::UNPROCESSABLE_ENTITY, vec!["pbx.app_secret"]));
    assert_eq!(world.requests(), ["POST /oauth/token"], "a refused token request is not repeated");
}

#[tokio::test]
async fn hostile_answers_are_a_clear_refusal_and_the_next_request_works() {
    let mut world = SettingsWorld::start().await;
    let faults = [
        PbxFault::Html,
        PbxFault::EndlessBody,
        PbxFault::Redirect("https://elsewhere.example/".to_owned()),
        PbxFault::Reset,
        PbxFault::Status(502, "<html>".to_owned()),
    ];
    for path in ["/oauth/token", "/user/", "/client/@me/extension/"] {
        for fault in &faults {
            world.pbx.fail_next(Matcher::new("*", path), fault.clone());
            let (status, body) = world.post("/api/v1/connections", &world.form()).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {fault:?}: {body}");
            assert_eq!(paths(&body), ["pbx.host"], "{path} {fault:?}");
            assert!(!body.to_string().contains("c0ffee"), "{body}");
        }
    }
    world.connect().await;
}
