//! What a million calls cost: plays calls, counts their requests on the wire and weighs their items, and multiplies by
//! AWS's list prices. `cargo run -p integration-tests --bin cost -- [MILLISECONDS]`, the CRM's time for one answer.

mod prices;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;

use aws_sdk_dynamodb::types::AttributeValue;
use integration_tests::aws::TABLE;
use integration_tests::world::World;

use crate::prices::{Cost, Usage};

/// Something outside failed; says what.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A phone that answers; a call lost in a menu; a transfer; a queue.
const CALLS: [(&str, &str); 4] = [
    ("a phone answers", include_str!("../fixtures/calls/a.txt")),
    ("lost in a menu", include_str!("../fixtures/calls/d.txt")),
    ("lost in a queue", include_str!("../fixtures/calls/e.txt")),
    ("queue, then a phone", include_str!("../fixtures/calls/f.txt")),
];
/// A CRM that answers within this is an ordinary one.
const CRM_MILLIS: u32 = 300;

fn say(line: &str) {
    // A closed terminal is no reason to stop.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let crm_millis = std::env::args().nth(1).map_or(Some(CRM_MILLIS), |text| text.parse().ok());
    let Some(crm_millis) = crm_millis else {
        say("the CRM's time is a whole number of milliseconds");
        return ExitCode::from(2);
    };
    match run(f64::from(crm_millis)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn run(crm_millis: f64) -> Result<(), Failure> {
    say(&format!(
        "A million calls of each kind, in dollars ({}; a CRM that answers in {crm_millis} ms):\n",
        prices::OF
    ));
    say(&format!(
        "  {:<20} {:>6} {:>6} {:>6} {:>5} {:>6}  {}",
        "",
        "events",
        "reads",
        "writes",
        "queue",
        "bytes",
        Cost::HEAD
    ));
    for (name, text) in CALLS {
        let usage = measure(text, crm_millis).await?;
        let Usage { events, reads, writes, messages, stored_bytes, .. } = usage;
        let cost = Cost::of(&usage);
        say(&format!(
            "  {name:<20} {events:>6} {reads:>6} {writes:>6} {messages:>5} {stored_bytes:>6}  {cost}"
        ));
    }
    say(&format!("\nEach month besides, whatever is called: {:.2}", prices::monthly()));
    Ok(())
}

/// Plays one call and reads off what it used.
async fn measure(text: &str, crm_millis: f64) -> Result<Usage, Failure> {
    let (world, proxies) = World::behind_proxies().await;
    let mut usage = Usage::default();
    let before = world.inbox.counters().requests;
    for body in text.lines().filter(|line| line.starts_with("EventType=")) {
        let status = world.post(extension(body)?, body.to_owned()).await;
        if !status.is_success() {
            return Err(format!("an event was answered {status}").into());
        }
        world.idle().await;
        usage.events += 1.0;
    }
    // Missed calls are decided after their hold.
    world.retry_after(std::time::Duration::from_mins(1)).await;
    let mut kinds = BTreeMap::new();
    for kind in proxies.dynamodb.requests() {
        *kinds.entry(kind).or_insert(0.0) += 1.0;
    }
    let count = |names: &[&str]| names.iter().filter_map(|name| kinds.get(*name)).sum::<f64>();
    usage.reads = count(&["BatchGetItem", "GetItem", "Query"]);
    usage.writes = count(&["UpdateItem", "PutItem", "DeleteItem"]);
    usage.messages = f64::from(u32::try_from(proxies.sqs.requests().len())?);
    let asked = world.inbox.counters().requests - before;
    usage.crm_millis = crm_millis * f64::from(u32::try_from(asked)?);
    let items = world.aws.dynamodb().await.scan().table_name(TABLE).send().await?.items.unwrap_or_default();
    let of_calls = items
        .iter()
        .filter(|item| item.get("pk").and_then(|pk| pk.as_s().ok()).is_some_and(|pk| pk.starts_with("K#")));
    for item in of_calls {
        let bytes = f64::from(u32::try_from(
            item.iter().map(|(name, value)| name.len() + weight(value)).sum::<usize>(),
        )?);
        usage.stored_bytes += bytes;
        usage.largest_item = usage.largest_item.max(bytes);
    }
    Ok(usage)
}

/// The extension that an event is posted to: its own, as the PBX does.
fn extension(body: &str) -> Result<u64, Failure> {
    let leg = body.split('&').find_map(|field| field.strip_prefix("SubCallID="));
    let id = leg.and_then(|leg| leg.split('-').next()).and_then(|id| id.parse().ok());
    Ok(id.ok_or("an event without an extension")?)
}

/// Bytes as DynamoDB counts them, near enough: our attributes are texts, numbers and lists of texts.
fn weight(value: &AttributeValue) -> usize {
    let text = value.as_s().or_else(|_| value.as_n());
    text.map_or_else(|_| format!("{value:?}").len(), String::len)
}
