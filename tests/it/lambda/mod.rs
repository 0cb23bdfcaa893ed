//! The built functions, each a process of its own between a small Lambda and the world of the call tests.

mod events;
mod followed;
mod front;
mod malformed;
mod others;
mod start;
mod tls;

use std::time::Duration;

use serde_json::Value;
use simulators::aws::TABLE;
use simulators::lambda::{Answer, Function};
use simulators::world::{SEALING_KEY, World};

const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY";
/// The time limit of invocations that don't depend on it.
const TIME: Duration = Duration::from_mins(5);

/// What the template gives a function, pointed at the world.
pub(crate) async fn environment(world: &World) -> Vec<(&'static str, String)> {
    let queue = world.aws.sqs().get_queue_url().queue_name("ringbridge-retry").send().await.unwrap();
    let variables = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
        ("AWS_ENDPOINT_URL_DYNAMODB", &world.aws.dynamodb),
        ("AWS_ENDPOINT_URL_SQS", &world.aws.sqs),
        ("RINGBRIDGE_TABLE", TABLE),
        ("RINGBRIDGE_QUEUE_URL", queue.queue_url().unwrap()),
        ("RINGBRIDGE_SEALING_KEY", SEALING_KEY),
        ("RINGBRIDGE_PUBLIC_URL", "https://bridge.example"),
        ("RINGBRIDGE_PBX_HOSTS", "https://pbx.example"),
        ("RINGBRIDGE_ALLOW_PRIVATE_TARGETS", "true"),
        // The envelopes hold the last event of a call whose others never come: not waited for here.
        ("RINGBRIDGE_MISSED_HOLD", "0s"),
        // By the machine's clock, unlike that of the world.
        ("RINGBRIDGE_CRM_TIMEOUT", "1m"),
        ("RINGBRIDGE_METRICS", "Ringbridge/test"),
        ("RINGBRIDGE_LOG", "info,ringbridge=trace"),
    ];
    variables.map(|(name, value)| (name, value.to_owned())).into()
}

async fn start(world: &World, name: &str) -> Function {
    Function::start(name, &environment(world).await).await.unwrap()
}

/// An envelope of tests/fixtures/lambda, for a token.
macro_rules! envelope {
    ($name:literal, $token:expr) => {
        serde_json::from_str::<serde_json::Value>(
            &include_str!(concat!("../../fixtures/lambda/", $name, ".json")).replace("{token}", $token),
        )
        .unwrap()
    };
}
use envelope;

/// The token of an extension of the cast.
fn token(world: &World, extension: u64) -> String {
    world.event_path(extension).strip_prefix("/ext-event/").unwrap().to_owned()
}

/// The status that API Gateway would pass on.
fn status(answer: Option<Answer>) -> u64 {
    match answer {
        Some(Answer::Response(response)) => response["statusCode"].as_u64().unwrap(),
        Some(Answer::Error(error)) => panic!("no response but {error}"),
        None => panic!("no answer"),
    }
}

/// Everything logged is JSON, and none of it says whose call it was or how to get in.
fn assert_discreet(logs: &str, token: &str) {
    for line in logs.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }
    let secrets = [token, SEALING_KEY, SECRET_ACCESS_KEY, "MfKQ9r8G", "app-secret"];
    for word in secrets.into_iter().chain(["442079460555", "7946 0555", "4821*205"]) {
        assert!(!logs.contains(word), "{word} in {logs}");
    }
}
