//! Links to recordings: what the CRM is given, and what happens when somebody clicks on it.

mod kept;

use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use ringbridge::clock::Timestamp;
use ringbridge::http_client;
use ringbridge::model::call::RecordId;
use ringbridge::model::ids::ConnectionId;
use serde_json::Value;
use simulators::crm::Inbox;
use simulators::pbx::{Matcher, PbxFault};
use tower::ServiceExt as _;

use crate::settings::world::{SEALING_KEY, SettingsWorld};

const NEW_KEY: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
const BASE: &str = "https://bridge.example";

/// An answer to a click.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// What a person reads.
    fn words(&self) -> String {
        let problem: Value = serde_json::from_slice(&self.body).unwrap();
        problem["detail"].as_str().unwrap().to_owned()
    }
}

/// A recorded call that was logged, and which one.
struct Recorded {
    world: SettingsWorld,
    connection: ConnectionId,
    record: RecordId,
    at: Timestamp,
    /// The CRM, as long as it is here.
    _inbox: Inbox,
}

impl Recorded {
    async fn call() -> Self {
        Self::of("A").await
    }

    async fn of(scenario: &str) -> Self {
        let (world, inbox) = SettingsWorld::deaf().await;
        world.play(scenario).await;
        world.retry_after(Duration::from_mins(45)).await;
        let calls = world.get("/api/v1/calls").await.1;
        let connection = world.get("/api/v1/connection").await.1;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            connection: ConnectionId::parse(&text(&connection["id"])).unwrap(),
            record: RecordId::parse(&text(&calls["items"][0]["record_id"])).unwrap(),
            at: Timestamp::parse_rfc3339(&text(&calls["items"][0]["started_at"])).unwrap(),
            world,
            _inbox: inbox,
        }
    }

    /// The link that a CRM would be given now.
    fn link(&self) -> String {
        let links = &self.world.deps.calls.recordings;
        links.url(self.connection, self.record, self.at, "recorded").unwrap().to_string()
    }

    async fn ask(&self, method: Method, link: &str) -> Answer {
        let path = link.strip_prefix(BASE).unwrap();
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let answer = self.world.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn click(&self) -> Answer {
        self.ask(Method::GET, &self.link()).await
    }

    /// Lets the PBX answer so when it is next asked for the recording.
    fn answers(&self, status: u16, body: &str) {
        self.world
            .pbx
            .fail_next(Matcher::new("GET", "storage_url"), PbxFault::Status(status, body.to_owned()));
    }
}

#[tokio::test]
async fn link_leads_to_where_the_pbx_keeps_the_recording() {
    let call = Recorded::call().await;
    let answer = call.click().await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(
        (answer.header("cache-control"), answer.header("referrer-policy")),
        ("no-store", "no-referrer")
    );
    let address = answer.header("location");
    assert!(address.starts_with(&format!("{}/storage/", call.world.pbx.origin())), "{address}");
    let client = http_client::for_pbx(simulators::patience::PATIENT).unwrap();
    let file = client.get(address).send().await.unwrap();
    assert_eq!(
        (file.status().as_u16(), file.headers()["content-type"].to_str().unwrap()),
        (200, "audio/mpeg")
    );
    let head = call.ask(Method::HEAD, &call.link()).await;
    assert_eq!((head.status, head.header("location"), head.body.len()), (StatusCode::FOUND, address, 0));
    assert_eq!(call.world.pbx.violations(), []);
}

#[tokio::test]
async fn player_of_a_crm_that_keeps_the_token_alone_is_told_the_link() {
    let call = Recorded::call().await;
    let link = call.link();
    let (token, name) =
        link.strip_prefix("https://bridge.example/recording/").unwrap().split_once('/').unwrap();
    assert_ne!(name, "address.json");
    let asked =
        |token: &str| format!("{BASE}/recording/{token}/address.json?appId=7&externalAccountId=62515");
    let answer = call.ask(Method::GET, &asked(token)).await;
    assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "no-store"));
    let told: Value = serde_json::from_slice(&answer.body).unwrap();
    let heard = call.ask(Method::GET, told["authenticatedUrl"].as_str().unwrap()).await;
    assert_eq!(heard.status, StatusCode::FOUND, "{told}");
    assert!(heard.header("location").starts_with(&call.world.pbx.origin()));
    let forged = call.ask(Method::GET, &asked(&call.record.to_string())).await;
    assert_eq!(forged.status, StatusCode::NOT_FOUND, "a record's id opens nothing");
    call.world.clock.advance(Duration::from_hours(24 * 32));
    assert_eq!(call.ask(Method::GET, &asked(token)).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn link_tells_nothing_and_stays_the_same() {
    let call = Recorded::call().await;
    let links = &call.world.deps.calls.recordings;
    let link = call.link();
    assert!(
        link.starts_with(&format!("{BASE}/recording/")) && link.ends_with("/call-2026-09-01.mp3"),
        "{link}"
    );
    for told in ["731205", "205", "recorded", "442079460"] {
        let (_, name) = link.rsplit_once('/').unwrap();
        assert!(!name.contains(told), "{told}");
    }
    call.world.clock.advance(Duration::from_hours(50));
    // A late event may move the beginning a little, and the PBX may tell the recording's id in another case.
    let moved = call.at + Duration::from_mins(2);
    assert_eq!(links.url(call.connection, call.record, moved, "RECORDED").unwrap().as_str(), link);
    assert_eq!(links.url(call.connection, call.record, call.at, ""), None, "no recording, no link");
}

#[tokio::test]
async fn links_are_not_handed_out_when_the_operator_wants_none() {
    let mut call = Recorded::call().await;
    call.world.redeploy(&[("RINGBRIDGE_RECORDING_LINKS", "0s")]);
    let links = &call.world.deps.calls.recordings;
    assert_eq!(links.url(call.connection, call.record, call.at, "recorded"), None);
}

#[tokio::test]
async fn altered_link_is_none_of_ours() {
    let call = Recorded::call().await;
    let link = call.link();
    let (front, name) = link.rsplit_once('/').unwrap();
    let start = format!("{BASE}/recording/").len();
    let sent = call.world.requests().len();
    for place in start..front.len() {
        let other = if &front[place..=place] == "A" { "B" } else { "A" };
        let altered = format!("{}{other}{}/{name}", &front[..place], &front[place + 1..]);
        let answer = call.ask(Method::GET, &altered).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "character {}", place - start);
    }
    for token in ["x", "", &"A".repeat(108), &"A".repeat(5_000)] {
        let answer = call.ask(Method::GET, &format!("{BASE}/recording/{token}/{name}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{token}");
    }
    assert!(sent > 0 && call.world.requests().is_empty(), "the PBX is not asked");
    // The name is for people: whatever it is, the link is the same.
    let answer = call.ask(Method::GET, &format!("{front}/talk.mp3")).await;
    assert_eq!(answer.status, StatusCode::FOUND);
}

#[tokio::test]
async fn link_of_one_record_opens_no_other() {
    let call = Recorded::call().await;
    let links = &call.world.deps.calls.recordings;
    let stranger = ConnectionId::from_bytes([9; 16]);
    let forgotten = RecordId::parse(&"ab".repeat(24)).unwrap();
    for (connection, record) in [(stranger, call.record), (call.connection, forgotten)] {
        let link = links.url(connection, record, call.at, "recorded").unwrap();
        let answer = call.ask(Method::GET, link.as_str()).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(answer.words().contains("no longer kept"));
    }
}

#[tokio::test]
async fn link_expires_thirty_days_after_the_day_of_the_call() {
    let call = Recorded::call().await;
    let ends = Timestamp::parse_rfc3339("2026-10-02T00:00:00Z").unwrap();
    let now = || call.world.deps.calls.clock.now();
    call.world.clock.advance((ends - Duration::from_secs(1)).since(now()));
    assert_eq!(call.click().await.status, StatusCode::FOUND);
    call.world.clock.advance(Duration::from_secs(1));
    let answer = call.click().await;
    assert_eq!((answer.status, answer.words().contains("expired")), (StatusCode::GONE, true));
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn link_outlives_the_key_that_signed_it_until_that_is_removed() {
    let mut call = Recorded::call().await;
    let old = call.link();
    call.world.redeploy(&[("RINGBRIDGE_SEALING_KEY", &format!("{NEW_KEY},{SEALING_KEY}"))]);
    assert_ne!(call.link(), old, "the first key signs");
    assert_eq!(call.ask(Method::GET, &old).await.status, StatusCode::FOUND);
    assert_eq!(call.click().await.status, StatusCode::FOUND);
    call.world.redeploy(&[("RINGBRIDGE_SEALING_KEY", NEW_KEY)]);
    assert_eq!(call.ask(Method::GET, &old).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn recording_that_the_pbx_has_no_more_is_said_to_be_gone() {
    let call = Recorded::call().await;
    call.answers(404, r#"{"message":"Record not found"}"#);
    let answer = call.click().await;
    assert_eq!((answer.status, answer.words().contains("does not have")), (StatusCode::NOT_FOUND, true));
    let missed = Recorded::of("D").await;
    assert_eq!(missed.click().await.status, StatusCode::NOT_FOUND, "nobody talked");
}

#[tokio::test]
async fn busy_pbx_is_asked_again_later() {
    let call = Recorded::call().await;
    for (status, body) in [(429, r#"{"message":"Stats request already exists"}"#), (502, "{}")] {
        call.answers(status, body);
        let answer = call.click().await;
        assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "60"));
    }
    call.answers(429, r#"{"message":"","status":"rate_limit_exceeded"}"#);
    let seconds: u64 = call.click().await.header("retry-after").parse().unwrap();
    assert!((1..=3_600).contains(&seconds));
    call.world.requests();
    let again = call.click().await;
    assert_eq!(again.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        call.world.requests().is_empty() && call.world.pbx.violations().is_empty(),
        "nothing is sent until then"
    );
    call.world.clock.advance(Duration::from_secs(seconds));
    assert_eq!(call.click().await.status, StatusCode::FOUND);
}

#[tokio::test]
async fn pbx_that_denies_the_recording_is_the_administrators_matter() {
    let call = Recorded::call().await;
    call.answers(403, r#"{"message":"","status":"app_access_type_deny"}"#);
    let answer = call.click().await;
    assert_eq!((answer.status, answer.words().contains("administrator")), (StatusCode::FORBIDDEN, true));
}

#[tokio::test]
async fn browser_is_sent_over_https_or_to_the_pbx_itself() {
    let mut call = Recorded::call().await;
    call.world.redeploy(&[("RINGBRIDGE_ALLOW_PRIVATE_TARGETS", "false")]);
    assert_eq!(call.click().await.status, StatusCode::FOUND, "the operator listed this PBX with http");
    for (address, status) in [
        ("https://storage.example/a.mp3?sign=1", StatusCode::FOUND),
        ("http://storage.example/a.mp3", StatusCode::FORBIDDEN),
        ("javascript:alert(1)", StatusCode::SERVICE_UNAVAILABLE),
        ("", StatusCode::SERVICE_UNAVAILABLE),
    ] {
        call.answers(200, &format!(r#"{{"record_url":"{address}"}}"#));
        let answer = call.click().await;
        assert_eq!(answer.status, status, "{address}");
        assert_eq!(answer.header("location").is_empty(), status != StatusCode::FOUND);
    }
    call.world.redeploy(&[]);
    call.answers(200, r#"{"record_url":"http://storage.example/a.mp3"}"#);
    assert_eq!(call.click().await.status, StatusCode::FOUND, "private targets are allowed");
}

#[tokio::test]
async fn connection_that_was_removed_takes_its_links_with_it() {
    let call = Recorded::call().await;
    assert!(call.world.delete("/api/v1/connection").await.0.is_success());
    assert_eq!(call.click().await.status, StatusCode::NOT_FOUND);
}
