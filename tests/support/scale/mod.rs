//! A model of Ringbridge under load, to find the limit that is met next: a busy hour of calls in simulated time through
//! event receivers, queue, breaker and sweep. Requests per event are those of [`crate::usage`], constants and waits are
//! the product's, limits the template's; `settings` says what is assumed. It knows no clock and no network.
//!
//! Left out: failures of AWS itself, cold starts, retries after other failures than hanging, and what throttled
//! partitions do to those who write; it says how hot they would be.

mod peaks;
pub mod settings;
mod traffic;
mod work;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use ringbridge::clock::Timestamp;
use ringbridge::flow::call::flood::{Admission, Flood};
use ringbridge::model::secret::Digest;

pub use self::settings::Settings;
use self::work::Work;
use crate::usage::Profile;

/// Microseconds since the beginning.
type Micros = u64;
const SECOND: Micros = 1_000_000;
const MINUTE: Micros = 60 * SECOND;
/// No moment.
const NEVER: Micros = Micros::MAX;
/// What waits longer than this after the last call is not waited for.
const PATIENCE: Micros = 180 * MINUTE;

/// What happens in the hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// Nothing besides.
    Ordinary,
    /// One CRM in ten hangs for a while.
    TenthHangs,
    /// One customer's CRM hangs for a while, and a thousand of their records wait when that begins.
    OneHangs,
    /// One customer's URL brings fifty events a second.
    OneFloods,
}

/// How much, how long, and from which seed.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Connections.
    pub connections: u32,
    /// How long calls begin.
    pub span: Duration,
    /// What happens.
    pub scenario: Scenario,
    /// From this everything follows.
    pub seed: u64,
}

impl Load {
    /// When CRMs hang: after a sixth of the span.
    fn outage(&self) -> (Micros, Micros) {
        let from = micros(self.span) / 6;
        (from, from + micros(settings::assumed::OUTAGE))
    }

    fn is_struck(&self, connection: u32) -> bool {
        match self.scenario {
            Scenario::Ordinary => false,
            // Large and small ones alike.
            Scenario::TenthHangs => (connection / 100 + connection) % 10 == 3,
            Scenario::OneHangs | Scenario::OneFloods => connection == 0,
        }
    }

    fn hangs(&self, connection: u32, at: Micros) -> bool {
        let (from, until) = self.outage();
        self.scenario != Scenario::OneFloods && self.is_struck(connection) && from <= at && at < until
    }
}

/// What came of it. Where seconds and minutes are counted, the fullest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Events in a second.
    pub events: u32,
    /// Events altogether.
    pub all_events: u32,
    /// Event receivers side by side.
    pub receivers: usize,
    /// Events refused for want of a receiver.
    pub refused: u32,
    /// Events refused because their URL floods.
    pub flooded: u32,
    /// Write units of the table and its indexes in a second.
    pub units: u32,
    /// Of these, to the hottest partition of the index of what is due.
    pub due_writes: u32,
    /// Messages sent in a minute.
    pub messages: u32,
    /// Batches of the queue side by side.
    pub batches: usize,
    /// How long a record waited whose customer nothing happened to, the hold not included.
    pub waited: Duration,
    /// How long a record of those who were struck waited after the outage.
    pub recovered: Duration,
    /// How late the oldest entry of the index was, as the alarm sees it.
    pub oldest_due: Duration,
    /// Sweeps that time ended.
    pub unswept: u32,
    /// Records delivered.
    pub delivered: u32,
    /// Records that still wait after hours.
    pub left: usize,
}

/// Lets the hour pass.
pub fn simulate(load: &Load, profiles: &[Profile], settings: &Settings) -> Outcome {
    let (mut calls, mut events) = traffic::of(load, profiles);
    if load.scenario == Scenario::OneFloods {
        events.extend(traffic::flood(load, &mut calls));
        events.sort_unstable();
    }
    let mut work = Work::new(load, profiles, settings, calls);
    let mut receivers = Receivers::default();
    for (at, call, nth) in events {
        work.advance(at);
        work.out.all_events += 1;
        let url = (work.connection(call), call % 8 * u32::from(work.connection(call) != 0));
        match receivers.take(at, settings.receivers, url) {
            Taken::By(place) => {
                let ends = work.event(at, call, nth);
                receivers.busy.push(Reverse((ends, place)));
            }
            Taken::Flood => work.out.flooded += 1,
            Taken::No => work.out.refused += 1,
        }
    }
    work.out.receivers = receivers.all.len();
    work.finish()
}

/// The processes that take events, each with its own count of what a URL brings.
#[derive(Default)]
struct Receivers {
    all: Vec<Flood>,
    /// The one that was used last is used first.
    idle: Vec<usize>,
    busy: BinaryHeap<Reverse<(Micros, usize)>>,
}

enum Taken {
    By(usize),
    Flood,
    No,
}

impl Receivers {
    /// `url` is whose, and which of theirs.
    fn take(&mut self, at: Micros, most: usize, url: (u32, u32)) -> Taken {
        while let Some(Reverse((ends, place))) = self.busy.peek().copied() {
            if ends > at {
                break;
            }
            self.busy.pop();
            self.idle.push(place);
        }
        let Some(place) = self.idle.pop().or_else(|| (self.all.len() < most).then_some(self.all.len()))
        else {
            return Taken::No;
        };
        if place == self.all.len() {
            self.all.push(Flood::default());
        }
        let digest = Digest::of(&[url.0.to_le_bytes(), url.1.to_le_bytes()].concat());
        if self.all[place].admit(&digest, moment(at)) == Admission::Admitted {
            return Taken::By(place);
        }
        self.idle.push(place);
        Taken::Flood
    }
}

fn micros(span: Duration) -> Micros {
    Micros::try_from(span.as_micros()).unwrap_or(NEVER)
}

const fn moment(at: Micros) -> Timestamp {
    Timestamp::from_micros(at.cast_signed())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a span of at most some hours")]
fn whole(value: f64) -> Micros {
    value.max(0.0) as Micros
}
