//! The simulated PBX as a page: what its buttons do, seen by whoever has subscribed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use simulators::crm::{CrmFault, Inbox};
use simulators::pbx::{Answer, Desk};
use simulators::world::SECRET;

use super::setup::SimulatorWorld;

const MARY: u64 = 731_205;
const JOHN: u64 = 731_206;
const QUEUE: u64 = 731_801;
const MENU: u64 = 731_099;

type Got = Arc<Mutex<Vec<BTreeMap<String, String>>>>;

/// Somebody at the page, and what a subscriber of everything got.
struct Sitting {
    world: SimulatorWorld,
    got: Got,
}

async fn take(State(got): State<Got>, body: String) {
    let fields = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    got.lock().unwrap().push(fields);
}

impl Sitting {
    async fn down() -> Self {
        let world = SimulatorWorld::demo().await;
        let got = Got::default();
        let router = Router::new().route("/ext-event/{token}", post(take)).with_state(Arc::clone(&got));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/ext-event/secret-token", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        for extension in [MARY, JOHN, QUEUE, MENU] {
            for event in ["dial-in", "dial-out", "answer", "hangup"] {
                world.pbx.add_foreign_event(extension, &url, event, "POST");
            }
        }
        Self { world, got }
    }

    async fn press(&self, path: &str, fields: &[(&str, &str)]) -> u16 {
        let url = format!("{}/desk/{path}", self.world.pbx.origin());
        let answer = self.world.http.post(url).form(fields).send().await.unwrap();
        answer.status().as_u16()
    }

    /// Begins a call to somebody, and gives its id.
    async fn ring(&self, to: u64) -> String {
        let fields = [("client", "90417"), ("caller", "+442079460999"), ("to", &to.to_string())];
        assert_eq!(self.press("ring", &fields).await, 303);
        let page = self.page().await;
        page.split("data-row=\"live-").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    async fn step(&self, call: &str, step: &str) {
        assert_eq!(self.press("step", &[("call", call), ("step", step)]).await, 303, "{step}");
    }

    async fn page(&self) -> String {
        let answer = self.world.http.get(format!("{}/", self.world.pbx.origin())).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        answer.text().await.unwrap()
    }

    /// The events since the last look: phone, type, status.
    fn events(&self) -> Vec<String> {
        let got = std::mem::take(&mut *self.got.lock().unwrap());
        let told = got.iter().map(|event| {
            let of = event["SubCallID"].split('-').next().unwrap();
            format!("{of} {} {}", event["EventType"], event["CallStatus"])
        });
        told.collect()
    }
}

#[tokio::test]
async fn call_is_led_step_by_step_and_each_step_is_posted_at_once() {
    let sitting = Sitting::down().await;
    let call = sitting.ring(MARY).await;
    assert_eq!(sitting.got.lock().unwrap()[0]["CallerIDNum"], "+442079460999");
    assert_eq!(sitting.events(), ["731205 dial-in CALLING"]);
    sitting.world.pass(5);
    sitting.step(&call, "answer 0").await;
    assert_eq!(sitting.events(), ["731205 answer ANSWER"]);
    sitting.step(&call, "hold").await;
    assert!(sitting.events().is_empty(), "a PBX says nothing of holding");
    assert!(sitting.page().await.contains("on hold"));
    sitting.world.pass(30);
    sitting.step(&call, &format!("transfer {JOHN}")).await;
    let hung_up = sitting.got.lock().unwrap()[0].clone();
    assert_eq!((hung_up["Duration"].as_str(), hung_up["CallID"].as_str()), ("30000000", call.as_str()));
    assert_eq!(sitting.events(), ["731205 hangup ANSWER", "731206 dial-in CALLING"]);
    sitting.step(&call, "answer 1").await;
    sitting.step(&call, "hang-up").await;
    assert_eq!(sitting.events(), ["731206 answer ANSWER", "731206 hangup ANSWER"]);
    // It is over, and says so instead of posting anything more.
    sitting.step(&call, "answer 1").await;
    assert!(sitting.events().is_empty());
    assert!(
        sitting.page().await.contains("can&#39;t be done") || sitting.page().await.contains("can't be done")
    );
}

#[tokio::test]
async fn queues_ring_every_phone_and_menus_put_through() {
    let sitting = Sitting::down().await;
    let call = sitting.ring(QUEUE).await;
    assert_eq!(sitting.events(), ["731205 dial-in CALLING", "731206 dial-in CALLING"]);
    sitting.step(&call, "answer 1").await;
    assert_eq!(sitting.events(), ["731206 answer ANSWER", "731205 hangup CANCEL"]);
    sitting.step(&call, "hang-up").await;
    assert_eq!(sitting.events(), ["731206 hangup ANSWER", "731801 hangup ANSWER"]);
    let call = sitting.ring(MENU).await;
    assert!(sitting.events().is_empty(), "the caller listens to the menu");
    sitting.step(&call, &format!("through {MARY}")).await;
    assert_eq!(sitting.events(), ["731205 dial-in CALLING"]);
    sitting.step(&call, "refuse 0").await;
    assert_eq!(sitting.events(), ["731205 hangup BUSY"]);
    sitting.step(&call, "hang-up").await;
    let left = sitting.got.lock().unwrap()[0].clone();
    assert_eq!((left["EventType"].as_str(), left["Bridged"].as_str()), ("hangup", "no"));
}

#[tokio::test]
async fn every_event_is_shown_as_posted_but_for_the_token() {
    let sitting = Sitting::down().await;
    sitting.world.pbx.furnish(Desk { app: Some("http://bridge.example/app".to_owned()), ..Desk::default() });
    let fields = [("scenario", "A"), ("caller", "+442079460999"), ("clock", "10")];
    assert_eq!(sitting.press("play", &fields).await, 303);
    let hangup = sitting.got.lock().unwrap()[2].clone();
    let end = hangup["EventTime"].parse::<i64>().unwrap();
    assert_eq!(end, super::setup::NOON - 600_000_000, "it ended ten minutes ago");
    let page = sitting.page().await;
    assert!(page.contains("CallerIDNum=%2B442079460999") && page.contains("/ext-event/secret…"), "{page}");
    assert!(!page.contains("secret-token"), "whoever knows the address can post there");
    assert!(page.contains(&format!("http://bridge.example/app/calls?call={}", hangup["CallID"])), "{page}");
    let posted = sitting.world.pbx.journal();
    assert!(posted.iter().all(|one| one.answer == Answer::Status(200) && one.millis.is_some()));
}

#[tokio::test]
async fn next_event_is_lost_repeated_or_late_and_the_page_says_so() {
    let sitting = Sitting::down().await;
    let play = async || {
        sitting.press("play", &[("scenario", "A")]).await;
        sitting.events().iter().map(|event| event.split(' ').nth(1).unwrap().to_owned()).collect::<Vec<_>>()
    };
    sitting.press("next", &[("event", "answer"), ("mishap", "lose")]).await;
    assert!(sitting.page().await.contains("will be lost"));
    assert_eq!(play().await, ["dial-in", "hangup"]);
    assert!(sitting.page().await.contains("lost on the way"));
    sitting.press("next", &[("event", "any"), ("mishap", "repeat")]).await;
    assert_eq!(play().await, ["dial-in", "dial-in", "answer", "hangup"]);
    sitting.press("next", &[("event", "hangup"), ("mishap", "delay")]).await;
    assert_eq!(play().await, ["dial-in", "answer"]);
    assert!(sitting.page().await.contains("held back"));
    // Ending the trouble posts what was held back.
    sitting.press("heal", &[]).await;
    assert_eq!(sitting.events(), ["731205 hangup ANSWER"]);
    assert_eq!(play().await, ["dial-in", "answer", "hangup"]);
}

#[tokio::test]
async fn late_event_is_posted_so_long_after_it_happened_and_not_after_it_was_asked_for() {
    let sitting = Sitting::down().await;
    let url = format!("{}/simulator/delay/hangup?seconds=0", sitting.world.pbx.origin());
    assert!(sitting.world.http.post(url).send().await.unwrap().status().is_success());
    // Long after that it is still to come.
    sitting.world.pass(3_600);
    sitting.press("play", &[("scenario", "A")]).await;
    let late = async {
        while sitting.got.lock().unwrap().len() < 3 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(simulators::patience::PATIENCE, late).await.unwrap();
    // Late by nothing, it may overtake the one before it on its way.
    assert!(sitting.events().contains(&"731205 hangup ANSWER".to_owned()));
}

#[tokio::test]
async fn faults_last_until_they_are_switched_off() {
    let sitting = Sitting::down().await;
    let inbox = Inbox::start(0, SECRET).unwrap();
    sitting.world.pbx.furnish(Desk { crm: Some(inbox.switch()), ..Desk::default() });
    for _ in 0..2 {
        sitting.press("fault", &[("fault", "pbx-fails")]).await;
        let statuses =
            [sitting.world.get("/user/").await.status(), sitting.world.get("/user/").await.status()];
        assert_eq!(statuses.map(|status| status.as_u16()), [500, 500]);
        assert!(sitting.page().await.contains(r#"value="pbx-fails" aria-pressed="true""#));
        sitting.press("fault", &[("fault", "pbx-fails")]).await;
        assert_eq!(sitting.world.get("/user/").await.status(), 200);
    }
    sitting.press("fault", &[("fault", "crm-down")]).await;
    assert_eq!(inbox.switch().get(), Some(CrmFault::Status(503, None)));
    // Another switch takes the first one's place.
    sitting.press("fault", &[("fault", "crm-throttles")]).await;
    assert!(matches!(inbox.switch().get(), Some(CrmFault::Status(429, Some(_)))));
    sitting.press("fault", &[("fault", "crm-slow")]).await;
    assert!(matches!(inbox.switch().get(), Some(CrmFault::Slow(_))));
    sitting.press("heal", &[]).await;
    assert_eq!(inbox.switch().get(), None);
    assert!(sitting.page().await.contains("Nothing goes wrong."));
}

#[tokio::test]
async fn pages_of_other_sites_press_no_button_and_names_are_text() {
    let sitting = Sitting::down().await;
    sitting.world.pbx.edit_tenant(90_417, |tenant| tenant.name = "<script>alert(1)</script>".to_owned());
    for path in ["ring", "step", "play", "agent", "fault", "next", "heal"] {
        let url = format!("{}/desk/{path}", sitting.world.pbx.origin());
        let request = sitting.world.http.post(url).header("sec-fetch-site", "cross-site");
        let answer = request.form(&[("scenario", "A"), ("to", "731205")]).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{path}");
    }
    assert!(sitting.events().is_empty());
    let page = sitting.page().await;
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(page.contains("App Secret") && page.contains("Sample Logistics"), "{page}");
}
