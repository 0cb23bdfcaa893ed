//! Scripted faults, as a client sees them.

use simulators::pbx::{Matcher, PbxFault, Violation};

use super::setup::{PHONE, SimulatorWorld};
use crate::patience::without_waiting;

const EVENTS: &str = "/extension/731205/event/";

#[tokio::test]
async fn a_scripted_status_is_answered_instead_of_acting() {
    let world = SimulatorWorld::demo().await;
    world.pbx.fail_next(Matcher::new("POST", "/event/").after(1), PbxFault::Status(503, "{}".into()));
    assert_eq!(world.subscribe(PHONE, "hangup", "https://a.example/1").await.status(), 201);
    assert_eq!(world.subscribe(PHONE, "hangup", "https://a.example/2").await.status(), 503);
    assert_eq!(world.pbx.pending_faults(), 0);
    assert_eq!(world.subscribe(PHONE, "hangup", "https://a.example/3").await.status(), 201);
    assert_eq!(world.pbx.events(PHONE).len(), 2);
}

#[tokio::test]
async fn a_scripted_rate_limit_lasts_until_the_next_hour() {
    let world = SimulatorWorld::demo().await;
    let body = r#"{"message":"no more","status":"rate_limit_exceeded"}"#;
    world.pbx.fail_next(Matcher::new("GET", "/user/"), PbxFault::Status(429, body.into()));
    let answer = world.get("/user/").await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["x-ratelimit-remaining"]),
        (429, &"0".parse().expect("a value"))
    );
    assert_eq!(world.get("/user/").await.status(), 429);
    assert!(matches!(&world.pbx.violations()[..], [Violation::SentWhileLimited { .. }]));
}

#[tokio::test]
async fn pages_and_redirects_come_instead_of_json() {
    let world = SimulatorWorld::demo().await;
    world.pbx.fail_next(Matcher::new("GET", EVENTS), PbxFault::Html);
    assert!(world.get(EVENTS).await.text().await.expect("text").starts_with("<!doctype html>"));
    world.pbx.fail_next(Matcher::new("*", EVENTS), PbxFault::Redirect("/elsewhere".into()));
    let answer = world.get(EVENTS).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["location"]),
        (307, &"/elsewhere".parse().expect("a value"))
    );
}

#[tokio::test]
async fn an_endless_body_goes_on_for_ever() {
    let world = SimulatorWorld::demo().await;
    world.pbx.fail_next(Matcher::new("GET", EVENTS), PbxFault::EndlessBody);
    let mut answer = world.get(EVENTS).await;
    let mut received = 0;
    while received < 2_000_000 {
        received += answer.chunk().await.expect("no end").expect("more").len();
    }
}

#[tokio::test]
async fn a_hanging_request_runs_into_the_clients_timeout() {
    let world = SimulatorWorld::demo().await;
    world.pbx.fail_next(Matcher::new("GET", "/user/"), PbxFault::Hang);
    let request = world.request("GET", "/user/").build().expect("a request");
    let error = without_waiting(world.pbx.hangs(), world.http.execute(request)).await.expect_err("no answer");
    assert!(error.is_timeout());
    assert_eq!(world.get("/user/").await.status(), 200);
}

#[tokio::test]
async fn a_reset_does_nothing_and_a_lost_answer_does_it() {
    let world = SimulatorWorld::demo().await;
    for (fault, handlers) in [(PbxFault::Reset, 0), (PbxFault::LostAnswer, 1)] {
        world.pbx.fail_next(Matcher::new("POST", "/event/"), fault);
        let body =
            serde_json::json!({"url": "https://a.example/x", "event_type": "hangup", "method": "POST"});
        let error = world.request("POST", EVENTS).json(&body).send().await.expect_err("no answer");
        assert!(error.is_request() && !error.is_timeout());
        assert_eq!(world.pbx.events(PHONE).len(), handlers);
    }
    let last = world.pbx.ledger().pop().expect("an entry");
    assert_eq!((last.status, last.fault), (None, Some("lost-answer")));
}
