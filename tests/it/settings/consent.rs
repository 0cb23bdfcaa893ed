//! Connecting by consent: one browser, one time, ten minutes; afterwards the connection works until the consent ends.

use std::time::Duration;

use axum::body::Body;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use simulators::patience::PATIENCE;
use simulators::pbx::Tenant;
use tower::ServiceExt as _;

use super::world::{Answer, CLIENT, MARY, SettingsWorld};

const APPS: (&str, &str) = ("RINGBRIDGE_PBX_PUBLIC_APPS", "{pbx}|public-app|public-secret");

async fn world() -> SettingsWorld {
    under("https://bridge.example").await
}

/// With that public URL, at which the operator registered the callback of this PBX.
async fn under(public_url: &str) -> SettingsWorld {
    let extra = [APPS, ("RINGBRIDGE_PUBLIC_URL", public_url)];
    let world = SettingsWorld::with(vec![Tenant::demo()], &extra).await;
    let callback = format!("{public_url}/api/v1/oauth/callback/{}", place(&world));
    world.pbx.edit_tenant(CLIENT, |tenant| {
        *tenant = tenant.clone().with_public_app("public-app", "public-secret", &[&callback]);
    });
    world
}

/// What stands for the simulator in the callback's path.
fn place(world: &SettingsWorld) -> String {
    world.pbx.origin().strip_prefix("http://").unwrap().replace(':', "-")
}

/// Begins a sign-in: what the browser keeps, and where the PBX sends it back to.
async fn sign_in(world: &SettingsWorld) -> (String, String) {
    sign_in_under(world, "https://bridge.example").await
}

async fn sign_in_under(world: &SettingsWorld, public_url: &str) -> (String, String) {
    let mut form = world.form();
    form["pbx"] = json!({"host": world.pbx.origin()});
    let request = Request::builder()
        .method(Method::POST)
        .uri("/api/v1/oauth/start")
        .header("content-type", "application/json");
    let request = request.body(Body::from(form.to_string())).unwrap();
    let answer = world.router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    for attribute in ["__Host-", "HttpOnly", "SameSite=Lax", "; Secure", "Path=/;", "Max-Age=600"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let url = body["authorise_url"].as_str().unwrap();
    assert!(url.contains("code_challenge_method=S256") && url.contains("state="), "{url}");
    let sent_back = super::super::pbx_simulator::setup::client(PATIENCE).get(url).send().await;
    let location = sent_back.unwrap().headers()["location"].to_str().unwrap().to_owned();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    (cookie, location.strip_prefix(public_url).unwrap().to_owned())
}

async fn come_back(world: &SettingsWorld, cookie: &str, location: &str) -> (StatusCode, Value) {
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
    let refused = "/api/v1/oauth/callback/x?error=access_denied&state=x";
    assert_eq!(come_back(&world, &cookie, refused).await.0, StatusCode::BAD_REQUEST);
    let made_up = "/api/v1/oauth/callback/x?code=abc&state=x";
    assert_eq!(come_back(&world, &cookie, made_up).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn pbx_without_a_public_application_says_so() {
    let world = SettingsWorld::start().await;
    let (status, body) = start(&world, "content-type", "application/json").await;
    assert_eq!((status, &body["errors"][0]["path"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("pbx.host")));
}

async fn start(world: &SettingsWorld, header: &str, value: &str) -> Answer {
    let request = Request::post("/api/v1/oauth/start").header(header, value);
    world.send(request.body(Body::from(world.form().to_string())).unwrap()).await
}

#[tokio::test]
async fn it_works_under_a_public_url_with_a_path() {
    let url = "https://shared.example/ringbridge";
    let world = under(url).await;
    let (cookie, location) = sign_in_under(&world, url).await;
    assert_eq!(come_back(&world, &cookie, &location).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn who_comes_with_another_cookie_or_by_another_pbx_burns_nothing() {
    let world = world().await;
    let (cookie, location) = sign_in(&world).await;
    let (other, _) = sign_in(&world).await;
    let elsewhere = location.replace(&place(&world), "other.example");
    assert_eq!(come_back(&world, &other, &location).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(come_back(&world, "c=d", &location).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(come_back(&world, &cookie, &elsewhere).await.0, StatusCode::BAD_REQUEST);
    let head = Request::head(&location).header("cookie", &cookie).body(Body::empty()).unwrap();
    assert_eq!(world.send(head).await.0, StatusCode::METHOD_NOT_ALLOWED);
    let unprefixed = cookie.replace("__Host-", "");
    assert_eq!(come_back(&world, &unprefixed, &location).await.0, StatusCode::BAD_REQUEST);
    assert!(!world.requests().iter().any(|line| line.contains("token")), "no code was sent anywhere");
    assert_eq!(come_back(&world, &cookie, &location).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn foreign_pages_begin_no_sign_in() {
    let world = world().await;
    for (header, value) in [
        ("accept", "*/*"),
        ("content-type", "text/plain"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let (status, body) = start(&world, header, value).await;
        assert_eq!((status, &body["status"]), (StatusCode::UNSUPPORTED_MEDIA_TYPE, &json!(415)), "{value}");
    }
    assert!(world.stored("O#").await.is_empty());
    assert_eq!(start(&world, "origin", "https://bridge.example").await.0, StatusCode::OK);
    assert_eq!(start(&world, "content-type", "application/json; charset=utf-8").await.0, StatusCode::OK);
}
