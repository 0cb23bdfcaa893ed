//! Signing in and out: what a session is, when it ends, and what a stranger learns.

use std::time::Duration;

use axum::body::Body;
use http::{Method, Request, StatusCode};
use serde_json::json;
use simulators::world::World;
use tower::ServiceExt as _;

use super::browser::Browser;

/// Ways in that lead nowhere.
const WAY_IN: &str = "Admin key";

#[tokio::test]
async fn every_wrong_key_is_answered_alike() {
    let world = World::start().await;
    let guessed = format!("rb_{:A>64}", 1);
    let mut seen = Vec::new();
    for key in ["", "nonsense", "rb_short", guessed.as_str(), &format!("{}x", world.key.reveal())] {
        let mut browser = Browser::new(world.router.clone());
        let page = browser.post("/app/sign-in", &[("key", key), ("next", "/overview")]).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED);
        page.must_say("This key opens nothing.");
        assert!(key.is_empty() || !page.says(key), "a key is not repeated");
        seen.push(page.text);
    }
    seen.dedup();
    assert_eq!(seen.len(), 1);
}

#[tokio::test]
async fn a_session_ends_by_time_by_signing_out_and_with_its_key() {
    let world = World::start().await;
    let signed_in = async || Browser::signed_in(world.router.clone(), world.key.reveal()).await;
    let mut browser = signed_in().await;
    world.clock.advance(Duration::from_mins(719));
    assert!(!browser.get("/app/keys").await.says(WAY_IN));
    world.clock.advance(Duration::from_mins(2));
    browser.get("/app/keys").await.must_say(WAY_IN);
    // A cookie that somebody copied is of no use once its owner has signed out.
    let mut browser = signed_in().await;
    let copy = browser.cookies();
    let page = browser.get("/app/keys").await;
    browser.submit(&page, "/app/sign-out", &[]).await.must_say(WAY_IN);
    browser.puts(copy);
    browser.get("/app/keys").await.must_say(WAY_IN);
    let made = world.api(Method::POST, "/api/v1/keys", Some(json!({ "name": "Ann" }))).await.1;
    let mut other = Browser::signed_in(world.router.clone(), made["admin_key"].as_str().unwrap()).await;
    assert!(!other.get("/app/keys").await.says(WAY_IN));
    let id = made["id"].as_str().unwrap();
    world.api(Method::DELETE, &format!("/api/v1/keys/{id}"), None).await;
    other.get("/app/keys").await.must_say(WAY_IN);
}

#[tokio::test]
async fn cookies_are_for_this_site_alone_and_pages_bring_no_code_of_their_own() {
    let world = World::start().await;
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("key", world.key.reveal())
        .append_pair("next", "//elsewhere.example/")
        .finish();
    let request = Request::post("/app/sign-in").header("accept", "text/html").body(Body::from(body)).unwrap();
    let answer = world.router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.headers()["location"], "/app/overview", "no way out of the site");
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    for part in ["__Host-", "; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/"] {
        assert!(cookie.contains(part), "{part} is not in the cookie");
    }
    let page = Request::get("/app/sign-in").header("accept", "text/html").body(Body::empty()).unwrap();
    let page = world.router.clone().oneshot(page).await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn a_form_that_another_site_sends_is_refused() {
    let world = World::start().await;
    for path in ["/app/sign-in", "/app/connect/pbx", "/app/connect/crm", "/app/language"] {
        let request =
            Request::post(path).header("accept", "text/html").header("sec-fetch-site", "cross-site");
        let answer = world.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn keys_are_made_and_revoked_and_the_trail_names_who_did_it() {
    let world = World::start().await;
    let mut browser = Browser::signed_in(world.router.clone(), world.key.reveal()).await;
    let page = browser.get("/app/keys").await;
    let wrong = browser.submit(&page, "/app/keys", &[("name", "Ann"), ("expires", "2020-01-01T00:00")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.must_say("Give a day to come.");
    let made = browser.submit(&page, "/app/keys", &[("name", "<b>Ann</b>"), ("scope", "read")]).await;
    let key = made.text.split("rb_").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
    let mut ann = Browser::signed_in(world.router.clone(), &format!("rb_{key}")).await;
    assert!(!ann.get("/app/notices").await.says(WAY_IN));
    let page = browser.get("/app/keys").await;
    page.must_say("key <b>Ann</b> made");
    let last = browser.submit(&page, "/app/keys/revoke", &[]).await;
    assert_eq!(last.status, StatusCode::CONFLICT);
    last.must_say("This is the last key that can make others");
}
