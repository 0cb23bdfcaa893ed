//! List prices and what is reckoned from them.

use std::fmt;

use serde_json::Value;
use simulators::usage::{Failure, Requests, Usage};

/// Where and when.
pub(crate) const OF: &str =
    "list prices of us-east-1 as published in 2025, on demand, arm64, without free tiers";

/// A gigabyte-second of Lambda on arm64.
const GIGABYTE_SECOND: f64 = 0.000_013_333_4;
/// A million invocations.
const INVOCATIONS: f64 = 0.20;
/// A million requests to an HTTP API.
const API_REQUESTS: f64 = 1.00;
/// A million units.
const WRITE_UNITS: f64 = 0.625;
const READ_UNITS: f64 = 0.125;
/// A gigabyte kept for a month, with its backup.
const STORED_GIGABYTE: f64 = 0.25 + 0.20;
/// A million requests to SQS.
const QUEUE_REQUESTS: f64 = 0.40;
/// A gigabyte of logs.
const LOGGED_GIGABYTE: f64 = 0.50;
/// A million traces. X-Ray takes the first invocation of each second: at a million calls a month nearly all.
const TRACES: f64 = 5.0;

/// Reckoned, not measured: a round trip to AWS within a region; and an invocation's time on a whole core, with a TLS
/// handshake now and then.
const ROUND_TRIP: f64 = 0.005;
const CORE_SECONDS: f64 = 0.002;
/// The memory that a whole core comes with.
const OF_A_CORE: f64 = 1_769.0 / 1_024.0;

/// Minutes of a month.
const MINUTES: f64 = 43_800.0;
/// How long a look at an empty queue takes (`ReceiveMessageWaitTimeSeconds`).
const POLL_SECONDS: f64 = 20.0;

/// What the template says that costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rates {
    receiver: Function,
    job: Function,
}

#[derive(Clone, Copy, Debug)]
struct Function {
    gigabytes: f64,
    traced: bool,
}

impl Rates {
    /// From the template.
    pub(crate) fn of(template: &Value) -> Result<Self, Failure> {
        let general = &template["Globals"]["Function"]["Tracing"];
        let function = |name: &str| {
            let said = &template["Resources"][name]["Properties"];
            let memory = said["MemorySize"].as_f64().ok_or("a function without its memory")?;
            let tracing = said.get("Tracing").unwrap_or(general);
            Ok::<_, Failure>(Function { gigabytes: memory / 1_024.0, traced: tracing == "Active" })
        };
        Ok(Self { receiver: function("EventReceiver")?, job: function("RetryJob")? })
    }
}

impl Function {
    /// A million invocations that ask for so much.
    fn invoked(self, requests: &Requests, crm_seconds: f64) -> (f64, f64) {
        // Lambda itself asks the queue.
        let ours = requests.dynamodb() + requests.reminders;
        let waits = f64::from(ours) * ROUND_TRIP + f64::from(requests.crm) * crm_seconds;
        let seconds = waits + CORE_SECONDS * OF_A_CORE / self.gigabytes;
        let traces = if self.traced { TRACES } else { 0.0 };
        (INVOCATIONS + seconds * 1e6 * self.gigabytes * GIGABYTE_SECOND, traces)
    }
}

/// What a million calls cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    api: f64,
    lambda: f64,
    dynamodb: f64,
    queue: f64,
    logs: f64,
}

impl Cost {
    /// The columns' names.
    pub(crate) const HEAD: &str = "    API  Lambda DynamoDB    SQS   logs   total";

    pub(crate) fn of(usage: &Usage, logged: usize, crm_seconds: f64, rates: Rates) -> Self {
        let events = usage.events.iter().map(|event| rates.receiver.invoked(event, crm_seconds));
        let batch = usage.batch.iter().map(|batch| rates.job.invoked(batch, crm_seconds));
        let (lambda, traces) =
            events.chain(batch).fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
        let all = usage.all();
        Self {
            api: number(usage.events.len()) * API_REQUESTS,
            lambda,
            // Kept for 30 days, a month.
            dynamodb: f64::from(all.write_units) * WRITE_UNITS
                + all.read_units() * READ_UNITS
                + number(usage.kept) / 1e3 * STORED_GIGABYTE,
            queue: f64::from(all.reminders + all.queue) * QUEUE_REQUESTS,
            logs: number(logged) / 1e3 * LOGGED_GIGABYTE + traces,
        }
    }

    pub(crate) fn total(&self) -> f64 {
        let Self { api, lambda, dynamodb, queue, logs } = *self;
        api + lambda + dynamodb + queue + logs
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { api, lambda, dynamodb, queue, logs } = *self;
        let total = self.total();
        write!(f, "{api:>7.2} {lambda:>7.2} {dynamodb:>8.2} {queue:>6.2} {logs:>6.2} {total:>7.2}")
    }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// What stands there anyway: a run each minute that looks at 16 parts of an index, a queue that is asked whether there
/// is anything, 20 metrics, 22 alarms, one of which learns what is usual, a dashboard, one secret.
pub(crate) fn monthly(rates: Rates) -> f64 {
    let run = 0.1 * rates.job.gigabytes * GIGABYTE_SECOND + (INVOCATIONS + 16.0 * READ_UNITS / 2.0) / 1e6;
    MINUTES * run + polls() * QUEUE_REQUESTS / 1e6 + 20.0 * 0.30 + 21.0 * 0.10 + 0.30 + 3.00 + 0.40
}

/// Requests of an event source to an empty queue, a month: Lambda has five pollers at least, each of which waits for
/// messages as long as the queue lets it.
pub(crate) fn polls() -> f64 {
    5.0 * MINUTES * 60.0 / POLL_SECONDS
}
