//! What fails is repeated only when time has passed or somebody has acted, and somebody is told what to do (R8, R9).

use std::time::Duration;

use http::StatusCode;
use serde_json::json;
use simulators::pbx::{Matcher, PbxFault};

use super::world::{IVR, JOHN, MARY, QUEUE, SettingsWorld, ZOE};

const MINUTE: Duration = Duration::from_mins(2);

fn status(code: u16, word: &str) -> PbxFault {
    PbxFault::Status(code, json!({"message": "no", "status": word}).to_string())
}

#[tokio::test]
async fn server_error_makes_one_extension_wait_and_the_others_go_on() {
    let world = SettingsWorld::connected().await;
    let mary = format!("/extension/{MARY}/event/");
    world.pbx.fail_next(Matcher::new("POST", &mary).after(1), status(500, ""));
    let (answer, body) = world.map_all().await;
    assert_eq!(answer, StatusCode::ACCEPTED);
    assert_eq!(body["progress"], json!({"total": 5, "done": 4, "failed": 0}));
    assert_eq!(world.notices().await, ["pbx-failing"]);
    world.requests();
    world.retry().await;
    assert!(world.requests().is_empty(), "its time has not come");
    world.retry_after(MINUTE).await;
    // What was installed before the failure is adopted.
    assert_eq!(world.requests().iter().filter(|line| line.starts_with("POST /extension")).count(), 3);
    world.assert_installed(&[MARY, JOHN, ZOE, QUEUE, IVR]);
    assert_eq!(world.notices().await, Vec::<String>::new());
    world.retry_after(MINUTE).await;
    assert!(world.requests().is_empty(), "nothing is left");
}

#[tokio::test]
async fn lost_answer_leaves_no_double() {
    let world = SettingsWorld::connected().await;
    for fault in [PbxFault::LostAnswer, PbxFault::Html, PbxFault::EndlessBody] {
        world.pbx.fail_next(Matcher::new("POST", &format!("/extension/{MARY}/event/")).after(2), fault);
        world.map_all().await;
        world.retry_after(MINUTE).await;
        world.assert_installed(&[MARY, JOHN, ZOE, QUEUE, IVR]);
        world
            .pbx
            .fail_next(Matcher::new("DELETE", &format!("/extension/{MARY}/event/")), PbxFault::LostAnswer);
        world.map(&[("u2", &[JOHN])]).await;
        world.retry_after(MINUTE).await;
        world.assert_installed(&[JOHN, QUEUE, IVR]);
    }
}

#[tokio::test]
async fn refusal_is_parked_until_the_administrator_tries_again() {
    let world = SettingsWorld::connected().await;
    let mary = Matcher::new("POST", &format!("/extension/{MARY}/event/"));
    world.pbx.fail_next(mary, PbxFault::Status(422, json!({"message": "Bad url"}).to_string()));
    let (answer, body) = world.map_all().await;
    assert_eq!(answer, StatusCode::OK);
    assert_eq!(body["progress"], json!({"total": 5, "done": 4, "failed": 1}));
    assert_eq!(body["problems"][0]["extension_id"], MARY);
    assert!(body["problems"][0]["message"].as_str().unwrap().contains("Bad url"), "{body}");
    assert_eq!(world.notices().await, [format!("extension-{MARY}")]);
    world.requests();
    world.retry_after(Duration::from_hours(48)).await;
    world.map_all().await;
    // A new token for reading the history is all.
    assert!(world.requests().iter().all(|line| line == "POST /oauth/token"), "nobody has acted");
    let (answer, body) = world.post("/api/v1/provisioning/retry", &json!({})).await;
    assert_eq!((answer, &body["progress"]["failed"]), (StatusCode::OK, &json!(0)));
    world.assert_installed(&[MARY, JOHN, ZOE, QUEUE, IVR]);
    assert_eq!(world.notices().await, Vec::<String>::new());
}

#[tokio::test]
async fn denial_that_holds_for_the_whole_account_costs_one_request() {
    let world = SettingsWorld::connected().await;
    world.pbx.fail_next(Matcher::new("POST", "/event/").times(9), status(403, "app_access_type_deny"));
    world.requests();
    let (answer, body) = world.map_all().await;
    assert_eq!((answer, &body["progress"]["failed"]), (StatusCode::OK, &json!(5)));
    assert!(body["problems"][0]["message"].as_str().unwrap().contains("Call API"), "{body}");
    assert_eq!(world.requests().len(), 2);
    assert_eq!(world.notices().await, ["pbx-denied"]);
}

#[tokio::test]
async fn full_extension_is_named_with_the_two_things_that_help() {
    let world = SettingsWorld::connected().await;
    for n in 0..14 {
        world.pbx.add_foreign_event(MARY, &format!("https://other.example/{n}"), "hangup", "POST");
    }
    let (_, body) = world.map_all().await;
    assert_eq!(body["progress"], json!({"total": 5, "done": 4, "failed": 1}));
    let message = body["problems"][0]["message"].as_str().unwrap();
    for words in ["use 14 of them", "Delete unused events", "a higher limit"] {
        assert!(message.contains(words), "{message}");
    }
    world.assert_installed(&[JOHN, ZOE, QUEUE, IVR]);
    assert_eq!(world.notices().await, [format!("extension-{MARY}")]);
}

#[tokio::test]
async fn token_that_ended_early_is_renewed_once_at_once() {
    let world = SettingsWorld::connected().await;
    world.pbx.revoke_tokens();
    world.requests();
    world.map(&[("u1", &[MARY])]).await;
    world.assert_installed(&[MARY, QUEUE, IVR]);
    let requests = world.requests();
    assert_eq!(requests.iter().filter(|line| line.as_str() == "POST /oauth/token").count(), 1);
    world.clock.advance(Duration::from_mins(59) + Duration::from_secs(30));
    world.map(&[]).await;
    assert_eq!(world.requests()[0], "POST /oauth/token", "renewed before it ends");
    world.assert_installed(&[]);
}

#[tokio::test]
async fn refused_credentials_pause_the_connection_until_they_are_changed() {
    let world = SettingsWorld::connected().await;
    world.pbx.revoke_tokens();
    world.pbx.fail_next(Matcher::new("POST", "/oauth/token"), status(401, "invalid_client"));
    let (answer, body) = world.map_all().await;
    assert_eq!(answer, StatusCode::ACCEPTED, "{body}");
    assert_eq!(world.notices().await, ["pbx-credentials"]);
    assert_eq!(world.get("/api/v1/connection").await.1["health"]["pbx"], "refused");
    world.requests();
    world.retry_after(Duration::from_hours(3)).await;
    world.map(&[("u1", &[MARY])]).await;
    assert!(world.requests().is_empty(), "refused credentials are not tried again");
    let pbx = world.form()["pbx"].clone();
    let (answer, body) = world.patch(&json!({ "pbx": pbx })).await;
    assert_eq!(answer, StatusCode::OK, "{body}");
    assert_eq!(body["health"]["pbx"], "ok");
    world.retry().await;
    world.assert_installed(&[MARY, QUEUE, IVR]);
    assert_eq!(world.notices().await, Vec::<String>::new());
}
