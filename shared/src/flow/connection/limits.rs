//! Who fails too often waits. The count is in the table, so that all processes share it; what a process learnt from
//! its own failures it keeps in memory. So nothing is read or written for whoever does not fail, and another process
//! learns of a wait by the first failure that it meets.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::chain;
use crate::model::secret::Digest;
use crate::rules::limits::{Door, FORGOTTEN_AFTER};
use crate::storage::Store;
use crate::telemetry::field;

/// So many are remembered; a flood from more addresses than this is the gateway's to stop.
const MOST_REMEMBERED: usize = 4_096;

/// What this process knows of those who failed.
#[derive(Debug, Default)]
pub struct Limits {
    known: Mutex<HashMap<(Door, Digest), Known>>,
    good: Mutex<HashMap<Digest, Timestamp>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// Failures that this process saw or was told of.
    failures: u32,
    /// Those that it did not write down.
    untold: u32,
    /// Tries that are under way.
    pending: u32,
    /// Nothing is tried before.
    until: Timestamp,
    /// When it failed last.
    last: Timestamp,
}

/// A try that is under way: so many at once can't all slip through before the first has failed.
#[derive(Debug)]
pub struct Try {
    limits: Arc<Limits>,
    door: Door,
    who: Digest,
}

impl Drop for Try {
    fn drop(&mut self) {
        let mut known = self.limits.known();
        if let Some(known) = known.get_mut(&(self.door, self.who)) {
            known.pending = known.pending.saturating_sub(1);
        }
    }
}

impl Limits {
    /// How long somebody still waits.
    pub fn wait(&self, door: Door, who: &Digest, now: Timestamp) -> Option<Duration> {
        let known = self.known();
        let until = known.get(&(door, *who))?.until;
        (now < until).then(|| until.since(now))
    }

    /// Begins a try; refused with the wait, or while as many are under way as may still fail.
    pub fn begin(self: &Arc<Self>, door: Door, who: Digest, now: Timestamp) -> Result<Try, Duration> {
        let mut all = self.known();
        make_room(&mut all, now);
        let known = all.entry((door, who)).or_default();
        if now < known.until {
            return Err(known.until.since(now));
        }
        if known.last + FORGOTTEN_AFTER <= now {
            *known = Known { pending: known.pending, last: now, ..Known::default() };
        }
        if known.pending > 0 && known.failures + known.pending >= door.free() {
            return Err(Duration::from_secs(1));
        }
        known.pending += 1;
        Ok(Try { limits: Arc::clone(self), door, who })
    }

    /// Counts a failure. If the table fails, this process still counts: an outage opens no door.
    pub async fn failed(&self, store: &Store, door: Door, who: &Digest, now: Timestamp) {
        let here = {
            let mut all = self.known();
            make_room(&mut all, now);
            let known = all.entry((door, *who)).or_default();
            if known.last + FORGOTTEN_AFTER <= now {
                *known = Known { pending: known.pending, ..Known::default() };
            }
            known.last = now;
            if known.untold < door.untold() {
                known.untold += 1;
                return;
            }
            known.failures += 1;
            known.failures
        };
        let counted = store.count_attempt(door.as_str(), who, now, FORGOTTEN_AFTER).await;
        let failures = counted.unwrap_or_else(|error| {
            tracing::warn!({ field::ERROR } = chain(&error), "a failure is counted by this process alone");
            here
        });
        let mut all = self.known();
        let known = all.entry((door, *who)).or_default();
        known.failures = failures.max(here);
        if let Some(wait) = door.wait(known.failures) {
            known.until = known.until.max(now + wait);
        }
    }

    /// Remembers a key that opened a connection: whoever shows it need not wait for what others at the address do.
    pub fn opened(&self, key: Digest, now: Timestamp) {
        let mut good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        if good.len() >= MOST_REMEMBERED {
            good.clear();
        }
        good.insert(key, now);
    }

    /// Whether a key opened a connection within the hour.
    pub fn is_known(&self, key: &Digest, now: Timestamp) -> bool {
        let good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        good.get(key).is_some_and(|opened| now < *opened + FORGOTTEN_AFTER)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<(Door, Digest), Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets what is old once there is too much of it, and all that nobody waits for if that is not enough.
fn make_room(all: &mut HashMap<(Door, Digest), Known>, now: Timestamp) {
    if all.len() < MOST_REMEMBERED {
        return;
    }
    all.retain(|_, known| known.pending > 0 || now < known.last + FORGOTTEN_AFTER);
    if all.len() >= MOST_REMEMBERED {
        all.retain(|_, known| known.pending > 0 || now < known.until);
    }
    if all.len() >= MOST_REMEMBERED {
        all.retain(|_, known| known.pending > 0);
    }
}
