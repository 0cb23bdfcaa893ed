//! How many events one URL may bring: whoever knows one could else fill the table and everybody's time. Counted in
//! each process's memory, since a bound must not cost what it saves; so it bounds a process, not the installation.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Timestamp;
use crate::model::secret::Digest;

/// Events that one URL may bring in a minute for long: a phone that forty calls a minute ring, with all their events,
/// has 160, and a queue one or two for each of its calls.
pub const EVENTS_A_MINUTE: u32 = 300;
/// Events that it may bring at once, after it was quiet: a PBX that catches up.
pub const EVENTS_AT_ONCE: u32 = 1_000;
/// URLs that are counted; beyond them those that have been quiet for so long are forgotten.
const COUNTED: usize = 10_000;
const QUIET: Duration = Duration::from_mins(3);
/// Full calls that are remembered; beyond them all are told of anew.
const FULL_CALLS: usize = 1_000;
/// How often a refusal is told of.
const TOLD_EVERY: Duration = Duration::from_mins(10);

/// Counts events by the digest of their URL's token.
#[derive(Debug, Default)]
pub struct Flood(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    urls: HashMap<[u8; 32], Level>,
    all: Option<Level>,
    full_calls: HashMap<[u8; 16], Timestamp>,
}

/// How much has come lately: it fills with each event and runs off with time.
#[derive(Clone, Copy, Debug)]
struct Level {
    at: Timestamp,
    events: f64,
    told_at: Option<Timestamp>,
}

/// Whether an event may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Admitted,
    /// It may not, and somebody should be told.
    RefusedAnew,
    /// It may not.
    Refused,
}

impl Flood {
    /// Counts an event. Refused is what comes above the bound by a URL that brings most of everything: a busy hour
    /// of all phones is no flood.
    pub fn admit(&self, token: &Digest, now: Timestamp) -> Admission {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Counts { urls, all, .. } = &mut *counts;
        if urls.len() >= COUNTED {
            urls.retain(|_, level| now.since(level.at) < QUIET);
            if urls.len() >= COUNTED {
                // So many URLs within minutes are no one's flood.
                urls.clear();
            }
        }
        let all = all.get_or_insert(Level::empty(now));
        let url = urls.entry(*token.bytes()).or_insert(Level::empty(now));
        all.add(now);
        url.add(now);
        let above = url.events > f64::from(EVENTS_AT_ONCE) && url.events * 2.0 > all.events;
        if !above {
            return Admission::Admitted;
        }
        // What is refused does not count, so that the URL is open again as soon as it brings what it may.
        url.events -= 1.0;
        all.events -= 1.0;
        if url.told_at.is_some_and(|told| now.since(told) < TOLD_EVERY) {
            return Admission::Refused;
        }
        url.told_at = Some(now);
        Admission::RefusedAnew
    }

    /// Whether it is to be told that a call takes nothing more: each refused event would else cost a write.
    pub fn tells_full(&self, call: [u8; 16], now: Timestamp) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told = &mut counts.full_calls;
        if told.get(&call).is_some_and(|told| now.since(*told) < TOLD_EVERY) {
            return false;
        }
        if told.len() >= FULL_CALLS {
            told.clear();
        }
        told.insert(call, now);
        true
    }
}

impl Level {
    const fn empty(now: Timestamp) -> Self {
        Self { at: now, events: 0.0, told_at: None }
    }

    fn add(&mut self, now: Timestamp) {
        let gone = now.since(self.at).as_secs_f64() * f64::from(EVENTS_A_MINUTE) / 60.0;
        self.events = (self.events - gone).max(0.0) + 1.0;
        self.at = self.at.max(now);
    }
}
