//! What the model works with, read from the template and from the product, so that it changes with them; and, apart
//! from these, what is assumed of the world.

use std::time::Duration;

use ringbridge::config::parse_span;
use ringbridge::rules::retry::RetryPolicy;
use ringbridge::wiring;
use serde_json::Value;

use crate::template::words;

/// Assumed of the world: no document says it, and no code of ours decides it.
pub mod assumed {
    use std::time::Duration;

    /// One request to AWS within a region.
    pub const ROUND_TRIP: Duration = Duration::from_millis(5);
    /// The least and the mean time in which a CRM answers.
    pub const CRM_LEAST: Duration = Duration::from_millis(100);
    /// See [`CRM_LEAST`].
    pub const CRM_MEAN: Duration = Duration::from_millis(300);
    /// One request to a PBX.
    pub const PBX: Duration = Duration::from_millis(300);
    /// Calls of a connection in the busy hour, on average over all.
    pub const CALLS_AN_HOUR: f64 = 50.0;
    /// Of twenty calls, how many are of each kind, in the order of [`crate::usage::CALLS`].
    pub const KINDS: [u64; 4] = [11, 2, 5, 2];
    /// Of a hundred connections, how many are large or of middle size, and how much larger than a small one.
    pub const LARGE: (u64, f64) = (1, 75.0);
    /// See [`LARGE`].
    pub const MIDDLE: (u64, f64) = (19, 5.0);
    /// How long an outage takes, and which part of the CRMs hangs: one in so many.
    pub const OUTAGE: Duration = Duration::from_mins(10);
    /// See [`OUTAGE`].
    pub const HANGS_ONE_IN: u64 = 10;
}

/// AWS's documented limits, until somebody has them raised.
pub mod documented {
    /// Write units a second of one partition, of a table or of an index.
    pub const PARTITION_WRITES: u32 = 1_000;
    /// Write units a second of an on-demand table.
    pub const TABLE_WRITES: u32 = 40_000;
    /// Functions side by side in an account.
    pub const FUNCTIONS: usize = 1_000;
}

/// What the template and the product say.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Event receivers side by side (`EventConcurrency`).
    pub event_concurrency: usize,
    /// Requests a second that the API lets through.
    pub api_rate: f64,
    /// Requests that it lets through at once.
    pub api_burst: f64,
    /// Retry jobs side by side (`RetryConcurrency`).
    pub retry_concurrency: usize,
    /// Batches that the event source brings side by side (`QueueConcurrency`); 0 is none.
    pub queue_concurrency: usize,
    /// Whether the schedule's runs take messages off the queue.
    pub schedule_drains: bool,
    /// Messages of its batches.
    pub batch: usize,
    /// When Lambda ends a retry job.
    pub timeout: Duration,
    /// Between two wakings of the retry job.
    pub every: Duration,
    /// How long a waking may wait for room.
    pub patience: Duration,
    /// From when on the alarm goes off.
    pub alarm: Duration,
    /// How long a missed call waits for late events.
    pub hold: Duration,
    /// How long one attempt at a CRM may take.
    pub crm_timeout: Duration,
    /// How long a claim is held.
    pub lease: Duration,
    /// The waits after failures.
    pub retry: RetryPolicy,
}

impl Settings {
    /// From the template; `None`, if it doesn't say something.
    pub fn of(template: &Value) -> Option<Self> {
        let default = |parameter: &str| Some(&template["Parameters"][parameter]["Default"]);
        let number = |value: &Value| usize::try_from(value.as_u64()?).ok();
        let properties = |resource: &str| &template["Resources"][resource]["Properties"];
        let seconds = |value: &Value| Some(Duration::from_secs(value.as_u64()?));
        let variables = &template["Globals"]["Function"]["Environment"]["Variables"];
        // A variable is a text, or names a parameter.
        let variable = |name: &str| match variables[name].as_str() {
            Some(text) => Some(text.to_owned()),
            None => Some(words(default(variables[name]["Ref"].as_str()?)?)),
        };
        let stage = &properties("ApiStage")["DefaultRouteSettings"];
        let job = properties("RetryJob");
        let crm_timeout = parse_span(&variable("RINGBRIDGE_CRM_TIMEOUT")?)?;
        let delays = variable("RINGBRIDGE_RETRY_DELAYS")?;
        Some(Self {
            event_concurrency: number(default("EventConcurrency")?)?,
            api_rate: default(stage["ThrottlingRateLimit"]["Ref"].as_str()?)?.as_f64()?,
            api_burst: default(stage["ThrottlingBurstLimit"]["Ref"].as_str()?)?.as_f64()?,
            retry_concurrency: number(default("RetryConcurrency")?)?,
            queue_concurrency: number(default("QueueConcurrency")?)?,
            schedule_drains: variable("RINGBRIDGE_QUEUE_DRAINED_BY")? == "schedule",
            batch: number(&properties("RetryFromQueue")["BatchSize"])?,
            timeout: seconds(&job["Timeout"])?,
            every: rate(job["Events"]["EachMinute"]["Properties"]["Schedule"].as_str()?)?,
            patience: seconds(&job["EventInvokeConfig"]["MaximumEventAgeInSeconds"])?,
            alarm: seconds(&properties("OldestDueAlarm")["Threshold"])?,
            hold: parse_span(&variable("RINGBRIDGE_MISSED_HOLD")?)?,
            crm_timeout,
            lease: wiring::lease(crm_timeout),
            retry: RetryPolicy::new(delays.split(',').map(parse_span).collect::<Option<_>>()?),
        })
    }

    /// The same with so many batches of the event source, as infra/README.md says: two jobs more for the schedule.
    #[must_use]
    pub fn with_source(&self, batches: usize) -> Self {
        let retry_concurrency = batches + 2;
        Self { queue_concurrency: batches, schedule_drains: false, retry_concurrency, ..self.clone() }
    }

    /// The same without an event source: the schedule's runs drain the queue.
    #[must_use]
    pub fn by_schedule(&self) -> Self {
        Self { queue_concurrency: 0, schedule_drains: true, retry_concurrency: 2, ..self.clone() }
    }

    /// The same with room for every event, so that what lies behind is seen.
    #[must_use]
    pub fn with_room(&self) -> Self {
        let without_end = f64::MAX;
        Self { event_concurrency: usize::MAX, api_rate: without_end, api_burst: without_end, ..self.clone() }
    }

    /// How long a retry job begins new work: what it begins last must end too (`functions/retry-job`).
    pub fn budget(&self) -> Duration {
        self.timeout.saturating_sub(self.lease)
    }

    /// Retry jobs that the schedule may have side by side.
    pub const fn scheduled(&self) -> usize {
        self.retry_concurrency.saturating_sub(self.queue_concurrency)
    }
}

/// Reads `rate(1 minute)`.
fn rate(text: &str) -> Option<Duration> {
    let (count, unit) = text.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let count: u64 = count.parse().ok()?;
    unit.starts_with("minute").then(|| Duration::from_mins(count))
}
