//! The inbox as a CRM that keeps the webhook's contract: what stands after which messages, in whatever order.

use ringbridge::http_client::{self, Timeouts};
use serde_json::{Value, json};
use simulators::crm::{Inbox, Options};
use simulators::world::SECRET;

/// The outcome that goes with a type.
fn outcome(kind: &str) -> Value {
    match kind {
        "call.ringing" | "call.answered" | "call.stopped" => Value::Null,
        "call.missed" => json!("missed"),
        _ => json!("answered"),
    }
}

fn data(kind: &str, revision: u64) -> Value {
    json!({ "record_id": "r1", "revision": revision, "outcome": outcome(kind), "recording_url": null })
}

/// Signs and posts a message, from the specification's own library.
async fn post(inbox: &Inbox, kind: &str, data: Value) {
    let body = json!({ "type": kind, "data": data }).to_string();
    let id = format!("r1.{kind}.{}", data["revision"]);
    let signature = standardwebhooks::Webhook::new(SECRET).unwrap().sign(&id, 7, body.as_bytes()).unwrap();
    let client = http_client::for_pbx(Timeouts::default()).unwrap();
    let request = client.post(inbox.url()).header("webhook-id", id).header("webhook-timestamp", "7");
    let answer = request.header("webhook-signature", signature).body(body).send().await.unwrap();
    assert_eq!(answer.status(), 204);
}

/// The type and revision that stand after these messages.
async fn after(messages: &[(&str, u64)]) -> (String, u64) {
    let inbox = Inbox::start(0, SECRET).unwrap();
    for (kind, revision) in messages {
        post(&inbox, kind, data(kind, *revision)).await;
    }
    let [record] = inbox.records().try_into().unwrap();
    assert_eq!(inbox.standing().len(), usize::from(record.stands()));
    (record.kind, record.revision)
}

#[tokio::test]
async fn no_signal_overwrites_what_was_logged() {
    for logged in ["call.ended", "call.missed", "call.withdrawn"] {
        for signal in ["call.ringing", "call.answered", "call.stopped"] {
            // The revision of a signal says nothing.
            assert_eq!(after(&[(logged, 2), (signal, 9)]).await, (logged.to_owned(), 2), "{signal}");
            assert_eq!(after(&[(signal, 9), (logged, 1)]).await, (logged.to_owned(), 1), "{signal}");
        }
    }
}

#[tokio::test]
async fn signals_keep_the_order_of_a_call() {
    for (messages, last) in [
        (["call.ringing", "call.stopped"], "call.stopped"),
        (["call.stopped", "call.ringing"], "call.stopped"),
        (["call.answered", "call.stopped"], "call.answered"),
    ] {
        assert_eq!(after(&messages.map(|kind| (kind, 1))).await.0, last);
    }
}

#[tokio::test]
async fn withdrawn_record_stands_no_more_until_a_later_revision_brings_it_back() {
    let withdrawn = ("call.withdrawn".to_owned(), 2);
    assert_eq!(after(&[("call.missed", 1), ("call.withdrawn", 2)]).await, withdrawn);
    assert_eq!(after(&[("call.withdrawn", 2), ("call.missed", 1)]).await, withdrawn);
    let back = after(&[("call.missed", 1), ("call.withdrawn", 2), ("call.missed", 3)]).await;
    assert_eq!(back, ("call.missed".to_owned(), 3));
}

#[tokio::test]
async fn recording_is_set_on_the_record_that_it_belongs_to() {
    let url = "https://bridge.example/recording/token/call.mp3";
    for (revision, first) in [(2, true), (2, false), (1, true)] {
        let inbox = Inbox::start(0, SECRET).unwrap();
        let mut recorded = data("call.recording", revision);
        recorded["recording_url"] = json!(url);
        if first {
            post(&inbox, "call.ended", data("call.ended", 1)).await;
            post(&inbox, "call.recording", recorded).await;
        } else {
            post(&inbox, "call.recording", recorded).await;
            post(&inbox, "call.ended", data("call.ended", 1)).await;
        }
        let [record] = inbox.standing().try_into().unwrap();
        assert_eq!((record.kind.as_str(), record.revision), ("call.ended", revision));
        assert_eq!(record.data["recording_url"], url);
    }
}

#[tokio::test]
async fn recording_brings_no_withdrawn_record_back() {
    let messages = [("call.ended", 1), ("call.withdrawn", 2), ("call.recording", 3)];
    assert_eq!(after(&messages).await, ("call.withdrawn".to_owned(), 2));
}

async fn page(inbox: &Inbox) -> String {
    let client = http_client::for_pbx(Timeouts::default()).unwrap();
    client.get(inbox.page_url()).send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn page_strikes_withdrawn_records_out_and_shows_who_took_a_stopped_call() {
    let inbox = Inbox::start(0, SECRET).unwrap();
    let mut stopped = data("call.stopped", 1);
    stopped["answered_by"] = json!("ann");
    post(&inbox, "call.stopped", stopped).await;
    let shown = page(&inbox).await;
    assert!(shown.contains(">stopped</span>") && shown.contains("taken by ann"), "{shown}");
    let mut recorded = data("call.recording", 1);
    recorded["recording_url"] = json!("https://bridge.example/recording/t/call.mp3?\"><b id=x>");
    post(&inbox, "call.recording", recorded).await;
    let shown = page(&inbox).await;
    assert!(shown.contains(">ended</span>") && shown.contains(">listen</a>"), "{shown}");
    assert!(!shown.contains("<b id=x>"), "{shown}");
    post(&inbox, "call.withdrawn", data("call.withdrawn", 2)).await;
    let shown = page(&inbox).await;
    assert!(shown.contains(">withdrawn</span>") && shown.contains(r#"<tr class="withdrawn""#), "{shown}");
}

#[tokio::test]
async fn call_is_one_row_from_its_ringing_to_its_end_and_says_what_each_revision_changed() {
    let inbox = Inbox::start(0, SECRET).unwrap();
    let of = |kind: &str, revision: u64, place: &str, talk: u64| {
        let mut data = data(kind, revision);
        data["call_id"] = json!("c1");
        data["internal_number"] = json!(place);
        data["talk_seconds"] = json!(talk);
        data
    };
    for (kind, revision, place, talk, word) in [
        ("call.ringing", 1, "4821*205", 0, "rings"),
        ("call.answered", 1, "4821*205", 0, "talks"),
        ("call.ended", 1, "4821*205", 40, "ended"),
        ("call.ended", 2, "4821*206", 40, "ended"),
    ] {
        post(&inbox, kind, of(kind, revision, place, talk)).await;
        let shown = page(&inbox).await;
        assert_eq!(shown.matches("<tr ").count(), 1, "{shown}");
        assert!(shown.contains(&format!(">{word}</span>")), "{kind}: {shown}");
    }
    let shown = page(&inbox).await;
    assert!(shown.contains("talk_seconds 0 → 40"), "{shown}");
    assert!(shown.contains("revision 2: internal_number 4821*205 → 4821*206"), "{shown}");
    assert!(shown.contains("4 messages"), "{shown}");
}

#[tokio::test]
async fn restart_knows_what_the_inbox_was_told_even_after_half_a_line() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("inbox-kept");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("inbox.jsonl");
    let start = || {
        let options = Options { file: Some(file.clone()), ..Options::default() };
        Inbox::start_with(0, SECRET, options).unwrap()
    };
    let first = start();
    post(&first, "call.ended", data("call.ended", 1)).await;
    post(&first, "call.ended", data("call.ended", 1)).await;
    let before = first.records();
    drop(first);
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().filter(|line| !line.is_empty()).count(), 1, "a repeat is not kept twice: {text}");
    std::fs::write(&file, format!("{text}{{\"id\":\"r2.ca")).unwrap();
    let second = start();
    assert_eq!(second.records()[0].data, before[0].data);
    post(&second, "call.withdrawn", data("call.withdrawn", 2)).await;
    drop(second);
    let third = start();
    assert!(third.standing().is_empty());
    assert_eq!(third.records().len(), 1);
    // What was taken before the restart is known as a repeat after it.
    post(&third, "call.ended", data("call.ended", 1)).await;
    assert_eq!(third.counters().repeats, 1);
}
