//! List prices and what is reckoned from them.

use std::fmt;
use std::ops::Add as _;

use integration_tests::usage::{self, Requests};

/// Where and when.
pub(crate) const OF: &str =
    "list prices of us-east-1 as published in 2025, on demand, arm64, without free tiers";

/// A gigabyte-second of Lambda on arm64.
const GIGABYTE_SECOND: f64 = 0.000_013_333_4;
/// A million invocations.
const INVOCATIONS: f64 = 0.20;
/// A million requests to an HTTP API.
const API_REQUESTS: f64 = 1.00;
/// A million units: a write of up to 1 KB, a strongly consistent read of up to 4 KB.
const WRITE_UNITS: f64 = 0.625;
const READ_UNITS: f64 = 0.125;
/// A gigabyte kept for a month, with its backup.
const STORED_GIGABYTE: f64 = 0.25 + 0.20;
/// A million requests to SQS.
const QUEUE_REQUESTS: f64 = 0.40;
/// A gigabyte of logs.
const LOGGED_GIGABYTE: f64 = 0.50;
/// A million traces, of which X-Ray takes one in twenty.
const TRACES: f64 = 5.0 * 0.05;

/// Ours besides the CRM: five round trips within a region, and a TLS handshake now and then. Reckoned, not measured.
const OWN_MILLIS: f64 = 25.0;
const EVENT_GIGABYTES: f64 = 0.25;
const RETRY_GIGABYTES: f64 = 0.5;
/// Log and metric lines of one event, and its line in the access log.
const LOGGED_BYTES: f64 = 2_000.0;
/// Writes to an index beside a write to the table: due times come and go.
const INDEX_WRITES: f64 = 1.5;

/// Minutes of a month.
const MINUTES: f64 = 43_800.0;
/// How long a look at an empty queue takes (`ReceiveMessageWaitTimeSeconds`).
const POLL_SECONDS: f64 = 20.0;

/// What a call uses.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) events: f64,
    pub(crate) reads: f64,
    pub(crate) writes: f64,
    pub(crate) messages: f64,
    pub(crate) stored_bytes: f64,
    pub(crate) largest_item: f64,
    pub(crate) crm_millis: f64,
}

impl Usage {
    pub(crate) fn of(measured: &usage::Usage, crm_millis: f64) -> Self {
        let events = measured.events.iter().map(|(_, requests)| *requests);
        let all = events.fold(measured.run, Requests::add);
        let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        Self {
            events: number(measured.events.len()),
            reads: f64::from(all.reads + all.sweeps),
            writes: f64::from(all.writes + all.other_writes),
            messages: f64::from(all.reminders + all.queue),
            stored_bytes: number(measured.stored_bytes),
            largest_item: number(measured.largest_item),
            crm_millis: crm_millis * f64::from(all.crm),
        }
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

    pub(crate) fn of(usage: &Usage) -> Self {
        let seconds = (usage.events * OWN_MILLIS + usage.crm_millis) / 1_000.0;
        let units = (usage.largest_item / 1_024.0).ceil().max(1.0);
        // As if each write wrote the largest item, and each read had two; kept for 30 days, a month.
        let stored = usage.stored_bytes * 1e6 / 1e9 * STORED_GIGABYTE;
        Self {
            api: usage.events * API_REQUESTS,
            lambda: usage.events * INVOCATIONS + seconds * 1e6 * EVENT_GIGABYTES * GIGABYTE_SECOND,
            dynamodb: usage.writes * (units + INDEX_WRITES) * WRITE_UNITS
                + usage.reads * 2.0 * READ_UNITS
                + stored,
            queue: usage.messages * QUEUE_REQUESTS,
            logs: usage.events * (LOGGED_BYTES * 1e6 / 1e9 * LOGGED_GIGABYTE + TRACES),
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { api, lambda, dynamodb, queue, logs } = *self;
        let total = api + lambda + dynamodb + queue + logs;
        write!(f, "{api:>7.2} {lambda:>7.2} {dynamodb:>8.2} {queue:>6.2} {logs:>6.2} {total:>7.2}")
    }
}

/// What stands there anyway: a run each minute that looks at 16 parts of an index, a queue that is asked whether there
/// is anything, 16 metrics, ten alarms, a dashboard, one secret.
pub(crate) fn monthly() -> f64 {
    let runs =
        MINUTES * (0.1 * RETRY_GIGABYTES * GIGABYTE_SECOND + (INVOCATIONS + 16.0 * READ_UNITS / 2.0) / 1e6);
    runs + polls() * QUEUE_REQUESTS / 1e6 + 16.0 * 0.30 + 10.0 * 0.10 + 3.00 + 0.40
}

/// Requests of an event source to an empty queue, a month: Lambda has five pollers at least, each of which waits for
/// messages as long as the queue lets it.
pub(crate) fn polls() -> f64 {
    5.0 * MINUTES * 60.0 / POLL_SECONDS
}
