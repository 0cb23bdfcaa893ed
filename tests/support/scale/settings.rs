//! What the model works with, read from the template, so that it changes with it; and what is assumed of the world.

use std::time::Duration;

use ringbridge::config::parse_span;
use ringbridge::wiring;
use serde_json::Value;

use crate::template::words;

/// Assumed of the world: no document says it, and no code of ours decides it.
pub mod assumed {
    use std::time::Duration;

    /// One request to AWS within a region.
    pub const ROUND_TRIP: Duration = Duration::from_millis(5);
    /// In which a CRM answers, and one request to a PBX.
    pub const CRM: Duration = Duration::from_millis(300);
    /// Calls of a connection in the busy hour, on average over all.
    pub const CALLS_AN_HOUR: f64 = 50.0;
    /// Of twenty calls, how many are of each kind, in the order of [`crate::usage::CALLS`].
    pub const KINDS: [u64; 4] = [11, 2, 5, 2];
    /// How much larger than a small connection one in a hundred is, and one in five.
    pub const LARGE: (f64, f64) = (75.0, 5.0);
    /// How long CRMs hang.
    pub const OUTAGE: Duration = Duration::from_mins(10);
    /// Records of the one customer that wait when their CRM begins to hang.
    pub const BACKLOG: u32 = 1_000;
    /// Events a second of the one URL that floods.
    pub const FLOOD: u32 = 50;
}

/// AWS's documented limits, until somebody has them raised.
pub mod documented {
    /// Write units a second of one partition, of a table or of an index.
    pub const PARTITION_WRITES: u32 = 1_000;
    /// Write units a second of an on-demand table.
    pub const TABLE_WRITES: u32 = 40_000;
}

/// What the template says.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Event receivers side by side (`EventConcurrency`).
    pub receivers: usize,
    /// Requests a second that the API lets through.
    pub api_rate: u32,
    /// Batches that the event source brings side by side (`QueueConcurrency`).
    pub batches: usize,
    /// Messages of each.
    pub batch: usize,
    /// Retry jobs that the schedule may have side by side besides.
    pub sweeps: usize,
    /// How long a sweep begins new work.
    pub budget: Duration,
    /// How long a missed call waits for late events.
    pub hold: Duration,
    /// How long one attempt at a CRM may take.
    pub crm_timeout: Duration,
    /// How long a claim is held.
    pub lease: Duration,
}

impl Settings {
    /// From the template; `None`, if it doesn't say something.
    pub fn of(template: &Value) -> Option<Self> {
        let default = |parameter: &str| Some(&template["Parameters"][parameter]["Default"]);
        let number = |value: &Value| usize::try_from(value.as_u64()?).ok();
        let properties = |resource: &str| &template["Resources"][resource]["Properties"];
        let variables = &template["Globals"]["Function"]["Environment"]["Variables"];
        // A variable is a text, or names a parameter.
        let variable = |name: &str| match variables[name].as_str() {
            Some(text) => Some(text.to_owned()),
            None => Some(words(default(variables[name]["Ref"].as_str()?)?)),
        };
        let stage = &properties("ApiStage")["DefaultRouteSettings"];
        let rate = default(stage["ThrottlingRateLimit"]["Ref"].as_str()?)?;
        let crm_timeout = parse_span(&variable("RINGBRIDGE_CRM_TIMEOUT")?)?;
        let lease = wiring::lease(crm_timeout);
        let batches = number(default("QueueConcurrency")?)?;
        let timeout = Duration::from_secs(properties("RetryJob")["Timeout"].as_u64()?);
        Some(Self {
            receivers: number(default("EventConcurrency")?)?,
            api_rate: u32::try_from(rate.as_u64()?).ok()?,
            batches,
            batch: number(&properties("RetryFromQueue")["BatchSize"])?,
            sweeps: number(default("RetryConcurrency")?)?.saturating_sub(batches),
            // What a run begins last must end too (`functions/retry-job`).
            budget: timeout.saturating_sub(lease),
            hold: parse_span(&variable("RINGBRIDGE_MISSED_HOLD")?)?,
            crm_timeout,
            lease,
        })
    }
}
