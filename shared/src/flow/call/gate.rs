//! What keeps one customer's CRM from taking everybody's time: a few deliveries side by side for each, and none to one
//! that was just seen to hang. In each process's memory; what must outlast it stands on the connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::clock::Timestamp;
use crate::model::ids::ConnectionId;

/// Deliveries to one CRM side by side, in one process.
pub const SIDE_BY_SIDE: usize = 4;

/// The gates of all connections.
#[derive(Debug, Default)]
pub struct Gates(Mutex<HashMap<ConnectionId, Gate>>);

#[derive(Debug, Default)]
struct Gate {
    places: Weak<Semaphore>,
    hangs_until: Option<Timestamp>,
}

/// A place for one delivery; free again when it is dropped.
#[derive(Debug)]
pub struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Gates {
    /// Waits for a place, at most so long by the machine's clock.
    pub async fn enter(&self, connection: ConnectionId, patience: Duration) -> Option<Place> {
        let places = self.places(connection);
        let permit = tokio::time::timeout(patience, places.acquire_owned()).await.ok()?.ok()?;
        Some(Place { _permit: permit })
    }

    /// Until when a CRM is left alone that was seen to hang by this process.
    pub fn hangs_until(&self, connection: ConnectionId) -> Option<Timestamp> {
        self.with(|gates| gates.get(&connection)?.hangs_until)
    }

    /// Remembers that it hangs; or, with nothing, that it answers.
    pub fn hangs(&self, connection: ConnectionId, until: Option<Timestamp>) {
        self.with(|gates| match gates.get_mut(&connection) {
            Some(gate) => gate.hangs_until = until,
            None if until.is_some() => {
                gates.insert(connection, Gate { hangs_until: until, ..Gate::default() });
            }
            None => {}
        });
    }

    fn places(&self, connection: ConnectionId) -> Arc<Semaphore> {
        self.with(|gates| {
            let gate = gates.entry(connection).or_default();
            if let Some(places) = gate.places.upgrade() {
                return places;
            }
            let places = Arc::new(Semaphore::new(SIDE_BY_SIDE));
            gate.places = Arc::downgrade(&places);
            // Those that nobody uses any more and that say nothing go, so that the map stays as small as the work.
            gates.retain(|_, gate| gate.places.strong_count() > 0 || gate.hangs_until.is_some());
            places
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<ConnectionId, Gate>) -> T) -> T {
        // A panic elsewhere leaves the map whole: nothing is changed in two steps.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
