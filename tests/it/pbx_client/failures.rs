//! What an answer that is no success means: one table, and the rate budget that errors tell too.

use std::fmt::Write as _;
use std::time::Duration;

use ringbridge::clock::Timestamp;
use ringbridge::error::{Classified as _, Retryability, chain};
use ringbridge::model::budget::{Permit, RESERVE, RateBudget};
use ringbridge::model::connection::Origin;
use ringbridge::model::secret::Secret;
use ringbridge::pbx::PbxError;
use simulators::net::ClosedPort;

use super::stub::{NOW, Reply, Stub, TOKEN, client, token};

/// Bodies that the table combines with each status.
const BODIES: [&str; 9] = [
    r#"{"message":"Not found"}"#,
    r#"{"message":"no","status":"access_denied"}"#,
    r#"{"message":"no","status":"user_blocked"}"#,
    r#"{"message":"no","status":"user_access_type_deny"}"#,
    r#"{"message":"no","status":"app_access_type_deny"}"#,
    r#"{"message":"no","status":"rate_limit_exceeded"}"#,
    r#"{"message":"Stats request already exists, concurrent request not allowed"}"#,
    "<html>Bad</html>",
    "",
];

fn line(error: &PbxError) -> String {
    let retry = match error.retryability() {
        Retryability::Transient { retry_after: None } => "later".to_owned(),
        Retryability::Transient { retry_after: Some(wait) } => format!("in {} s", wait.as_secs()),
        Retryability::Permanent => "never".to_owned(),
    };
    let done = if error.perhaps_done() { ", perhaps done" } else { "" };
    format!("{error} [retry {retry}{done}]")
}

async fn failure(reply: Reply) -> PbxError {
    match Stub::answering(vec![reply]).session().user().await {
        Ok(user) => panic!("no failure: {user:?}"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn every_status_and_body_has_its_class() {
    let mut table = String::new();
    for status in
        [301, 302, 307, 400, 401, 403, 404, 405, 408, 409, 413, 422, 423, 425, 429, 500, 502, 503, 504]
    {
        let mut last = String::new();
        for body in BODIES {
            let class = line(&failure(Reply::json(status, body)).await);
            if class != last {
                let body = if body.is_empty() { "no body" } else { body };
                writeln!(table, "{status} {body}\n    {class}").expect("written");
            }
            last = class;
        }
    }
    for (name, reply) in [
        ("200 page", Reply::json(200, "  <html></html>")),
        ("200 text", Reply::json(200, "hello")),
        ("200 list for an object", Reply::json(200, "[]")),
        ("200 lacking what is documented", Reply::json(200, "{}")),
        ("200 empty", Reply::json(200, "")),
        ("200 not gzip", Reply::Http(200, &[("content-encoding", "gzip")], "plain".to_owned())),
        ("200 truncated", Reply::Truncated),
        ("200 endless", Reply::Endless),
        ("no answer", Reply::Nothing),
    ] {
        writeln!(table, "{name}\n    {}", line(&failure(reply).await)).expect("written");
    }
    insta::assert_snapshot!("pbx_failures", table);
}

#[tokio::test]
async fn token_endpoint_says_when_credentials_are_wrong() {
    let mut table = String::new();
    for status in [400, 401, 403, 404, 422, 429, 500] {
        let stub = Stub::answering(vec![Reply::json(status, r#"{"error":"invalid_client"}"#)]);
        let error = client().token(&stub.origin, "app", &Secret::new("s3cret")).await.expect_err("a failure");
        writeln!(table, "{status}: {}", line(&error)).expect("written");
    }
    let stub = Stub::answering(vec![Reply::json(200, r#"{"access_token":"with space"}"#)]);
    let error = client().token(&stub.origin, "app", &Secret::new("s3cret")).await.expect_err("a failure");
    writeln!(table, "unusable: {}", line(&error)).expect("written");
    insta::assert_snapshot!(table, @"
    400: the PBX refused the application's credentials with 400 [retry never]
    401: the PBX refused the application's credentials with 401 [retry never]
    403: the PBX refused the application's credentials with 403 [retry never]
    404: the PBX has no such resource [retry never]
    422: the PBX refused the request with 422 [retry never]
    429: the PBX is busy with another request of this account [retry in 60 s]
    500: the PBX failed with 500 [retry later, perhaps done]
    unusable: the PBX's answer could not be read: not what the API documents [retry later, perhaps done]
    ");
}

#[tokio::test]
async fn administrator_is_told_what_happened_and_what_to_do() {
    let mut table = String::new();
    for (status, body) in [
        (302, ""),
        (400, r#"{"message":"Event limit exceeded: 16"}"#),
        (401, ""),
        (403, BODIES[1]),
        (403, BODIES[2]),
        (403, BODIES[3]),
        (403, BODIES[4]),
        (403, ""),
        (404, ""),
        (422, ""),
        (429, BODIES[5]),
        (429, BODIES[6]),
        (503, ""),
        (200, "<html>"),
    ] {
        let error = failure(Reply::json(status, body)).await;
        writeln!(table, "{}\n    {}", error.sentence(), error.advice()).expect("written");
    }
    let nowhere = failure(Reply::Nothing).await;
    writeln!(table, "{}\n    {}", nowhere.sentence(), nowhere.advice()).expect("written");
    let stub = Stub::answering(vec![Reply::json(400, "")]);
    let refused = client().token(&stub.origin, "app", &Secret::new("s")).await.expect_err("a failure");
    writeln!(table, "{}\n    {}", refused.sentence(), refused.advice()).expect("written");
    insta::assert_snapshot!("pbx_sentences", table);
}

#[tokio::test]
async fn messages_are_shown_without_addresses_tokens_and_numbers() {
    let long = "x".repeat(33);
    let cases = [
        ("Event limit exceeded: 16", Some("Event limit exceeded: 16")),
        ("two\\nlines\\u0007 ", Some("two lines")),
        ("url https://hooks.example.net/ext-event/abc exists", Some("url … exists")),
        (long.as_str(), Some("…")),
        ("caller +44 20 7946 0555, line 4821*205", Some("caller +…, line 4821*205")),
        ("mary@example.net is 12345", Some("… is …")),
        ("of 1234 and 5678", Some("of 1234 and 5678")),
        ("", None),
    ];
    for (message, expected) in cases {
        let error = failure(Reply::json(422, &format!(r#"{{"message":"{message}"}}"#))).await;
        let PbxError::Refused { status: 422, message: shown } = error else { panic!("{error:?}") };
        assert_eq!(shown.as_deref(), expected);
    }
    let error = failure(Reply::json(422, &format!(r#"{{"message":"{}"}}"#, "ab ".repeat(200)))).await;
    let PbxError::Refused { message: Some(shown), .. } = error else { panic!("{error:?}") };
    assert_eq!(shown.chars().count(), 200);
}

#[tokio::test]
async fn host_that_is_not_there_was_not_reached() {
    let closed = ClosedPort::new().expect("a port");
    let origin = Origin::parse(&format!("http://{}", closed.address())).expect("an origin");
    let error = client().session(&origin, &token()).user().await.expect_err("a failure");
    assert!(matches!(error, PbxError::NotReached(_)), "{error:?}");
    assert!(!error.perhaps_done());
    let texts = format!("{error} {error:?} {}", chain(&error));
    assert!(!texts.contains("http://") && !texts.contains(TOKEN), "{texts}");
}

#[tokio::test]
async fn nothing_prints_a_secret() {
    let stub = Stub::answering(vec![Reply::Nothing]);
    let session = stub.session();
    let error = session.user().await.expect_err("a failure");
    let texts = format!("{session:?} {:?} {:?} {error:?} {}", client(), token(), chain(&error));
    assert!(!texts.contains(TOKEN), "{texts}");
    let refused = client().token(&stub.origin, "app", &Secret::new("s3cret")).await.expect_err("a failure");
    let texts = format!("{refused:?} {}", chain(&refused));
    assert!(!texts.contains("s3cret") && !texts.contains("/oauth"), "{texts}");
}

const BUDGET: &[(&str, &str)] =
    &[("X-RateLimit-Limit", "1000"), ("X-RateLimit-Remaining", "99"), ("X-RateLimit-Reset", "600")];

#[tokio::test]
async fn budget_is_read_from_successes_and_errors() {
    for status in [200, 404, 500] {
        let stub =
            Stub::answering(vec![Reply::Http(status, BUDGET, "{}".to_owned()), Reply::json(200, "{}")]);
        let session = stub.session();
        assert_eq!(session.budget(), None);
        drop(session.limits().await);
        let budget = RateBudget {
            limit: Some(1_000),
            remaining: 99,
            resets_at: NOW + Duration::from_mins(10),
            as_of: NOW,
        };
        assert_eq!(session.budget(), Some(budget));
        assert_eq!(budget.allows(NOW, RESERVE), Permit::WaitUntil(budget.resets_at));
        assert_eq!(budget.allows(NOW, 0), Permit::Go);
        assert_eq!(budget.allows(budget.resets_at, RESERVE), Permit::Go);
        // Absent is not zero: an answer without the headers changes nothing.
        drop(session.limits().await);
        assert_eq!(session.budget(), Some(budget));
    }
}

#[tokio::test]
async fn nothing_is_sent_after_the_limit_until_the_reset() {
    let headers: &[_] = &[("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1490")];
    let next_hour = Timestamp::from_secs(NOW.secs() + 1_200);
    for (headers, resets_at) in [(headers, NOW + Duration::from_secs(1_490)), (&[], next_hour)] {
        let stub = Stub::answering(vec![Reply::Http(429, headers, BODIES[5].to_owned())]);
        let session = stub.session();
        for _ in 0..3 {
            let error = session.user().await.expect_err("a failure");
            let PbxError::RateLimited { reset_in } = error else { panic!("{error:?}") };
            assert_eq!(NOW + reset_in, resets_at);
        }
        assert_eq!(stub.lines().len(), 1);
        let budget = session.budget().expect("known");
        assert_eq!((budget.remaining, budget.resets_at), (0, resets_at));
        let later = stub.session().knowing(Some(budget));
        assert!(later.user().await.is_err());
        assert_eq!(stub.lines().len(), 1);
    }
}

#[tokio::test]
async fn reset_that_is_no_time_of_an_hour_is_bounded() {
    let headers: &[_] = &[("X-RateLimit-Remaining", "5"), ("X-RateLimit-Reset", "1788266400")];
    let stub = Stub::answering(vec![Reply::Http(200, headers, "{}".to_owned())]);
    let session = stub.session();
    drop(session.limits().await);
    assert_eq!(session.budget().map(|budget| budget.resets_at.since(NOW)), Some(Duration::from_hours(1)));
}

#[test]
fn budget_is_stored_as_it_is() {
    let budget = RateBudget { limit: None, remaining: 7, resets_at: NOW, as_of: NOW };
    let text = serde_json::to_string(&budget).expect("written");
    assert_eq!(serde_json::from_str::<RateBudget>(&text).expect("read"), budget);
}
