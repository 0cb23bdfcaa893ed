//! The most of each that comes in one second or minute.

use ringbridge::storage::keys;

use super::{MINUTE, Micros, Outcome, SECOND};
use crate::usage::Requests;

/// How many came, by second or by minute.
#[derive(Debug, Default)]
pub(super) struct Peaks {
    events: Vec<u32>,
    units: Vec<u32>,
    /// By second and partition of the index of what is due.
    due_writes: Vec<u32>,
    /// By minute.
    messages: Vec<u32>,
}

impl Peaks {
    pub(super) fn event(&mut self, at: Micros) {
        add(&mut self.events, at / SECOND, 1);
    }

    pub(super) fn message(&mut self, at: Micros) {
        add(&mut self.messages, at / MINUTE, 1);
    }

    pub(super) fn requests(&mut self, at: Micros, shard: u8, requests: &Requests) {
        add(&mut self.units, at / SECOND, requests.write_units);
        let place = at / SECOND * u64::from(keys::DUE_SHARDS) + u64::from(shard);
        add(&mut self.due_writes, place, requests.due_writes);
    }

    /// Writes the peaks into what came out.
    pub(super) fn reach(&self, out: &Outcome) -> Outcome {
        let most = |all: &[u32]| all.iter().copied().max().unwrap_or(0);
        Outcome {
            events: most(&self.events),
            units: most(&self.units),
            due_writes: most(&self.due_writes),
            messages: most(&self.messages),
            ..*out
        }
    }
}

fn add(all: &mut Vec<u32>, place: u64, count: u32) {
    let place = usize::try_from(place).unwrap_or_default();
    if all.len() <= place {
        all.resize(place + 1, 0);
    }
    all[place] += count;
}
