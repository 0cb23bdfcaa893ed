//! Whoever fails too often waits, by address and by App ID; whoever does not costs nothing more than before.

use std::time::Duration;

use axum::body::Body;
use futures_util::future::join_all;
use http::header::RETRY_AFTER;
use http::{Method, Request, StatusCode};
use ringbridge::model::source::Source;
use serde_json::json;
use simulators::pbx::Tenant;
use tower::ServiceExt as _;

use super::world::SettingsWorld;

const CONNECTIONS: &str = "/api/v1/connections";
const CONNECTION: &str = "/api/v1/connection";

/// A key that nobody has.
fn guessed(n: usize) -> String {
    format!("rb_{n:A>64}")
}

#[tokio::test]
async fn wrong_secrets_soon_cost_the_pbx_nothing_whoever_sends_them() {
    let world = SettingsWorld::start().await;
    let mut form = world.form();
    let mut refused = 0;
    for n in 0..300 {
        form["pbx"]["app_secret"] = json!(format!("guess {n}"));
        let address = format!("198.51.100.{}", n % 250);
        let (status, _) = world.from(&address, "", Method::POST, CONNECTIONS, &form).await;
        refused += usize::from(status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!((refused, world.requests().len()), (294, 6));
    // Another application is not held up, and this one for a time that can be sat out.
    assert_eq!(world.post(CONNECTIONS, &world.form()).await.0, StatusCode::TOO_MANY_REQUESTS);
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(world.post(CONNECTIONS, &world.form()).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn wrong_secrets_all_at_once_are_held_up_too() {
    let world = SettingsWorld::start().await;
    let mut form = world.form();
    form["pbx"]["app_secret"] = json!("guess");
    let tries = (0..100).map(|_| world.from("198.51.100.1", "", Method::POST, CONNECTIONS, &form));
    join_all(tries).await;
    assert!(world.requests().len() <= 6, "{:?}", world.requests());
}

#[tokio::test]
async fn many_applications_from_one_address_wait_and_others_do_not() {
    let world = SettingsWorld::start().await;
    let mut form = world.form();
    for n in 0..100 {
        form["pbx"]["app_id"] = json!(format!("app {n}"));
        world.from("198.51.100.1", "", Method::POST, CONNECTIONS, &form).await;
    }
    assert_eq!(world.requests().len(), 21);
    let right = world.form();
    let (status, _) = world.from("198.51.100.1", "", Method::POST, CONNECTIONS, &right).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    let (status, _) = world.from("198.51.100.2", "", Method::POST, CONNECTIONS, &right).await;
    assert_eq!(status, StatusCode::CREATED);
}

#[tokio::test]
async fn sign_ins_that_nobody_ends_are_few() {
    let app = ("RINGBRIDGE_PBX_PUBLIC_APPS", "{pbx}|public-app|public-secret");
    let world = SettingsWorld::with(vec![Tenant::demo()], &[app]).await;
    let mut form = world.form();
    form["pbx"] = json!({"host": world.pbx.origin()});
    let begin =
        async |address: &str| world.from(address, "", Method::POST, "/api/v1/oauth/start", &form).await.0;
    let mut begun = 0;
    for _ in 0..100 {
        begun += usize::from(begin("198.51.100.1").await == StatusCode::OK);
    }
    let items = world.stored("O#").await;
    assert_eq!((begun, items.len()), (14, 14));
    assert!(items.iter().all(|item| item.contains("expires_at") && item.len() < 4_096), "{items:?}");
    assert_eq!(begin("198.51.100.2").await, StatusCode::OK, "another address");
    world.clock.advance(Duration::from_hours(2));
    assert_eq!(begin("198.51.100.1").await, StatusCode::OK, "all is forgotten");
    form["crm"]["url"] = json!(format!("https://crm.example/{}", "x".repeat(10_000)));
    let (status, _) = world.from("198.51.100.2", "", Method::POST, "/api/v1/oauth/start", &form).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn guessed_keys_wait_longer_and_longer_and_good_ones_do_not() {
    let world = SettingsWorld::connected().await;
    let ask = async |address: &str, key: &str| {
        world.from(address, key, Method::GET, CONNECTION, &json!({})).await.0
    };
    assert_eq!(ask("198.51.100.1", &world.key).await, StatusCode::OK);
    let mut waits = Vec::new();
    let mut n = 0;
    while waits.len() < 10 {
        n += 1;
        let status = ask("198.51.100.1", &guessed(n)).await;
        if status == StatusCode::UNAUTHORIZED {
            continue;
        }
        let request = Request::get(CONNECTION).header("authorization", format!("Bearer {}", guessed(n)));
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(Source::parse("198.51.100.1").unwrap());
        let answer = world.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
        let wait: u64 = answer.headers()[RETRY_AFTER].to_str().unwrap().parse().unwrap();
        waits.push(wait);
        world.clock.advance(Duration::from_secs(wait));
    }
    assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    assert_eq!(ask("198.51.100.1", &guessed(n)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(ask("198.51.100.1", &guessed(n)).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask("198.51.100.1", &world.key).await, StatusCode::OK, "a key that was good lately");
    assert_eq!(ask("198.51.100.2", &guessed(n)).await, StatusCode::UNAUTHORIZED, "another address");
    assert_eq!(ask("::ffff:198.51.100.1", &guessed(n)).await, StatusCode::TOO_MANY_REQUESTS, "the same one");
    world.clock.advance(Duration::from_hours(2));
    assert_eq!(ask("198.51.100.1", &guessed(n)).await, StatusCode::UNAUTHORIZED, "all is forgotten");
}

#[tokio::test]
async fn other_processes_learn_of_a_wait_and_counters_expire() {
    let mut world = SettingsWorld::connected().await;
    for n in 0..13 {
        world.from("2001:db8:1:2::9", &guessed(n), Method::GET, CONNECTION, &json!({})).await;
    }
    world.redeploy(&[]);
    let ask =
        async |address: &str| world.from(address, &guessed(1), Method::GET, CONNECTION, &json!({})).await.0;
    for _ in 0..3 {
        assert_eq!(ask("2001:db8:1:2::a").await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(ask("2001:db8:1:2::b").await, StatusCode::TOO_MANY_REQUESTS, "the network of one subscriber");
    let counters = world.stored("R#keys#").await;
    assert!(counters.len() == 1 && counters[0].contains("expires_at"), "{counters:?}");
    assert!(!counters[0].contains("2001:db8"), "no address is stored");
}

#[tokio::test]
async fn who_does_not_fail_costs_nothing() {
    let world = SettingsWorld::connected().await;
    let key = world.key.clone();
    world.from("198.51.100.1", &key, Method::GET, CONNECTION, &json!({})).await;
    let before = world.items().await;
    // One read of the connection, and four for what is shown of it.
    world.fuse.burn_after(5 + 1);
    assert_eq!(world.from("198.51.100.1", &key, Method::GET, CONNECTION, &json!({})).await.0, StatusCode::OK);
    assert!(!world.fuse.mend());
    assert_eq!(world.items().await, before);
    assert!(world.stored("R#").await.is_empty());
}
