//! What a call logs: plays it in a process of its own, whose lines are counted. Those of the platform are counted by
//! their documented form.

use std::process::{Command, Stdio};

use ringbridge::metrics;
use ringbridge::telemetry::{self, Format};
use serde_json::Value;
use simulators::usage::{self, CALLS, Failure, Usage};

/// The argument with which this command plays a call and prints its lines.
pub(crate) const ARGUMENT: &str = "--lines";
const REQUEST: &str = "6bc28136-xmpl-4365-b021-0ce6b2e64ab0";

/// Plays the call of that number, and logs as in production.
pub(crate) async fn print(number: &str) -> Result<(), Failure> {
    let (_, text) = CALLS.get(number.parse::<usize>()?).ok_or("no such call")?;
    let begins = || {
        metrics::start(Some("Ringbridge/ringbridge"));
        metrics::of("event-receiver");
        // The embedded servers and the CRM log in this process too.
        telemetry::start(Format::Json, "off,ringbridge=info");
    };
    usage::measure_from(text, begins).await.map(drop)
}

/// Bytes that CloudWatch takes in for a call.
pub(crate) fn bytes(number: usize, usage: &Usage, template: &Value) -> Result<usize, Failure> {
    let played = Command::new(std::env::current_exe()?)
        .args([ARGUMENT, &number.to_string()])
        .stderr(Stdio::piped())
        .output()?;
    if !played.status.success() {
        return Err("the lines could not be counted".into());
    }
    let own = played.stdout.len() + played.stderr.len();
    let access = template["Resources"]["ApiStage"]["Properties"]["AccessLogSettings"]["Format"].as_str();
    let access = accessed(access.ok_or("no access log")?).len();
    let (events, batches) = (usage.events.len(), usize::from(usage.batch.is_some()));
    // Only what goes wrong has lines of the platform from that level on.
    let quiet = template["Globals"]["Function"]["LoggingConfig"]["SystemLogLevel"] == "WARN";
    let platform = if quiet { 0 } else { platform().len() };
    Ok(own + events * access + (events + batches) * platform)
}

/// What Lambda writes of an invocation.
fn platform() -> String {
    format!(
        "START RequestId: {REQUEST} Version: $LATEST\nEND RequestId: {REQUEST}\nREPORT RequestId: {REQUEST}\t\
         Duration: 318.52 ms\tBilled Duration: 319 ms\tMemory Size: 128 MB\tMax Memory Used: 24 MB\t\n"
    )
}

/// A line of the access log, with values as long as they are.
fn accessed(format: &str) -> String {
    let values = [
        ("$context.requestId", "JKJaXmPLvHcESHA="),
        ("$context.error.responseType", "-"),
        ("$context.identity.sourceIp", "203.0.113.10"),
        ("$context.routeKey", "POST /ext-event/{token}"),
        ("$context.status", "200"),
        ("$context.responseLatency", "24"),
    ];
    values.iter().fold(format.to_owned(), |line, (name, value)| line.replace(name, value))
}
