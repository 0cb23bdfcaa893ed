//! The alarms: those of `infra/template.yaml` that one machine can have, and what only a machine of one's own needs. Each is
//! told once when it begins and once when it is over.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use ringbridge::metrics;

use super::tally::{Span, Tally};

/// So many checks are looked back over: five minutes, if there is one a minute.
const WINDOW: usize = 5;
/// How long something may be due, as in the template.
const OLDEST_DUE: u64 = 600;
/// A PBX that takes fewer requests in the rest of its hour is nearly used up.
const FEW_REQUESTS: u64 = 50;
/// A disk with less than this is nearly full, however large it is; or with less than a twentieth of it.
const LITTLE_DISK: u64 = 500 << 20;

/// What one check sees.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// What was counted since the start.
    pub(super) tally: Tally,
    /// How long the oldest of what is due has been due, since the last check.
    pub(super) oldest_due: Span,
    /// How many requests PBXs still take in the hour.
    pub(super) pbx_left: Span,
    /// Connections with a secret that no key opens.
    pub(super) unopenable: Span,
    /// Messages that failed too often.
    pub(super) dead_letters: u64,
    /// Whether the store takes writes.
    pub(super) writable: bool,
    /// How much disk is left, and how much there is.
    pub(super) disk: Option<(u64, u64)>,
    /// For how long the process runs.
    pub(super) up: Duration,
}

/// An alarm: its name, and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Alarm {
    /// A word; `infra/single-machine.md` has a paragraph on each.
    pub(super) name: &'static str,
    /// What it means, in a sentence.
    pub(super) means: &'static str,
}

macro_rules! alarms {
    ($($id:ident = $name:literal $means:literal;)*) => {
        $(const $id: Alarm = Alarm { name: $name, means: $means };)*
        /// Every alarm.
        pub(super) const ALL: &[Alarm] = &[$($id),*];
    };
}

alarms! {
    DEAD_LETTERS = "DeadLetters" "Messages failed five times. Their work is found by the sweep anyway; find out why they failed.";
    OLD_WORK = "OldestDue" "Something has been due for ten minutes, or the retry job does not run.";
    GAVE_UP = "GaveUp" "The last attempt at a record failed; its administrator has a notice and can resend it.";
    SERVER_ERRORS = "ServerErrors" "Requests were answered 5xx. An event that could not be stored is answered so; the log says why.";
    RETRIES = "RetriesFailing" "The retry job failed to do work that was due; what waits goes on waiting.";
    BEYOND = "EventsBeyond" "Events were answered and not kept, because their call holds as much as is taken.";
    BUDGET = "PbxBudget" "A PBX takes few more requests in this hour; what has to be asked of it waits for the next one.";
    UNOPENABLE = "SecretsUnopenable" "A connection has a secret that no key opens: a key is missing in sealing.key.";
    STORE = "StoreRefuses" "The store takes no writes: events are answered 503, and calls are lost to the PBX's patience.";
    DISK = "DiskNearlyFull" "The data folder's disk is nearly full.";
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// Which alarm.
    pub(super) alarm: Alarm,
    /// Whether it began; else it is over.
    pub(super) began: bool,
}

/// Which alarms ring, and what the last checks saw.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    seen: VecDeque<Seen>,
    ringing: BTreeMap<Alarm, bool>,
}

impl Alarms {
    /// Looks, and says what is to be told. What is not confirmed by [`Alarms::told`] is said again.
    pub(super) fn check(&mut self, seen: Seen) -> Vec<Change> {
        self.seen.push_back(seen);
        while self.seen.len() > WINDOW + 1 {
            self.seen.pop_front();
        }
        let changes = ALL.iter().filter_map(|alarm| {
            let began = self.is_so(*alarm);
            (began != self.rings(*alarm)).then_some(Change { alarm: *alarm, began })
        });
        changes.collect()
    }

    /// Somebody knows.
    pub(super) fn told(&mut self, change: Change) {
        self.ringing.insert(change.alarm, change.began);
    }

    /// Whether somebody was told of it, and not that it is over.
    pub(super) fn rings(&self, alarm: Alarm) -> bool {
        self.ringing.get(&alarm).copied().unwrap_or(false)
    }

    fn is_so(&self, alarm: Alarm) -> bool {
        let (Some(first), Some(last)) = (self.seen.front(), self.seen.back()) else { return false };
        // Before the first check there was nothing, and it is the process's first minute that may be the worst.
        let whole = self.seen.len() <= WINDOW;
        let grew =
            |count: &dyn Fn(&Tally) -> u64| count(&last.tally) > if whole { 0 } else { count(&first.tally) };
        let highest = |span: fn(&Seen) -> Span| self.seen.iter().filter_map(|seen| span(seen).highest).max();
        match alarm {
            DEAD_LETTERS => last.dead_letters > 0,
            OLD_WORK => {
                let silent = highest(|seen| seen.oldest_due).is_none() && last.up.as_secs() >= OLDEST_DUE;
                silent || last.oldest_due.highest.is_some_and(|age| age >= OLDEST_DUE)
            }
            GAVE_UP => grew(&|tally| tally.count(metrics::RECORDS_GAVE_UP)),
            SERVER_ERRORS => grew(&Tally::server_errors),
            RETRIES => grew(&|tally| tally.count(metrics::RETRY_FAILED)),
            BEYOND => grew(&|tally| tally.count(metrics::EVENTS_BEYOND)),
            BUDGET => {
                let lowest = self.seen.iter().filter_map(|seen| seen.pbx_left.lowest).min();
                lowest.is_some_and(|left| left < FEW_REQUESTS)
            }
            UNOPENABLE => highest(|seen| seen.unopenable).is_some_and(|count| count > 0),
            STORE => !last.writable,
            DISK => last.disk.is_some_and(|(left, all)| left < LITTLE_DISK || left < all / 20),
            Alarm { .. } => false,
        }
    }
}
