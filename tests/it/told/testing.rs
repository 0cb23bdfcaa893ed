//! A test by each channel, and what came of it; and the local runner's own way of sending mail.

use http::StatusCode;
use ringbridge::aws::{Access, Keys};
use ringbridge::http_client::AwsRoots;
use serde_json::{Value, json};
use simulators::crm::CrmFault;
use simulators::smtp::FakeSmtp;

use super::{A_MINUTE, ANNA, Telling};
use crate::local::Runner;

const TEST: &str = "/api/v1/connection/notify/test";

#[tokio::test]
async fn a_test_is_marked_and_says_what_came_of_it() {
    let telling = Telling::start().await;
    let (status, body) = telling.world.post(TEST, &json!({})).await;
    let sent = json!({ "sent": true, "problem": null });
    assert_eq!((status, body), (StatusCode::OK, json!({ "email": sent, "webhook": sent })));
    let (mails, hooks) = (telling.mails(), telling.hooks());
    assert_eq!(mails[0].subject, "Ringbridge: This is a test: notices reach you.");
    assert_eq!((&hooks[0].1["type"], &hooks[0].0), (&json!("notice.test"), &mails[0].id));
    assert_eq!(hooks[0].1["data"]["notices"], json!([]));
}

#[tokio::test]
async fn a_test_that_fails_says_why_and_repeats_no_address() {
    let telling = Telling::start().await;
    telling.world.ses.refuse(Some((400, "MessageRejected")));
    telling.inbox.fail_next(1, &CrmFault::Status(500, None));
    let (status, body) = telling.world.post(TEST, &json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["email"]["problem"], "the mail server refused the mail (400 MessageRejected)");
    let problem = "the webhook's address did not answer as it should: it answered 500";
    assert_eq!(body["webhook"]["problem"], problem);
    assert!(!body.to_string().contains(ANNA));
    assert_eq!(telling.due().await, 0, "a test is not repeated");
}

#[tokio::test]
async fn a_test_fills_no_mailbox() {
    let telling = Telling::nobody().await;
    assert_eq!(telling.world.post(TEST, &json!({})).await.0, StatusCode::CONFLICT);
    telling.choose(&json!({ "email": [ANNA] })).await;
    let (status, body) = telling.world.post(TEST, &json!({})).await;
    assert_eq!((status, &body["webhook"]), (StatusCode::OK, &Value::Null));
    for _ in 0..3 {
        assert_eq!(telling.world.post(TEST, &json!({})).await.0, StatusCode::TOO_MANY_REQUESTS);
    }
    telling.world.clock.advance(A_MINUTE);
    assert_eq!(telling.world.post(TEST, &json!({})).await.0, StatusCode::OK);
    assert_eq!(telling.mails().len(), 2);
}

#[test]
fn keys_of_ses_are_never_printed() {
    let keys = Keys {
        id: "AKIDEXAMPLE".to_owned(),
        secret: ringbridge::model::secret::Secret::new("wJalrXUtnFEMI/K7MDENG"),
        session: None,
    };
    let access = Access { region: "eu-west-1".to_owned(), keys, endpoint: None, roots: AwsRoots::default() };
    let from = ringbridge::model::notify::EmailAddress::parse(super::FROM).unwrap();
    let postman = ringbridge::post::SesPostman::new(access, from).unwrap();
    let printed = format!("{postman:?}");
    assert!(!printed.contains("wJalr") && !printed.contains("bridge.example"), "{printed}");
    assert!(printed.contains("email.eu-west-1.amazonaws.com"), "{printed}");
}

#[tokio::test]
async fn local_runner_sends_by_smtp() {
    let server = FakeSmtp::start(Some(("bridge", "pass:word"))).await.unwrap();
    let url = format!("smtp://bridge:pass%3Aword@127.0.0.1:{}", server.port());
    let environment = [("RINGBRIDGE_SMTP_URL", url.as_str()), ("RINGBRIDGE_NOTIFY_FROM", super::FROM)];
    let runner = Runner::start_in(&[], &environment).await;
    let choose = json!({ "notify": { "email": [ANNA], "language": "ru" } });
    runner.call(reqwest::Method::PATCH, "/connection", choose).await;
    let tested = runner.call(reqwest::Method::POST, "/connection/notify/test", json!({})).await;
    assert_eq!(tested["email"], json!({ "sent": true, "problem": null }));
    let [mail] = &server.mails()[..] else { panic!("one mail") };
    assert_eq!((mail.from.as_str(), &mail.to[..]), (super::FROM, &[ANNA.to_owned()][..]));
    let head = mail.text.split("\r\n\r\n").next().unwrap();
    for line in
        ["Message-ID: <ntc_test_", "Auto-Submitted: auto-generated", "To: <anna@customer.example>", "Date: "]
    {
        assert!(head.contains(line), "{line}: {head}");
    }
    assert!(head.contains("@bridge.example>") && head.is_ascii(), "{head}");
}
