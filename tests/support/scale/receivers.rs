//! The event receivers: what finds room runs until its CRM has answered, what finds none is refused.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::settings::Settings;
use super::{Micros, SECOND};

/// Event receivers side by side, behind the API's throttle.
#[derive(Debug)]
pub(super) struct Receivers {
    room: usize,
    rate: f64,
    burst: f64,
    /// What the API lets through at once.
    tokens: f64,
    filled: Micros,
    running: BinaryHeap<Reverse<Micros>>,
    /// The most that ran side by side.
    pub(super) peak: usize,
    /// Events that the API refused.
    pub(super) throttled: u64,
    /// Events that found no room.
    pub(super) refused: u64,
    /// Events that were taken.
    pub(super) taken: u64,
}

impl Receivers {
    /// As the settings say.
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            room: settings.event_concurrency,
            rate: settings.api_rate,
            burst: settings.api_burst,
            tokens: settings.api_burst,
            filled: 0,
            running: BinaryHeap::new(),
            peak: 0,
            throttled: 0,
            refused: 0,
            taken: 0,
        }
    }

    /// Whether an event finds room.
    pub(super) fn takes(&mut self, at: Micros) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "seconds between two events are few")]
        let seconds = (at - self.filled) as f64 / SECOND as f64;
        self.filled = at;
        self.tokens = (self.tokens + seconds * self.rate).min(self.burst);
        if self.tokens < 1.0 {
            self.throttled += 1;
            return false;
        }
        self.tokens -= 1.0;
        while self.running.peek().is_some_and(|Reverse(end)| *end <= at) {
            self.running.pop();
        }
        let room = self.running.len() < self.room;
        if room {
            self.taken += 1;
        } else {
            self.refused += 1;
        }
        room
    }

    /// One that was taken runs until then.
    pub(super) fn run(&mut self, until: Micros) {
        self.running.push(Reverse(until));
        self.peak = self.peak.max(self.running.len());
    }
}
