//! From an event to the CRM. An event is received ([`receive`]), what it tells at once is announced, and then its leg is
//! driven to where its record belongs. What concerns a call as a whole is settled from all that is stored of it
//! ([`settle`]): by the event that raises the question, by a reminder, or by the sweep.

mod announce;
mod breaker;
mod deliver;
mod drive;
pub mod flood;
pub mod gate;
mod note;
mod notices;
pub mod receive;
pub mod resend;
pub mod settle;
mod steps;

pub(super) use notices::{agent_flooded, history_unreadable};

use std::time::Duration;

use crate::clock::Timestamp;
use crate::model::connection::Connection;
use crate::rules::leg::Rulebook;

/// Who works, and until when: the end of the invocation is handed down to whatever is begun in it.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// Nothing is begun that may last beyond this.
    pub deadline: Timestamp,
    /// Whether it may try a CRM that hung: the retry job may, an event waits for nobody.
    pub may_probe: bool,
}

impl Turn {
    /// An event's.
    pub const fn of_event(deadline: Timestamp) -> Self {
        Self { deadline, may_probe: false }
    }

    /// The retry job's, and a person's who waits.
    pub const fn of_retry(deadline: Timestamp) -> Self {
        Self { deadline, may_probe: true }
    }

    /// What is left of it.
    pub fn left(&self, now: Timestamp) -> Duration {
        self.deadline.since(now)
    }
}

/// What the rules need to know of a connection.
pub(crate) const fn book(connection: &Connection) -> Rulebook<'_> {
    Rulebook { connection: connection.id, numbers: &connection.numbers, policy: &connection.policy }
}
