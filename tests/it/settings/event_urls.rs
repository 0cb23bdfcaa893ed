//! Event URLs can be revoked: what begins on an old one is refused, what had begun goes on for a while, marked as such.

use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::json;
use simulators::pbx::{Matcher, PbxFault};
use simulators::settled;
use tower::ServiceExt as _;

use super::world::{IVR, JOHN, MARY, OURS, QUEUE, SettingsWorld, ZOE};

/// The path of an extension's event URL, as it stands on the PBX.
fn path(world: &SettingsWorld, extension: u64) -> String {
    let handlers = world.pbx.events(extension).into_iter();
    let url = handlers.map(|one| one.url).find(|url| url.starts_with(OURS)).expect("an event of ours");
    url.strip_prefix("https://bridge.example").unwrap().to_owned()
}

/// Posts an event of a call.
async fn post(world: &SettingsWorld, path: &str, kind: &str, call: &str) -> StatusCode {
    let body = format!("EventType={kind}&CallID={call}&SubCallID=leg-{call}&CallFlow=in&CallStatus=ANSWER");
    let router = settled::router(world.deps.calls.clone());
    router.oneshot(Request::post(path).body(Body::from(body)).unwrap()).await.unwrap().status()
}

/// The events of a call that are stored with the mark of an old URL, and all of them.
async fn events(world: &SettingsWorld, call: &str) -> (usize, usize) {
    let stored = world.stored("K#").await;
    let of_call = stored.iter().find(|item| item.contains(&format!("leg-{call}")));
    of_call.map_or((0, 0), |item| (item.matches("ringbridge-old-url").count(), item.matches("\\nt").count()))
}

#[tokio::test]
async fn extension_that_is_wanted_no_more_ends_its_calls_and_begins_none() {
    let world = SettingsWorld::connected().await;
    world.map_all().await;
    let (marys, queues) = (path(&world, MARY), path(&world, QUEUE));
    assert_eq!(post(&world, &marys, "dial-in", "before").await, StatusCode::OK);
    world.clock.advance(Duration::from_secs(1));
    world.map(&[("u2", &[JOHN])]).await;
    world.clock.advance(Duration::from_mins(5));
    assert_eq!(post(&world, &marys, "dial-in", "forged").await, StatusCode::NOT_FOUND);
    assert_eq!(post(&world, &marys, "hangup", "forged").await, StatusCode::NOT_FOUND);
    assert_eq!(events(&world, "forged").await, (0, 0));
    assert_eq!(post(&world, &marys, "hangup", "before").await, StatusCode::OK);
    assert_eq!(events(&world, "before").await, (1, 2), "marked as one of an old URL");
    assert_eq!(post(&world, &queues, "hangup", "forged").await, StatusCode::OK, "the queue is still wanted");
    world.clock.advance(Duration::from_hours(2));
    assert_eq!(post(&world, &marys, "hangup", "before").await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn rotated_url_is_revoked_once_the_new_one_is_on_the_pbx() {
    let world = SettingsWorld::connected().await;
    let foreign = world.pbx.add_foreign_event(MARY, "https://other.example/", "hangup", "POST");
    world.map_all().await;
    let (old, johns) = (path(&world, MARY), path(&world, JOHN));
    assert_eq!(post(&world, &old, "dial-in", "before").await, StatusCode::OK);
    world.clock.advance(Duration::from_secs(1));
    let (status, body) = world.post(&format!("/api/v1/extensions/{MARY}/rotate"), &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let new = path(&world, MARY);
    assert_ne!(old, new);
    world.assert_installed(&[MARY, JOHN, ZOE, QUEUE, IVR]);
    assert!(world.pbx.events(MARY).iter().any(|one| one.id == foreign));
    assert_eq!(path(&world, JOHN), johns, "nobody else's changes");
    assert_eq!(post(&world, &new, "dial-in", "after").await, StatusCode::OK);
    assert_eq!(post(&world, &old, "dial-in", "forged").await, StatusCode::NOT_FOUND);
    assert_eq!(
        post(&world, &old, "hangup", "after").await,
        StatusCode::NOT_FOUND,
        "a call that began on the new one"
    );
    assert_eq!(post(&world, &old, "hangup", "before").await, StatusCode::OK);
    for odd in ["x", "0", "999", "rotate-all"] {
        let path = format!("/api/v1/extensions/{odd}/rotate");
        assert_eq!(world.post(&path, &json!({})).await.0, StatusCode::NOT_FOUND, "{odd}");
    }
}

#[tokio::test]
async fn rotation_of_all_that_fails_half_way_is_finished_by_the_job() {
    for after in [1, 4, 7, 10] {
        let world = SettingsWorld::connected().await;
        world.map_all().await;
        let all = [MARY, JOHN, ZOE, QUEUE, IVR];
        let old = all.map(|extension| path(&world, extension));
        let fault = if after % 2 == 0 { PbxFault::LostAnswer } else { PbxFault::Reset };
        world.pbx.fail_next(Matcher::new("*", "/event/").after(after), fault);
        world.clock.advance(Duration::from_secs(1));
        let (status, _) = world.post("/api/v1/extensions/rotate-all", &json!({})).await;
        assert_eq!(status, StatusCode::ACCEPTED);
        for _ in 0..3 {
            world.retry_after(Duration::from_hours(1)).await;
        }
        world.assert_installed(&all);
        for (extension, old) in all.into_iter().zip(&old) {
            assert_ne!(path(&world, extension), *old, "{extension} after {after}");
            assert_eq!(post(&world, old, "dial-in", "forged").await, StatusCode::NOT_FOUND);
        }
        let trail = world.get("/api/v1/audit").await.1;
        assert_eq!(trail["items"][0]["action"], "event_urls_rotated");
    }
}
