//! Metrics on the log lines: CloudWatch reads numbers out of lines in its embedded metric format, so no agent and no
//! request is needed. One line per report, or per invocation, on standard output; numbers and names only, nothing of any
//! person.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use crate::clock::Timestamp;

/// Where metrics go; unset means nowhere, as on a laptop and in most tests.
static NAMESPACE: OnceLock<String> = OnceLock::new();
/// Which function writes them.
static FUNCTION: OnceLock<&str> = OnceLock::new();
/// The dimension of metrics that several functions write.
const DIMENSION: &str = "function";

/// What else becomes of values that are written.
pub type Hear = fn(&[(Metric, u64)]);

/// Who else hears of them: a process that counts for itself.
static HEARD: OnceLock<Hear> = OnceLock::new();

/// A metric's name and unit: the template's alarms and dashboard name the same ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// The name.
    pub name: &'static str,
    /// The unit, in CloudWatch's words.
    pub unit: &'static str,
}

macro_rules! metrics {
    ($($(#[$doc:meta])* $id:ident = $name:literal $unit:literal;)*) => {
        $($(#[$doc])* pub const $id: Metric = Metric { name: $name, unit: $unit };)*
        /// Every metric.
        pub const ALL: &[Metric] = &[$($id),*];
    };
}

metrics! {
    /// Events that came.
    EVENTS = "Events" "Count";
    /// Events answered with 4xx.
    EVENTS_REFUSED = "EventsRefused" "Count";
    /// Events answered with 503.
    EVENTS_UNSTORED = "EventsUnstored" "Count";
    /// Events that were answered and not kept, because their call holds as much as is taken.
    EVENTS_BEYOND = "EventsBeyond" "Count";
    /// From an event's arrival to its answer.
    EVENT_TO_ANSWER = "EventToAnswerMillis" "Milliseconds";
    /// From the moment at which a record was due to the CRM's yes.
    EVENT_TO_CRM = "EventToCrmMillis" "Milliseconds";
    /// Attempts after which a record was delivered.
    RECORDS_DELIVERED = "RecordsDelivered" "Count";
    /// Attempts after which a record waits.
    RECORDS_WAITING = "RecordsWaiting" "Count";
    /// Attempts after which a record was parked.
    RECORDS_PARKED = "RecordsParked" "Count";
    /// Attempts after which a record was given up.
    RECORDS_GAVE_UP = "RecordsGaveUp" "Count";
    /// Deliveries that took back what was told before.
    RECORDS_WITHDRAWN = "RecordsWithdrawn" "Count";
    /// Connections whose deliveries, or whose requests to the PBX, were stopped until somebody acts.
    CONNECTIONS_PAUSED = "ConnectionsPaused" "Count";
    /// Calls of which the PBX's history told what no event had.
    CALLS_RECOVERED = "CallsRecovered" "Count";
    /// Phones whose events could not be installed, since the PBX takes no more of them on one extension.
    EXTENSIONS_FULL = "ExtensionsFull" "Count";
    /// Events answered with 429: their URL brings too many.
    EVENTS_FLOODED = "EventsFlooded" "Count";
    /// Attempts after the first.
    RETRY_ATTEMPTS = "RetryAttempts" "Count";
    /// Messages of a retry run.
    RETRY_MESSAGES = "RetryMessages" "Count";
    /// Work that a retry run's sweep found.
    RETRY_SWEPT = "RetrySwept" "Count";
    /// Work that a retry run did.
    RETRY_SETTLED = "RetrySettled" "Count";
    /// Work that a retry run failed to do.
    RETRY_FAILED = "RetryFailed" "Count";
    /// Secrets that were still sealed with an older key, and were sealed anew.
    SECRETS_RESEALED = "SecretsResealed" "Count";
    /// Connections with a secret that no key opens.
    SECRETS_UNOPENABLE = "SecretsUnopenable" "Count";
    /// How long the oldest due record has been due.
    OLDEST_DUE = "OldestDueSeconds" "Seconds";
    /// Requests that a PBX still takes in the hour.
    PBX_REQUESTS_LEFT = "PbxRequestsLeft" "Count";
}

/// Begins writing metrics, if there is a namespace. A second call changes nothing.
pub fn start(namespace: Option<&str>) {
    if let Some(namespace) = namespace {
        // Err means that it was begun already.
        let _ = NAMESPACE.set(namespace.to_owned());
    }
}

/// Says which function writes metrics: those that several write have it as a dimension, beside the sum over all.
pub fn of(function: &'static str) {
    // Err means that it was said already.
    let _ = FUNCTION.set(function);
}

/// Whether several functions write it: each pair of metric and dimension has a price, so no others are told apart.
const fn is_of_several(metric: Metric) -> bool {
    matches!(
        metric.name.as_bytes(),
        b"RecordsDelivered" | b"RecordsWaiting" | b"RecordsParked" | b"RecordsGaveUp" | b"RecordsWithdrawn"
    )
}

/// Has somebody in this process hear of every value. A second call changes nothing.
pub fn heard_by(hear: Hear) {
    // Err means that somebody does already.
    let _ = HEARD.set(hear);
}

tokio::task_local! {
    /// What is gathered for one line.
    static GATHERED: RefCell<Gathered>;
}

/// Written when it ends, however that happens.
#[derive(Debug, Default)]
struct Gathered {
    since: Option<Timestamp>,
    values: Vec<(Metric, u64)>,
}

impl Gathered {
    /// What was gathered; then nothing is left to be written.
    fn into_values(mut self) -> Vec<(Metric, u64)> {
        self.since = None;
        std::mem::take(&mut self.values)
    }
}

impl Drop for Gathered {
    fn drop(&mut self) {
        if let Some(since) = self.since {
            print(since, &self.values);
        }
    }
}

/// Does work whose metrics are one line: a line's frame is longer than its values.
pub async fn together<T>(work: impl Future<Output = T>) -> T {
    GATHERED.scope(RefCell::default(), work).await
}

/// Does work, and answers what it counted instead of writing it.
pub async fn counted<T>(work: impl Future<Output = T>) -> (T, Vec<(Metric, u64)>) {
    let work = async {
        let done = work.await;
        let gathered = GATHERED.with(|gathered| std::mem::take(&mut *gathered.borrow_mut()));
        (done, gathered.into_values())
    };
    GATHERED.scope(RefCell::default(), work).await
}

/// Writes one line, or adds to the one that the work around it writes; if metrics are written at all.
pub fn write(now: Timestamp, values: &[(Metric, u64)]) {
    let gathered = GATHERED.try_with(|gathered| {
        let mut gathered = gathered.borrow_mut();
        gathered.since.get_or_insert(now);
        gathered.values.extend_from_slice(values);
    });
    if gathered.is_err() {
        print(now, values);
    }
}

fn print(now: Timestamp, values: &[(Metric, u64)]) {
    if let Some(hear) = HEARD.get() {
        hear(values);
    }
    let Some(namespace) = NAMESPACE.get() else { return };
    // A metric that can't be written is not worth a failure.
    let line = line(namespace, FUNCTION.get().copied(), now, values);
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// The line: CloudWatch's instructions, then the values. Counts of one metric are added up, times stand side by side.
pub fn line(namespace: &str, function: Option<&str>, now: Timestamp, values: &[(Metric, u64)]) -> String {
    let (mut listed, mut by_function) = (Vec::new(), Vec::new());
    let mut all: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (metric, value) in values {
        let values = all.entry(metric.name).or_default();
        match values.first_mut() {
            None => {
                // A count is what CloudWatch takes a number for, and each byte is paid for.
                let unit = (metric.unit != "Count").then_some(metric.unit);
                let named = [("Name", Some(metric.name)), ("Unit", unit)];
                let named: Value = named.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
                let several = function.is_some() && is_of_several(*metric);
                if several { &mut by_function } else { &mut listed }.push(named);
                values.push(*value);
            }
            Some(sum) if metric.unit == "Count" => *sum += value,
            Some(_) => values.push(*value),
        }
    }
    // The namespace is the installation's: most need nothing else to be told apart.
    let kinds = [(json!([[]]), listed), (json!([[], [DIMENSION]]), by_function)];
    let directives = kinds.into_iter().filter(|(_, metrics)| !metrics.is_empty()).map(|(dimensions, metrics)| {
        json!({ "Namespace": namespace, "Dimensions": dimensions, "Metrics": metrics })
    });
    let directives: Vec<_> = directives.collect();
    let mut line = Map::new();
    if let Some(function) = function {
        line.insert(DIMENSION.to_owned(), function.into());
    }
    line.insert(
        "_aws".to_owned(),
        json!({ "Timestamp": now.micros() / 1_000, "CloudWatchMetrics": directives }),
    );
    line.extend(all.into_iter().map(|(name, values)| {
        let value = if let [one] = values[..] { one.into() } else { values.into() };
        (name.to_owned(), value)
    }));
    Value::Object(line).to_string()
}
