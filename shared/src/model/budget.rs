//! The hourly request budget of a PBX account, shared by all applications of the customer (R10, docs/pbx.md §9.1).

use std::time::Duration;

use http::HeaderMap;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// Requests that background work leaves to people, for click-to-call and the like (docs/pbx.md §9.1).
pub const RESERVE: u32 = 100;

/// The counter is hourly, so no wait is longer, whatever the header says.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// After `rate_limit_exceeded` nothing is sent for this long at least; it absorbs a clock that differs.
const SHORTEST_WAIT: Duration = Duration::from_mins(1);

const HOUR: i64 = 3_600;

/// What the PBX last said of the hour's budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateBudget {
    /// Requests per hour, if it was told.
    pub limit: Option<u32>,
    /// Requests left.
    pub remaining: u32,
    /// When the counter starts anew.
    pub resets_at: Timestamp,
    /// When this was said.
    pub as_of: Timestamp,
}

/// Whether a request may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// Now.
    Go,
    /// Not before this moment.
    WaitUntil(Timestamp),
}

impl RateBudget {
    /// Whether a request may be sent that leaves `reserve` requests to others: [`RESERVE`] for background work,
    /// 0 for what a person asked for.
    pub fn allows(&self, now: Timestamp, reserve: u32) -> Permit {
        if now >= self.resets_at || self.remaining > reserve {
            Permit::Go
        } else {
            Permit::WaitUntil(self.resets_at)
        }
    }

    /// Requests that background work leaves to people: [`RESERVE`], but of a small limit only a tenth.
    pub fn reserve(&self) -> u32 {
        self.limit.map_or(RESERVE, |limit| RESERVE.min(limit / 10))
    }

    /// Reads `X-RateLimit-*`. `None` when they are absent, as on answers to token requests: absent is not zero.
    pub(crate) fn read(headers: &HeaderMap, now: Timestamp) -> Option<Self> {
        let remaining = number(headers, "x-ratelimit-remaining")?;
        let resets_at = reset_in(headers).map_or_else(|| next_full_hour(now), |wait| now + wait);
        Some(Self { limit: number(headers, "x-ratelimit-limit"), remaining, resets_at, as_of: now })
    }

    /// The budget after `rate_limit_exceeded`: nothing until the reset, or the next full hour if none was told.
    pub(crate) fn exhausted(headers: &HeaderMap, now: Timestamp) -> Self {
        let wait = reset_in(headers).unwrap_or_else(|| next_full_hour(now).since(now));
        let resets_at = now + wait.max(SHORTEST_WAIT);
        Self { limit: number(headers, "x-ratelimit-limit"), remaining: 0, resets_at, as_of: now }
    }
}

fn reset_in(headers: &HeaderMap) -> Option<Duration> {
    let seconds = number(headers, "x-ratelimit-reset")?;
    Some(Duration::from_secs(seconds.into()).min(LONGEST_WAIT))
}

fn number(headers: &HeaderMap, name: &str) -> Option<u32> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

fn next_full_hour(now: Timestamp) -> Timestamp {
    Timestamp::from_secs((now.secs().div_euclid(HOUR) + 1).saturating_mul(HOUR))
}
