//! When a connection's deliveries wait: paused until a person changes something, or held while its CRM hangs.

use std::time::Duration;

use super::delivery;
use crate::clock::Timestamp;
use crate::model::connection::{Breaker, PauseReason};
use crate::model::delivery::AttemptClass;

/// How long a CRM that hangs is left alone before the first probe, and at most.
const FIRST_PROBE: Duration = Duration::from_secs(30);
const LONGEST_HOLD: Duration = Duration::from_mins(2);

/// Whether a failure pauses the whole connection.
pub fn reason(
    class: Option<AttemptClass>,
    failing_since: Option<Timestamp>,
    now: Timestamp,
) -> Option<PauseReason> {
    match class? {
        AttemptClass::Unauthorised => Some(PauseReason::CrmRefusedCredentials),
        AttemptClass::Unpaid => Some(PauseReason::CrmUnpaid),
        AttemptClass::Gone => Some(PauseReason::EndpointDisabled),
        AttemptClass::Transient
        | AttemptClass::PerhapsDelivered
        | AttemptClass::Throttled
        | AttemptClass::Refused
        | AttemptClass::Delivered => {
            failing_since.filter(|since| delivery::is_failing_too_long(*since, now))?;
            Some(PauseReason::EndpointDisabled)
        }
    }
}

/// The breaker after one timeout more: each doubles the wait.
pub fn opened(before: Option<Breaker>, now: Timestamp) -> Breaker {
    let timeouts = before.map_or(0, |breaker| breaker.timeouts).saturating_add(1);
    let wait = FIRST_PROBE.saturating_mul(1 << (timeouts - 1).min(8)).min(LONGEST_HOLD);
    Breaker { probe_at: now + wait, timeouts }
}

/// Until when nothing is tried; a probe is for the retry job alone, so that events are not held up by it.
pub fn held_until(breaker: Option<Breaker>, may_probe: bool, now: Timestamp) -> Option<Timestamp> {
    let breaker = breaker?;
    if may_probe && breaker.probe_at <= now {
        return None;
    }
    Some(breaker.probe_at.max(now + Duration::from_secs(1)))
}

impl Breaker {
    /// The same while a probe is under way that ends by then.
    #[must_use]
    pub const fn probing(self, ends: Timestamp) -> Self {
        Self { probe_at: ends, ..self }
    }
}
