//! What arrives: the body of docs/promises.md §3, signed, and told apart from its repeats.

use std::sync::Arc;
use std::time::Duration;

use ringbridge::clock::SystemClock;
use ringbridge::crm::{CrmError, Message};
use ringbridge::http_client::{self, Targets, Timeouts};
use ringbridge::model::call::{CallRecord, Outcome, RecordId, RecordKind};
use ringbridge::model::delivery::Progress;
use ringbridge::model::ids::CrmUserId;
use simulators::crm::{Inbox, Options, Verdict};

use super::{
    CONNECTION, SECRET, answered_call, at, connector, deliver, inbox, message, one_step, target, user,
};
use simulators::patience::{PATIENCE, PATIENT};

/// One key per line.
fn lines(text: &str) -> String {
    text.replace(",\"", ",\n\"")
}

#[tokio::test]
async fn the_body_is_the_one_of_the_design() {
    let (inbox, record, user) = (inbox(), answered_call(), user());
    let receipt = deliver(&inbox, &Message { crm_user: Some(&user), ..message(&record) }).await.unwrap();
    assert_eq!((receipt.status, receipt.progress), (204, Progress::default()));
    let [arrival] = inbox.requests().try_into().unwrap();
    assert_eq!(arrival.verdict, Verdict::Accepted);
    insta::assert_snapshot!(lines(&arrival.text), @r#"
    {"type":"call.ended",
    "timestamp":"2026-09-01T12:00:00Z",
    "data":{"connection_id":"07070707070707070707070707070707",
    "record_id":"442d06db2684d30fb68766eaf684b75a47c7ae78f0c6077b",
    "call_id":"call-1",
    "leg_id":"leg-1",
    "direction":"inbound",
    "outcome":"answered",
    "external_number":"+442079460555",
    "internal_number":"4821*205",
    "extension_id":731205,
    "crm_user":"u1",
    "did":"442079460100",
    "started_at":"2026-09-01T11:58:30Z",
    "answered_at":"2026-09-01T11:58:46Z",
    "ended_at":"2026-09-01T12:00:00Z",
    "talk_seconds":74,
    "recording_url":null,
    "via":["4821*801"],
    "transferred":false,
    "revision":1}}
    "#);
}

#[tokio::test]
async fn a_missed_call_keeps_all_keys() {
    let (inbox, answered) = (inbox(), answered_call());
    let missed = CallRecord {
        record_id: RecordId::of_missed(CONNECTION, &answered.call_id),
        leg_id: None,
        kind: RecordKind::Missed,
        outcome: Some(Outcome::Missed),
        external_number: None,
        internal_number: None,
        did: None,
        answered_at: None,
        talk_micros: 0,
        via: Vec::new(),
        ..answered
    };
    deliver(&inbox, &message(&missed)).await.unwrap();
    let [arrival] = inbox.requests().try_into().unwrap();
    insta::assert_snapshot!(lines(&arrival.text), @r#"
    {"type":"call.missed",
    "timestamp":"2026-09-01T12:00:00Z",
    "data":{"connection_id":"07070707070707070707070707070707",
    "record_id":"442d06db2684d30fb68766eaf684b75a0000000000000000",
    "call_id":"call-1",
    "leg_id":null,
    "direction":"inbound",
    "outcome":"missed",
    "external_number":null,
    "internal_number":null,
    "extension_id":731205,
    "crm_user":null,
    "did":null,
    "started_at":"2026-09-01T11:58:30Z",
    "answered_at":null,
    "ended_at":"2026-09-01T12:00:00Z",
    "talk_seconds":0,
    "recording_url":null,
    "via":[],
    "transferred":false,
    "revision":1}}
    "#);
}

#[tokio::test]
async fn what_is_told_at_once_knows_nothing_of_the_end() {
    let (inbox, record) = (inbox(), answered_call());
    for (kind, happened, answered) in [
        (RecordKind::Ringing, "2026-09-01T11:58:30Z", None),
        (RecordKind::Answered, "2026-09-01T11:58:46Z", Some("2026-09-01T11:58:46Z")),
    ] {
        deliver(&inbox, &Message { kind, ..message(&record) }).await.unwrap();
        let body = inbox.requests().pop().unwrap().body;
        assert_eq!(body["type"], kind.as_str());
        assert_eq!(body["timestamp"], happened);
        assert_eq!(body["data"]["answered_at"].as_str(), answered);
        assert!(body["data"]["outcome"].is_null() && body["data"]["ended_at"].is_null());
        assert_eq!(body["data"]["talk_seconds"], 0);
    }
}

#[tokio::test]
async fn the_headers_name_the_message_and_the_attempt() {
    let (inbox, record) = (inbox(), answered_call());
    let first = message(&record);
    deliver(&inbox, &first).await.unwrap();
    deliver(&inbox, &Message { at: at("2026-09-01T12:06:00Z"), ..message(&record) }).await.unwrap();
    let [one, two] = inbox.requests().try_into().unwrap();
    assert_eq!(one.header("webhook-id"), Some(first.idempotency_key().as_str()));
    assert_eq!(one.header("webhook-id"), two.header("webhook-id"), "stable over retries");
    assert_eq!(one.header("webhook-timestamp"), Some("1788264060"));
    assert_eq!(two.header("webhook-timestamp"), Some("1788264360"), "the attempt's own time");
    assert_ne!(one.header("webhook-signature"), two.header("webhook-signature"));
    assert_eq!(one.header("content-type"), Some("application/json"));
    assert!(one.header("user-agent").unwrap().starts_with("ringbridge/"));
    assert_eq!(two.verdict, Verdict::Repeat);
    assert_eq!((inbox.counters().accepted, inbox.counters().repeats), (1, 1));
}

#[tokio::test]
async fn the_inbox_refuses_another_secret() {
    let (inbox, record) = (inbox(), answered_call());
    let stranger = target(&inbox.url(), "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let error =
        one_step(&connector(PATIENT, Targets::AnyAddress), &stranger, &message(&record)).await.unwrap_err();
    assert!(matches!(error, CrmError::Status { status: 401, .. }));
    assert_eq!((inbox.records().len(), inbox.counters().refused), (0, 1));
}

#[tokio::test]
async fn the_inbox_with_a_clock_refuses_old_signatures() {
    let options = Options { clock: Some(Arc::new(SystemClock)), ..Options::default() };
    let (inbox, record) = (Inbox::start_with(0, SECRET, options).unwrap(), answered_call());
    let error = deliver(&inbox, &Message { at: at("2020-01-01T00:00:00Z"), ..message(&record) }).await;
    assert!(matches!(error, Err(CrmError::Status { status: 401, .. })));
}

#[tokio::test]
async fn the_inbox_keeps_a_records_latest_state() {
    let (inbox, record) = (inbox(), answered_call());
    let changed = CallRecord { transferred: true, ..record.clone() };
    deliver(&inbox, &message(&record)).await.unwrap();
    deliver(&inbox, &Message { revision: 2, ..message(&changed) }).await.unwrap();
    deliver(&inbox, &Message { kind: RecordKind::Ringing, ..message(&record) }).await.unwrap();
    let [kept] = inbox.records().try_into().unwrap();
    assert_eq!((kept.kind.as_str(), kept.revision), ("call.ended", 2));
    assert_eq!(kept.data["transferred"], true);
    assert_eq!(kept.message_ids.len(), 3);
}

#[tokio::test]
async fn the_inbox_forgets_old_requests_but_counts_them() {
    let options = Options { keep: 2, ..Options::default() };
    let (inbox, record) = (Inbox::start_with(0, SECRET, options).unwrap(), answered_call());
    for revision in 1..=5 {
        deliver(&inbox, &Message { revision, ..message(&record) }).await.unwrap();
    }
    assert_eq!(inbox.requests().iter().map(|arrival| arrival.number).collect::<Vec<_>>(), [4, 5]);
    assert_eq!(inbox.counters().requests, 5);
}

#[tokio::test]
async fn waiting_ends_with_the_arrival_or_the_deadline() {
    let (inbox, record) = (inbox(), answered_call());
    let told = message(&record);
    let (arrived, delivered) = tokio::join!(
        inbox.wait_until(|state| state.counters.accepted == 1, PATIENCE),
        deliver(&inbox, &told),
    );
    assert!(arrived && delivered.is_ok());
    assert!(!inbox.wait_until(|state| state.counters.accepted == 2, Duration::from_millis(10)).await);
}

#[tokio::test]
async fn the_page_shows_records_and_escapes_them() {
    let (inbox, record) = (inbox(), answered_call());
    let user = CrmUserId::parse("<b>Ann & Co</b>").unwrap();
    deliver(&inbox, &Message { crm_user: Some(&user), ..message(&record) }).await.unwrap();
    let client = http_client::for_pbx(Timeouts::default()).unwrap();
    let page = client.get(inbox.page_url()).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("+442079460555") && page.contains("call.ended"));
    assert!(page.contains("&lt;b&gt;Ann &amp; Co&lt;/b&gt;") && !page.contains("<b>Ann"));
    let list = client.get(inbox.page_url() + "records").send().await.unwrap();
    let list: serde_json::Value = list.json().await.unwrap();
    assert_eq!(list["items"][0]["data"]["talk_seconds"], 74);
    assert_eq!(list["counters"]["accepted"], 1);
}
