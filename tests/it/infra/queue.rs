//! The retry queue invokes the retry job: what that takes of queue, function and numbers.

use std::time::Duration;

use ringbridge::queue::BATCH;
use serde_json::{Value, json};

use super::template::{resource, template};

#[test]
fn the_queue_is_an_event_source_from_the_first_deployment_on() {
    let source = resource("RetryFromQueue");
    assert_eq!(source["Condition"], Value::Null);
    let stated = &source["Properties"];
    assert_eq!(stated["FunctionName"], json!({"Ref": "RetryJob"}));
    assert_eq!(stated["EventSourceArn"], json!({"Fn::GetAtt": "RetryQueue.Arn"}));
    assert_eq!(stated["BatchSize"], json!(BATCH));
    assert_eq!(stated["MaximumBatchingWindowInSeconds"], json!(0));
    assert_eq!(stated["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    assert_eq!(stated["ScalingConfig"], json!({"MaximumConcurrency": {"Ref": "QueueConcurrency"}}));
    let variables = &template()["Globals"]["Function"]["Environment"]["Variables"];
    assert_eq!(variables["RINGBRIDGE_QUEUE_DRAINED_BY"], "event-source", "the schedule leaves it alone");
}

#[test]
fn a_message_comes_back_only_when_its_run_is_long_over() {
    let job = &resource("RetryJob")["Properties"];
    let queue = &resource("RetryQueue")["Properties"];
    let window = resource("RetryFromQueue")["Properties"]["MaximumBatchingWindowInSeconds"].as_u64();
    let least = job["Timeout"].as_u64().unwrap() * 6 + window.unwrap();
    assert!(queue["VisibilityTimeout"].as_u64().unwrap() >= least);
    assert!(queue["RedrivePolicy"]["maxReceiveCount"].as_u64().unwrap() >= 5);
    assert_eq!(queue["ReceiveMessageWaitTimeSeconds"], 20);
    let kept = Duration::from_secs(queue["MessageRetentionPeriod"].as_u64().unwrap());
    assert!(kept >= ringbridge::config::KEPT_AT_LEAST);
}

#[test]
fn a_call_that_reminds_of_itself_is_no_loop() {
    assert_eq!(resource("RetryJob")["Properties"]["RecursiveLoop"], "Allow");
}

#[test]
fn lambda_may_read_the_queue_in_the_retry_jobs_name() {
    let policies = resource("RetryJobRole")["Properties"]["Policies"].as_array().unwrap();
    let on_queue = |policy: &Value| {
        let statements = policy["PolicyDocument"]["Statement"].as_array().unwrap().clone();
        statements.into_iter().filter(|one| one["Resource"] == json!({"Fn::GetAtt": "RetryQueue.Arn"}))
    };
    let actions: Vec<_> = policies.iter().flat_map(on_queue).map(|one| one["Action"].to_string()).collect();
    let actions = actions.join(" ");
    for action in ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"] {
        assert!(actions.contains(&format!("sqs:{action}")), "{action}: {actions}");
    }
}

/// The numbers that a parameter may have.
fn allowed(parameter: &str) -> Vec<u64> {
    let values = template()["Parameters"][parameter]["AllowedValues"].as_array().unwrap();
    values.iter().map(|one| one.as_u64().unwrap()).collect()
}

/// What a rule's assertion comes to for these numbers.
fn holds(assertion: &Value, queue: u64, retry: u64) -> bool {
    let (name, arguments) = assertion.as_object().unwrap().iter().next().unwrap();
    let arguments = arguments.as_array().unwrap();
    let value = |one: &Value| match one["Ref"].as_str() {
        Some("QueueConcurrency") => queue.to_string(),
        Some("RetryConcurrency") => retry.to_string(),
        Some(other) => panic!("{other} has nothing to do with it"),
        None => one.as_str().unwrap().to_owned(),
    };
    match name.as_str() {
        "Fn::Or" => arguments.iter().any(|one| holds(one, queue, retry)),
        "Fn::And" => arguments.iter().all(|one| holds(one, queue, retry)),
        "Fn::Equals" => value(&arguments[0]) == value(&arguments[1]),
        "Fn::Contains" => {
            arguments[0].as_array().unwrap().iter().any(|one| value(one) == value(&arguments[1]))
        }
        other => panic!("{other} is not known here"),
    }
}

#[test]
fn the_schedule_has_two_runs_beside_the_queues_batches() {
    let default = |parameter: &str| template()["Parameters"][parameter]["Default"].as_u64().unwrap();
    assert_eq!((default("QueueConcurrency"), default("RetryConcurrency")), (5, 7));
    assert_eq!(allowed("QueueConcurrency")[0], 2, "an event source takes no less");
    let assertions = template()["Rules"]["RoomForTheQueue"]["Assertions"].as_array().unwrap();
    for queue in allowed("QueueConcurrency") {
        for retry in allowed("RetryConcurrency") {
            let taken = assertions.iter().all(|one| holds(&one["Assert"], queue, retry));
            assert_eq!(taken, retry == 0 || retry >= queue + 2, "{queue} batches, {retry} reserved");
        }
    }
}
