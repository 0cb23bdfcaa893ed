//! What each failure of a CRM is taken for.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use ringbridge::crm::CrmError;
use ringbridge::error;
use ringbridge::http_client::{self, BodyError, Targets, Timeouts, read_bounded};
use ringbridge::model::delivery::AttemptClass;
use simulators::crm::CrmFault;
use simulators::net::ClosedPort;

use super::{SECRET, answered_call, connector, deliver, deliver_to, inbox, message, one_step, target};
use simulators::patience::PATIENT;

/// For requests that never get an answer.
const HASTY: Timeouts = Timeouts { connect: Duration::from_mins(1), total: Duration::from_millis(300) };

async fn outcome_of(fault: CrmFault) -> Result<u16, AttemptClass> {
    let (inbox, record) = (inbox(), answered_call());
    inbox.fail_next(1, &fault);
    let answer = deliver(&inbox, &message(&record)).await;
    answer.map(|receipt| receipt.status).map_err(|error| error.class())
}

#[tokio::test]
async fn each_answer_has_its_class() {
    for (status, class) in [
        (302, AttemptClass::Refused),
        (400, AttemptClass::Refused),
        (401, AttemptClass::Unauthorised),
        (408, AttemptClass::Transient),
        (410, AttemptClass::Gone),
        (429, AttemptClass::Throttled),
        (500, AttemptClass::PerhapsDelivered),
        (503, AttemptClass::PerhapsDelivered),
    ] {
        assert_eq!(outcome_of(CrmFault::Status(status, None)).await, Err(class), "{status}");
    }
    for status in [200, 202, 206] {
        assert_eq!(outcome_of(CrmFault::Status(status, None)).await, Ok(status));
    }
}

#[tokio::test]
async fn a_connection_that_breaks_off_counts_as_perhaps_delivered() {
    for (fault, records) in [(CrmFault::Reset, 0), (CrmFault::ResetAfterProcessing, 1)] {
        let (inbox, record) = (inbox(), answered_call());
        inbox.fail_next(1, &fault);
        let error = deliver(&inbox, &message(&record)).await.unwrap_err();
        assert!(matches!(error, CrmError::NoAnswer(_)), "{fault:?}");
        assert_eq!(inbox.records().len(), records, "{fault:?}");
        assert_eq!(inbox.counters().requests, 1, "nothing is repeated behind our back");
        deliver(&inbox, &message(&record)).await.unwrap();
        assert_eq!(inbox.records().len(), 1, "a repeat makes no second record");
    }
}

#[tokio::test]
async fn nothing_is_repeated_on_a_connection_that_served_before() {
    let (inbox, record) = (inbox(), answered_call());
    let (connector, target) = (connector(PATIENT, Targets::AnyAddress), target(&inbox.url(), SECRET));
    one_step(&connector, &target, &message(&record)).await.unwrap();
    inbox.fail_next(1, &CrmFault::Reset);
    let error = one_step(&connector, &target, &message(&record)).await.unwrap_err();
    assert!(matches!(error, CrmError::NoAnswer(_)));
    assert_eq!(inbox.counters().requests, 2);
}

#[tokio::test]
async fn a_crm_that_hangs_counts_as_perhaps_delivered() {
    let inbox = inbox();
    inbox.fail_next(1, &CrmFault::Hang);
    let error = deliver_to(&inbox.url(), HASTY, Targets::AnyAddress).await.unwrap_err();
    assert!(matches!(error, CrmError::NoAnswer(_)));
}

#[tokio::test]
async fn a_connection_that_never_stood_delivered_nothing() {
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = deaf.local_addr().unwrap();
    let hasty = Timeouts { connect: Duration::from_millis(300), ..PATIENT };
    let error = deliver_to(&format!("https://{address}/"), hasty, Targets::AnyAddress).await.unwrap_err();
    assert!(matches!(error, CrmError::NotReached(_)), "TLS timed out: {error:?}");
    let closed = ClosedPort::new().unwrap();
    let error =
        deliver_to(&format!("http://{}/", closed.address()), PATIENT, Targets::AnyAddress).await.unwrap_err();
    assert!(matches!(error, CrmError::NotReached(_)), "refused: {error:?}");
}

#[tokio::test]
async fn tls_with_a_server_that_speaks_none_delivered_nothing() {
    let inbox = inbox();
    let url = inbox.url().replace("http:", "https:");
    let error = deliver_to(&url, PATIENT, Targets::AnyAddress).await.unwrap_err();
    assert!(matches!(error, CrmError::NotReached(_)));
    assert_eq!(inbox.counters().requests, 0);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (inbox, record) = (inbox(), answered_call());
    inbox.fail_next(1, &CrmFault::Redirect);
    let error = deliver(&inbox, &message(&record)).await.unwrap_err();
    assert!(matches!(error, CrmError::Status { status: 307, retry_after: None }));
    assert_eq!((inbox.counters().strays, inbox.records().len()), (0, 0));
}

#[tokio::test]
async fn an_endless_answer_is_an_answer() {
    assert_eq!(outcome_of(CrmFault::EndlessBody).await, Ok(200));
}

#[tokio::test]
async fn retry_after_is_read_in_both_forms_and_bounded() {
    for (text, wait) in [
        ("90", Some(90)),
        ("Tue, 01 Sep 2026 12:06:00 GMT", Some(300)),
        ("86400", Some(43_200)),
        ("Fri, 01 Jan 2027 00:00:00 GMT", Some(43_200)),
        ("later", None),
    ] {
        let (inbox, record) = (inbox(), answered_call());
        inbox.fail_next(1, &CrmFault::Status(429, Some(text.to_owned())));
        let Err(CrmError::Status { status: 429, retry_after }) = deliver(&inbox, &message(&record)).await
        else {
            panic!("{text}: not a 429");
        };
        assert_eq!(retry_after, wait.map(Duration::from_secs), "{text}");
    }
}

#[tokio::test]
async fn errors_tell_no_address_no_secret_and_no_number() {
    let inbox = inbox();
    let url = inbox.url() + "?key=sesame";
    inbox.fail_next(1, &CrmFault::Reset);
    inbox.fail_next(1, &CrmFault::Hang);
    inbox.fail_next(1, &CrmFault::Status(500, None));
    let mut errors = Vec::new();
    for _ in 0..3 {
        errors.push(deliver_to(&url, HASTY, Targets::AnyAddress).await.unwrap_err());
    }
    errors.push(deliver_to(&url, PATIENT, Targets::PublicOnly).await.unwrap_err());
    let https = url.replace("http:", "https:");
    errors.push(deliver_to(&https, PATIENT, Targets::AnyAddress).await.unwrap_err());
    errors.push(
        deliver_to(&https.replace("127.0.0.1", "localhost"), PATIENT, Targets::PublicOnly).await.unwrap_err(),
    );
    let closed = ClosedPort::new().unwrap();
    let url = format!("http://localhost:{}/hook?key=sesame", closed.address().port());
    errors.push(deliver_to(&url, PATIENT, Targets::AnyAddress).await.unwrap_err());
    for error in errors {
        let text = format!("{error} {error:?} {}", error::chain(&error));
        for hidden in ["sesame", "hook", "localhost", SECRET, &SECRET[6..], "2079460555", "2079460100"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
    }
}

/// A server that answers one request with `head` and then `piece` without end.
fn endless(head: &'static str, piece: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let read = stream.read(&mut [0; 4096]).unwrap();
        let mut sent = if read > 0 { stream.write_all(head.as_bytes()) } else { Ok(()) };
        while sent.is_ok() {
            sent = stream.write_all(piece.as_bytes());
        }
    });
    format!("http://{address}/")
}

#[tokio::test]
async fn answers_are_read_up_to_their_bound() {
    let client = http_client::for_pbx(PATIENT).unwrap();
    for head in ["transfer-encoding: chunked", "content-length: 99999999999", "connection: close"] {
        let head = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").leak();
        let response = client.get(endless(head, "4\r\nabcd\r\n")).send().await.unwrap();
        let error = read_bounded(response, 10_000).await.unwrap_err();
        assert!(matches!(error, BodyError::TooLong { max_bytes: 10_000 }), "{head}: {error:?}");
    }
    let inbox = inbox();
    let body = read_bounded(client.get(inbox.page_url()).send().await.unwrap(), 100_000).await.unwrap();
    assert!(body.to_ascii_lowercase().starts_with(b"<!doctype html>"));
}

#[tokio::test]
async fn equal_seeds_fail_alike() {
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let (inbox, record) = (inbox(), answered_call());
        let (connector, target) = (connector(PATIENT, Targets::AnyAddress), target(&inbox.url(), SECRET));
        inbox.fail_at_random(seed, 400);
        for _ in 0..30 {
            drop(one_step(&connector, &target, &message(&record)).await);
        }
        inbox.heal();
        assert!(one_step(&connector, &target, &message(&record)).await.is_ok());
        runs.push(inbox.requests().into_iter().map(|arrival| arrival.verdict).collect::<Vec<_>>());
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}
