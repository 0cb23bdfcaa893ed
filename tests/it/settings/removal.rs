//! Disconnecting takes our events off the PBX, and only ours; what the PBX refuses to give up is said.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use simulators::pbx::{Matcher, PbxFault};

use super::world::{JOHN, MARY, SettingsWorld};

const PATH: &str = "/api/v1/connection";

#[tokio::test]
async fn nothing_of_ours_is_left() {
    let mut world = SettingsWorld::connected().await;
    let foreign = world.pbx.add_foreign_event(MARY, "https://other.example/", "hangup", "POST");
    world.map_all().await;
    let (status, body) = world.delete(PATH).await;
    assert_eq!((status, body), (StatusCode::OK, json!({"state": "removed", "left": [], "left_agents": []})));
    world.assert_installed(&[]);
    assert_eq!(world.pbx.events(MARY).iter().map(|one| one.id).collect::<Vec<_>>(), [foreign]);
    assert_eq!(world.delete(PATH).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(world.items().await, 0, "the table is empty");
    let first_key = world.key.clone();
    world.connect().await;
    assert_ne!(first_key, world.key);
    assert_eq!(world.get("/api/v1/mapping").await.1, json!({"version": 0, "users": []}));
}

#[tokio::test]
async fn removal_that_fails_for_a_while_goes_on_by_itself() {
    let world = SettingsWorld::connected().await;
    world.map_all().await;
    world.pbx.fail_next(
        Matcher::new("DELETE", &format!("/extension/{MARY}/")).after(1),
        PbxFault::Status(503, String::new()),
    );
    world.pbx.fail_next(Matcher::new("DELETE", &format!("/extension/{JOHN}/")), PbxFault::LostAnswer);
    let (status, body) = world.delete(PATH).await;
    assert_eq!((status, &body["state"]), (StatusCode::ACCEPTED, &json!("removing")));
    assert_eq!(world.get(PATH).await.0, StatusCode::UNAUTHORIZED, "nothing else may be done any more");
    assert_eq!(world.post("/api/v1/connections", &world.form()).await.0, StatusCode::CONFLICT);
    let trail = world.stored("C#").await;
    assert!(trail.iter().any(|entry| entry.contains("disconnected")), "the trail says so while there is one");
    world.retry_after(Duration::from_mins(2)).await;
    world.assert_installed(&[]);
    assert_eq!(world.items().await, 0);
}

#[tokio::test]
async fn what_the_pbx_refuses_to_remove_is_said() {
    let world = SettingsWorld::connected().await;
    world.map_all().await;
    let refused = PbxFault::Status(403, json!({"message": "no", "status": "access_denied"}).to_string());
    world.pbx.fail_next(Matcher::new("DELETE", &format!("/extension/{MARY}/")), refused);
    let (status, body) = world.delete(PATH).await;
    assert_eq!((status, &body["state"]), (StatusCode::OK, &json!("removed")));
    assert_eq!(body["left"].as_array().map(Vec::len), Some(1));
    assert_eq!(body["left"][0]["number"], "4821*205");
    assert!(body["left"][0]["message"].as_str().unwrap().contains("no right"), "{body}");
    assert_eq!(world.ours(MARY).len(), 4);
    assert!(world.ours(JOHN).is_empty());
    assert_eq!(world.items().await, 0);
}

#[tokio::test]
async fn refusal_in_the_background_waits_for_somebody_to_read_it() {
    let world = SettingsWorld::connected().await;
    world.map_all().await;
    world.pbx.fail_next(Matcher::new("GET", &format!("/extension/{MARY}/")), PbxFault::Reset);
    assert_eq!(world.delete(PATH).await.0, StatusCode::ACCEPTED);
    let refused = PbxFault::Status(403, json!({"message": "no", "status": "access_denied"}).to_string());
    world.pbx.fail_next(Matcher::new("DELETE", &format!("/extension/{MARY}/")), refused);
    world.retry_after(Duration::from_mins(2)).await;
    world.requests();
    let (status, body) = world.delete(PATH).await;
    assert_eq!((status, body["left"].as_array().map(Vec::len)), (StatusCode::OK, Some(1)), "{body}");
    assert!(world.requests().is_empty());
    assert_eq!(world.items().await, 0);
    assert_eq!(world.delete(PATH).await, (StatusCode::UNAUTHORIZED, world.get(PATH).await.1));
}

#[tokio::test]
async fn refused_credentials_do_not_keep_a_connection_alive() {
    let world = SettingsWorld::connected().await;
    world.map_all().await;
    world.pbx.revoke_tokens();
    let refused = PbxFault::Status(400, json!({"error": "invalid_client"}).to_string());
    world.pbx.fail_next(Matcher::new("POST", "/oauth/token").times(9), refused);
    let (status, body) = world.delete(PATH).await;
    assert_eq!((status, body["left"].as_array().map(Vec::len)), (StatusCode::OK, Some(5)), "{body}");
    assert!(body["left"].as_array().unwrap().iter().all(|one| one["message"] != Value::Null));
    assert_eq!(world.items().await, 0);
}
