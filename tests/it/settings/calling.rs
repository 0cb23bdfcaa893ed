//! Click-to-call by a program: one wish rings one phone once, whatever fails.

use std::time::Duration;

use axum::body::Body;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use super::world::{MARY, QUEUE, SettingsWorld};

const NUMBER: &str = "+442079460777";

/// How often the PBX was asked to ring since the last look.
pub(super) fn calls(world: &SettingsWorld) -> usize {
    world.requests().iter().filter(|line| line.contains("/callback/")).count()
}

/// Asks to call, under a key.
async fn call(world: &SettingsWorld, key: &str, user: &str, number: &str) -> (StatusCode, Value) {
    let request = Request::builder().method(Method::POST).uri("/api/v1/callback");
    let request =
        request.header("authorization", format!("Bearer {}", world.key)).header("idempotency-key", key);
    let body = json!({ "crm_user": user, "number": number }).to_string();
    world.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_program_calls_once_under_its_key() {
    let world = SettingsWorld::connected().await;
    world.map_all().await;
    world.requests();
    let (status, first) = call(&world, "k1", "u1", "+44 20 7946 0777").await;
    assert_eq!(status, StatusCode::CREATED, "{first}");
    assert_eq!(call(&world, "k1", "u1", NUMBER).await, (StatusCode::CREATED, first.clone()));
    assert_eq!(call(&world, "k1", "u2", NUMBER).await.0, StatusCode::UNPROCESSABLE_ENTITY, "another wish");
    assert_eq!(calls(&world), 1);
    let rung = &world.pbx.callbacks()[0];
    assert_eq!((rung.extension_id, first["call_id"].as_str()), (MARY, Some(rung.call_id.as_str())));
    assert_eq!(call(&world, "k2", "u1", NUMBER).await.0, StatusCode::CREATED, "another key");
    world.clock.advance(Duration::from_hours(25));
    assert_eq!(call(&world, "k1", "u2", NUMBER).await.0, StatusCode::CREATED, "a day later");
    for (user, number, path) in [("nobody", NUMBER, "crm_user"), ("u1", "call me", "number")] {
        let (status, body) = call(&world, "k9", user, number).await;
        assert_eq!((status, &body["errors"][0]["path"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(path)));
    }
    assert_eq!(call(&world, "", "u1", NUMBER).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_pbx_that_fails_is_said_and_never_asked_twice_for_one_call() {
    use simulators::pbx::{Matcher, PbxFault};
    let world = SettingsWorld::connected().await;
    world.map_all().await;
    world.requests();
    let callback = || Matcher::new("POST", &format!("/extension/{MARY}/callback/"));
    world.pbx.fail_next(callback(), PbxFault::Status(500, String::new()));
    for _ in 0..2 {
        let (status, body) = call(&world, "k1", "u1", NUMBER).await;
        assert_eq!(status, StatusCode::BAD_GATEWAY, "{body}");
    }
    assert_eq!(calls(&world), 1, "it may have rung");
    world.pbx.fail_next(callback(), PbxFault::LostAnswer);
    let (status, body) = call(&world, "k2", "u1", NUMBER).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    assert!(body["detail"].as_str().unwrap().contains("may ring all the same"), "{body}");
    assert_eq!(call(&world, "k2", "u1", NUMBER).await.0, StatusCode::BAD_GATEWAY);
    assert_eq!(calls(&world), 1);
}

#[tokio::test]
async fn a_store_that_fails_at_any_moment_rings_nobody_twice_and_hides_no_ringing() {
    let world = SettingsWorld::connected().await;
    world.map_all().await;
    world.requests();
    let mut refused = 0;
    for burnt in 0..14 {
        let key = format!("burnt after {burnt}");
        world.fuse.burn_after(burnt);
        let (first, _) = call(&world, &key, "u1", NUMBER).await;
        world.fuse.mend();
        let rang = calls(&world);
        assert!(rang == 0 || first == StatusCode::CREATED, "{key}: it rings, whatever becomes of our notes");
        call(&world, &key, "u1", NUMBER).await;
        assert!(rang + calls(&world) <= 1, "{key}");
        refused += usize::from(first != StatusCode::CREATED);
    }
    assert!((1..14).contains(&refused), "some came before the PBX was asked, and some after");
}

#[tokio::test]
async fn only_a_phone_that_is_there_rings() {
    let world = SettingsWorld::connected().await;
    world.map(&[("u1", &[QUEUE])]).await;
    assert_eq!(call(&world, "k1", "u1", NUMBER).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}
