//! When a failed delivery is tried again: docs/promises.md §5, one table.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::model::delivery::AttemptClass;

/// The waits after attempt 1, 2, …: soon enough for a hiccup, long enough for a night's outage.
const DEFAULT_DELAYS: [Duration; 6] = [
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(15),
    Duration::from_hours(1),
    Duration::from_hours(4),
    Duration::from_hours(12),
];
/// Nothing older is tried: by then a person has noticed.
const OLDEST: Duration = Duration::from_hours(72);
/// The least that a throttled delivery waits, and the most that a CRM may ask for.
const THROTTLED_AT_LEAST: Duration = Duration::from_mins(1);
const THROTTLED_AT_MOST: Duration = Duration::from_hours(12);
/// ±10 %, so that what failed together is not tried together.
const JITTER: f64 = 0.1;

/// The schedule of retries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    delays: Vec<Duration>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { delays: DEFAULT_DELAYS.to_vec() }
    }
}

/// What becomes of a record after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    /// Tried again then; `counts` says whether the attempt is used up.
    TryAgain {
        /// When.
        at: Timestamp,
        /// Whether it counts against the policy.
        counts: bool,
    },
    /// Something must be changed first.
    Park,
    /// The last attempt was used, or the record is too old.
    GiveUp,
}

impl RetryPolicy {
    /// These waits and no others.
    pub fn new(delays: Vec<Duration>) -> Self {
        Self { delays }
    }

    /// The waits.
    pub fn delays(&self) -> &[Duration] {
        &self.delays
    }

    /// Decides after an attempt that failed. `used` counts it already if it counts; `jitter` is from -1 to 1.
    pub fn after(
        &self,
        class: AttemptClass,
        retry_after: Option<Duration>,
        used_before: u32,
        due_since: Timestamp,
        now: Timestamp,
        jitter: f64,
    ) -> AfterFailure {
        let wait = match class {
            AttemptClass::Transient | AttemptClass::PerhapsDelivered | AttemptClass::Throttled
                if class == AttemptClass::Throttled || retry_after.is_some() =>
            {
                let asked = retry_after.unwrap_or_default();
                Some((asked.clamp(THROTTLED_AT_LEAST, THROTTLED_AT_MOST), false))
            }
            AttemptClass::Transient | AttemptClass::PerhapsDelivered | AttemptClass::Throttled => {
                let used = usize::try_from(used_before).unwrap_or(usize::MAX);
                self.delays
                    .get(used)
                    .map(|delay| (delay.mul_f64(1.0 + JITTER * jitter.clamp(-1.0, 1.0)), true))
            }
            AttemptClass::Refused
            | AttemptClass::Unauthorised
            | AttemptClass::Unpaid
            | AttemptClass::Gone => {
                return AfterFailure::Park;
            }
            AttemptClass::Delivered => return AfterFailure::GiveUp,
        };
        match wait {
            Some((delay, counts)) if (now + delay) <= due_since + OLDEST => {
                AfterFailure::TryAgain { at: now + delay, counts }
            }
            Some(_) | None => AfterFailure::GiveUp,
        }
    }

    /// Whether a record is too old to be tried at all.
    pub fn is_too_old(due_since: Timestamp, now: Timestamp) -> bool {
        now > due_since + OLDEST
    }
}
