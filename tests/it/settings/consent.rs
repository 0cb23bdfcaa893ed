//! Connecting by consent: one browser, one time, ten minutes; afterwards the connection works until the consent ends.

use std::time::Duration;

use axum::body::Body;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use integration_tests::patience::PATIENCE;
use integration_tests::pbx::Tenant;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::world::{MARY, World};

const CALLBACK: &str = "https://bridge.example/api/v1/oauth/callback";
const APPS: (&str, &str) = ("RINGBRIDGE_PBX_PUBLIC_APPS", "{pbx}|public-app|public-secret");

async fn world() -> World {
    let demo = Tenant::demo().with_public_app("public-app", "public-secret", &[CALLBACK]);
    World::with(vec![demo], &[APPS]).await
}

/// Begins a sign-in: what the browser keeps, and where the PBX sends it back to.
async fn sign_in(world: &World) -> (String, String) {
    let mut form = world.form();
    form["pbx"] = json!({"host": world.pbx.origin()});
    let request = Request::builder().method(Method::POST).uri("/api/v1/oauth/start");
    let request = request.body(Body::from(form.to_string())).unwrap();
    let answer = world.router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/api/v1/oauth", "Max-Age=600"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let url = body["authorise_url"].as_str().unwrap();
    assert!(url.contains("code_challenge_method=S256") && url.contains("state="), "{url}");
    let sent_back = super::super::pbx_simulator::setup::client(PATIENCE).get(url).send().await;
    let location = sent_back.unwrap().headers()["location"].to_str().unwrap().to_owned();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    (cookie, location.strip_prefix("https://bridge.example").unwrap().to_owned())
}

async fn come_back(world: &World, cookie: &str, location: &str) -> (StatusCode, Value) {
    let request = Request::builder().uri(location).header("cookie", format!("a=b; {cookie}"));
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn consent_connects_and_the_connection_works_until_it_ends() {
    let mut world = world().await;
    let (cookie, location) = sign_in(&world).await;
    let (status, body) = come_back(&world, &cookie, &location).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    body["admin_key"].as_str().expect("a key").clone_into(&mut world.key);
    assert_eq!(world.map(&[("u1", &[MARY])]).await.0, StatusCode::OK);
    assert_eq!(world.ours(MARY).len(), 4);
    assert_eq!(come_back(&world, &cookie, &location).await.0, StatusCode::BAD_REQUEST, "it works once");

    world.clock.advance(Duration::from_hours(2));
    world.requests();
    assert_eq!(world.map(&[]).await.0, StatusCode::ACCEPTED);
    assert!(world.requests().is_empty(), "the operator's secret is no substitute for a consent");
    assert_eq!(world.notices().await, ["pbx-credentials"]);
    let (cookie, location) = sign_in(&world).await;
    let (_, body) = come_back(&world, &cookie, &location).await;
    body["admin_key"].as_str().expect("a key").clone_into(&mut world.key);
    world.retry().await;
    assert!(world.ours(MARY).is_empty());
    assert_eq!(world.notices().await, ["taken-over"]);
}

#[tokio::test]
async fn sign_in_of_another_browser_too_late_or_without_consent_is_refused() {
    let world = world().await;
    let (_, location) = sign_in(&world).await;
    let (other, _) = sign_in(&world).await;
    assert_eq!(come_back(&world, &other, &location).await.0, StatusCode::BAD_REQUEST);
    let (cookie, location) = sign_in(&world).await;
    world.clock.advance(Duration::from_mins(11));
    assert_eq!(come_back(&world, &cookie, &location).await.0, StatusCode::BAD_REQUEST);
    let refused = "/api/v1/oauth/callback?error=access_denied&state=x";
    assert_eq!(come_back(&world, &cookie, refused).await.0, StatusCode::BAD_REQUEST);
    let made_up = "/api/v1/oauth/callback?code=abc&state=x";
    assert_eq!(come_back(&world, &cookie, made_up).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn pbx_without_a_public_application_says_so() {
    let world = World::start().await;
    let (status, body) = world.post("/api/v1/oauth/start", &world.form()).await;
    assert_eq!((status, &body["errors"][0]["path"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("pbx.host")));
}
