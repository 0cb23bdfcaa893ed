//! One call is followed by one id, through the logs of two functions, and a request by its ids on both sides of the answer.

use std::time::Duration;

use ringbridge::model::call::RecordId;
use ringbridge::model::ids::CallId;
use serde_json::{Value, json};
use simulators::crm::CrmFault;
use simulators::lambda::{Answer, Function};
use simulators::patience::PATIENCE;
use simulators::world::World;

use super::{TIME, assert_discreet, envelope, environment, status, token};

/// As in the envelopes.
const CALL: &str = "75599d9e49a8b73ba806026df26ee0fb";
const AT_THE_GATEWAY: &str = "LV7fzho-PHcEJPw=";

/// A function as in production: no finer lines than `info`, and retries that need not be waited for.
async fn started(world: &World, name: &str) -> Function {
    let mut environment = environment(world).await;
    environment.retain(|(name, _)| !matches!(*name, "RINGBRIDGE_LOG" | "RINGBRIDGE_CRM_TIMEOUT"));
    environment.push(("RINGBRIDGE_LOG", "info".to_owned()));
    environment.push(("RINGBRIDGE_CRM_TIMEOUT", "5s".to_owned()));
    environment.push(("RINGBRIDGE_RETRY_DELAYS", "100ms,100ms".to_owned()));
    Function::start(name, &environment).await.unwrap()
}

/// The lines of a log; those of metrics are none of its.
fn lines(log: &str) -> Vec<Value> {
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["_aws"].is_null()).collect()
}

#[tokio::test]
async fn a_call_is_followed_by_its_digest_from_the_event_to_the_crm_s_yes() {
    let world = World::start().await;
    world.inbox.fail_next(1, &CrmFault::Status(503, None));
    let token = token(&world, 731_205);
    let receiver = started(&world, "event-receiver").await;
    let invocation = receiver.invoke(&envelope!("http-api", &token), TIME);
    assert_eq!(status(receiver.answer(invocation).await), 200);
    assert!(receiver.ended(invocation).await);
    let received = receiver.stop().await;

    let job = started(&world, "retry-job").await;
    let began = tokio::time::Instant::now();
    while world.inbox.records().is_empty() {
        assert!(began.elapsed() < PATIENCE, "not delivered");
        let invocation = job.invoke(&envelope!("schedule", ""), TIME);
        assert!(matches!(job.answer(invocation).await, Some(Answer::Response(_))));
    }
    let retried = job.stop().await;

    let digest = RecordId::of_missed(world.connection, &CallId::parse(CALL).unwrap()).call_digest();
    let [event, first, second] = [&received, &retried]
        .into_iter()
        .flat_map(|log| lines(log))
        .filter(|line| line["call.id"] == json!(digest))
        .collect::<Vec<_>>()
        .try_into()
        .unwrap_or_else(|other| panic!("{other:#?}"));
    let [record] = world.inbox.records().try_into().unwrap();
    for line in [&event, &first, &second] {
        assert_eq!(line["connection.id"], json!(world.connection));
        assert_eq!(
            line["record.id"], record.data["record_id"],
            "the name that administrators and CRM have for it"
        );
        assert!(line["record.id"].as_str().unwrap().starts_with(&digest));
        assert!(!line["invocation.id"].as_str().unwrap().is_empty(), "as in Lambda's own lines");
    }
    assert_eq!((&event["message"], &event["event.kind"]), (&json!("event taken"), &json!("hangup")));
    let verdict = event["event.verdict"].as_str().unwrap();
    assert!(verdict.starts_with("answered on this phone: logged"), "as the delivery log has it: {verdict}");
    assert!(event["due.at"].is_string(), "{event}");
    assert_eq!(event["gateway.id"], AT_THE_GATEWAY, "as in the access log");
    assert_eq!(first["gateway.id"], AT_THE_GATEWAY, "after the answer too");
    assert_eq!(first["invocation.id"], event["invocation.id"]);
    let outcome = |line: &Value| {
        ["delivery.state", "attempt.class", "attempt.status", "attempt.number"].map(|name| line[name].clone())
    };
    assert_eq!(outcome(&first), [json!("waiting"), json!("perhaps_delivered"), json!(503), json!(1)]);
    assert!(first["due.at"].is_string(), "when it is tried again");
    assert_eq!(outcome(&second), [json!("delivered"), json!("delivered"), json!(204), json!(2)]);
    assert!(first["attempt.millis"].is_u64() && second["attempt.millis"].is_u64());
    // Each byte is paid for.
    let length = received.lines().find(|line| line.contains("event taken")).unwrap().len();
    assert!(length < 500, "{length} bytes for an event");
    assert_discreet(&received, &token);
    assert_discreet(&retried, &token);
    assert!(![&received, &retried].iter().any(|log| log.contains(CALL)), "the PBX's own name for the call");
}

#[tokio::test]
async fn a_run_that_finds_nothing_says_nothing() {
    let world = World::start().await;
    let job = started(&world, "retry-job").await;
    for _ in 0..3 {
        let invocation = job.invoke(&envelope!("schedule", ""), TIME);
        let Some(Answer::Response(report)) = job.answer(invocation).await else { panic!("no report") };
        assert_eq!(report["swept"], 0);
    }
    let log = job.stop().await;
    assert_eq!(lines(&log), Vec::<Value>::new());
    assert!(log.contains(r#""OldestDueSeconds":0"#), "but that it ran is measured: {log}");
}

#[tokio::test]
async fn a_failed_request_is_found_by_what_its_caller_was_told() {
    let mut world = World::start().await;
    let api = started(&world, "settings-api").await;
    let mut envelope = envelope!("http-api", "");
    envelope["rawPath"] = json!("/api/v1/connection");
    envelope["requestContext"]["http"] =
        json!({ "method": "GET", "path": "/api/v1/connection", "sourceIp": "198.51.100.7" });
    envelope["headers"]["authorization"] = json!(format!("Bearer {}", world.key.reveal()));
    envelope["body"] = Value::Null;
    world.stop_aws().await;
    let invocation = api.invoke(&envelope, Duration::from_mins(1));
    let Some(Answer::Response(answer)) = api.answer(invocation).await else { panic!("no answer") };
    assert_eq!(answer["statusCode"], 503, "{answer}");
    let log = api.stop().await;
    let lines = lines(&log);
    let failed = lines.iter().find(|line| line["message"] == "request failed").unwrap();
    assert!(answer["body"].as_str().unwrap().contains(failed["request.id"].as_str().unwrap()));
    assert_eq!(failed["gateway.id"], AT_THE_GATEWAY);
    assert!(failed["invocation.id"].is_string());
}
