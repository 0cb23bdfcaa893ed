//! A clock that a test sets, and that moves on a little whenever somebody reads it: between two reads time passes.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use ringbridge::clock::{Clock, Timestamp};

/// The clock.
#[derive(Debug)]
pub struct TickingClock {
    micros: AtomicI64,
    tick: i64,
}

impl TickingClock {
    /// Shows a moment, and moves on by `tick` microseconds with every read.
    pub const fn at(moment: Timestamp, tick: i64) -> Self {
        Self { micros: AtomicI64::new(moment.micros()), tick }
    }

    /// The moment, without moving.
    pub fn micros(&self) -> i64 {
        self.micros.load(Ordering::SeqCst)
    }

    /// Moves on to a moment, unless it is past already.
    pub fn reach(&self, micros: i64) {
        self.micros.fetch_max(micros, Ordering::SeqCst);
    }

    /// Moves on.
    pub fn advance(&self, span: Duration) {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        self.micros.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for TickingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.micros.fetch_add(self.tick, Ordering::SeqCst))
    }
}
