//! Whatever a person, a link scanner or a broken client can type gets a refusal that says why, as problem+json: never a
//! failure of ours, which would wake the operator.

use axum::body::{Body, Bytes};
use http::header::{ALLOW, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use simulators::world::World as Calls;
use tower::ServiceExt as _;

use super::world::{MARY, SettingsWorld};

/// A record's id, well formed.
const RECORD: &str = "00000000000000000000000000000000ffffffffffffffff";

/// The status, the paths that a 422 names, and that the body is a problem.
async fn refusal(world: &SettingsWorld, request: Request<Body>) -> (StatusCode, Vec<String>) {
    let answer = world.router.clone().oneshot(request).await.unwrap();
    let (status, kind) = (answer.status(), answer.headers().get(CONTENT_TYPE).cloned());
    assert_eq!(kind.unwrap(), "application/problem+json", "{status}");
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    let problem: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(problem["status"], status.as_u16());
    assert!(!problem["detail"].as_str().unwrap().is_empty());
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    (status, errors.iter().map(|error| error["path"].as_str().unwrap().to_owned()).collect())
}

fn get(world: &SettingsWorld, path: &str) -> Request<Body> {
    let bearer = format!("Bearer {}", world.key);
    Request::get(path).header("authorization", bearer).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn odd_spans_and_cursors_of_the_log_are_named() {
    let world = SettingsWorld::connected().await;
    let moment = "1788264000000000";
    let cases = [
        ("from=2026-09-02T00:00:00Z&to=2026-09-01T00:00:00Z".to_owned(), "from"),
        ("from=9999-01-01T00:00:00Z".to_owned(), "from"),
        ("cursor=x".to_owned(), "cursor"),
        (format!("cursor=%23{RECORD}"), "cursor"),
        (format!("cursor={moment}%23{RECORD}"), "cursor"),
        (format!("cursor=000{moment}%23{}", &RECORD[..40]), "cursor"),
        (format!("cursor=000{moment}%23{RECORD}00"), "cursor"),
        (format!("cursor=000{moment}%23{}", RECORD.to_uppercase()), "cursor"),
        (format!("cursor=000{moment}%23{RECORD}&from=2026-09-01T13:00:00Z"), "cursor"),
        (format!("cursor=000{moment}%23{RECORD}&to=2026-09-01T11:00:00Z"), "cursor"),
        (format!("cursor=9999999999999999999%23{RECORD}"), "cursor"),
        (format!("cursor={}", "x".repeat(5_000)), "cursor"),
    ];
    for (query, path) in cases {
        for state in ["", "&state=not_logged"] {
            let request = get(&world, &format!("/api/v1/calls?{query}{state}"));
            let expected = (StatusCode::UNPROCESSABLE_ENTITY, vec![path.to_owned()]);
            assert_eq!(refusal(&world, request).await, expected, "{query}");
        }
    }
    let whole = format!("/api/v1/calls?cursor=000{moment}%23{RECORD}");
    for state in ["", "&state=not_logged", "&from=2026-09-01T12:00:00Z&to=2026-09-01T12:00:01Z"] {
        assert_eq!(
            world.get(&format!("{whole}{state}")).await.0,
            StatusCode::OK,
            "a place in the span is one"
        );
    }
}

#[tokio::test]
async fn every_refusal_is_a_problem() {
    let world = SettingsWorld::connected().await;
    for (path, status) in [
        ("/nothing", 404),
        ("/api/v1/nothing", 404),
        ("/api/v1/calls/x", 404),
        ("/api/v1/calls/%ff", 400),
        ("/api/v1/oauth/callback/x?code=a&code=b", 400),
        ("/api/v1/mapping?x=%ff", 200),
    ] {
        if status == 200 {
            assert_eq!(world.get(path).await.0, StatusCode::OK);
        } else {
            assert_eq!(refusal(&world, get(&world, path)).await.0.as_u16(), status, "{path}");
        }
    }
    let odd = Request::builder().method(Method::TRACE).uri("/api/v1/mapping").body(Body::empty()).unwrap();
    assert_eq!(refusal(&world, odd).await.0, StatusCode::METHOD_NOT_ALLOWED);
    let odd = Request::builder().method(Method::TRACE).uri("/api/v1/mapping").body(Body::empty()).unwrap();
    let allow = world.router.clone().oneshot(odd).await.unwrap().headers()[ALLOW].clone();
    assert_eq!(allow, "GET,HEAD,PUT,PATCH");
}

#[tokio::test]
async fn bodies_that_are_too_long_or_of_another_kind_are_problems_too() {
    let world = SettingsWorld::connected().await;
    let long = Request::put("/api/v1/mapping").header("content-type", "application/json");
    let long = long.header("authorization", format!("Bearer {}", world.key));
    let long = long.body(Body::from("x".repeat(6_000_000))).unwrap();
    assert_eq!(refusal(&world, long).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let text = Request::post("/api/v1/oauth/start").header("content-type", "text/plain");
    let text = text.body(Body::from(world.form().to_string())).unwrap();
    assert_eq!(refusal(&world, text).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn event_urls_refuse_in_the_same_shape() {
    let world = Calls::start().await;
    let path = world.event_path(MARY);
    let long = "x".repeat(1_000_000);
    for (method, path, body, expected) in [
        (Method::POST, "/ext-event/none", "EventType=hangup&CallID=x&SubCallID=1", 404),
        (Method::POST, path.as_str(), "EventType=hangup", 400),
        (Method::PUT, path.as_str(), "", 405),
        (Method::POST, path.as_str(), long.as_str(), 413),
        (Method::POST, "/agent-event/none", "x", 404),
    ] {
        let request = Request::builder().method(method).uri(path);
        let answer = world.send(request, Body::from(body.to_owned())).await;
        assert_eq!(answer.status().as_u16(), expected, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json", "{path}");
    }
}

#[tokio::test]
async fn body_that_never_ends_is_given_up() {
    let world = SettingsWorld::connected().await;
    tokio::time::pause();
    let never = Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
    let request = Request::post("/api/v1/connections").body(never).unwrap();
    assert_eq!(refusal(&world, request).await.0, StatusCode::REQUEST_TIMEOUT);
}

#[tokio::test]
async fn a_body_that_is_wrong_everywhere_is_answered_shortly() {
    let world = SettingsWorld::connected().await;
    let users = json!({ "users": vec![json!({}); 2_000] });
    let (status, body) = world.put("/api/v1/mapping", &users).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(body["errors"].as_array().map(Vec::len), Some(100));
    assert!(body["detail"].as_str().unwrap().starts_with("4000 fields"), "{}", body["detail"]);
}

#[tokio::test]
async fn changes_with_fields_that_there_are_not_change_nothing() {
    let world = SettingsWorld::connected().await;
    let wrong = json!({
        "name": "New", "polcy": {}, "pbx": {"host": "x", "port": 1}, "crm": {"kind": "webhook", "sceret": "x"},
    });
    let (status, body) = world.patch(&wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let named: Vec<_> =
        body["errors"].as_array().unwrap().iter().map(|error| error["path"].clone()).collect();
    for path in ["polcy", "pbx.port", "crm.sceret"] {
        assert!(named.contains(&json!(path)), "{path}: {body}");
    }
    assert_eq!(world.patch(&json!({"nmae": "New"})).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.get("/api/v1/connection").await.1["name"], "Example Ltd");
    let long = json!({"policy": {"ignore_numbers": [format!("+44 {} 20 7946 0000", " ".repeat(10_000))]}});
    assert_eq!(world.patch(&long).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn head_on_an_event_url_stores_nothing() {
    let world = Calls::start().await;
    let event = "EventType=hangup&CallID=abc&SubCallID=731205-1";
    let path = format!("{}?{event}", world.event_path(MARY));
    assert_eq!(world.request(Request::head(&path), Body::empty()).await, 405);
    assert_eq!(world.request(Request::head("/ext-event/none"), Body::empty()).await, 405);
    world.idle().await;
    assert_eq!(world.due().await, 0);
    assert_eq!(world.request(Request::get(&path), Body::empty()).await, 200);
    world.idle().await;
    assert_eq!(world.due().await, 1);
}
