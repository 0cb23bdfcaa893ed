//! What the flows work with. Built once per process; nothing of Lambda in it.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::crm::Connectors;
use crate::ids::Random;
use crate::queue::Queue;
use crate::rules::retry::RetryPolicy;
use crate::seal::Sealer;
use crate::storage::Store;

/// What calls need on their way from event to CRM.
#[derive(Clone)]
pub struct CallDeps {
    /// The store.
    pub store: Store,
    /// The queue of reminders.
    pub queue: Queue,
    /// Opens CRM credentials.
    pub sealer: Arc<Sealer>,
    /// The CRMs.
    pub connectors: Arc<Connectors>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// How long things wait.
    pub timing: Timing,
}

/// How long things wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// After failed deliveries.
    pub retry: RetryPolicy,
    /// For late events, before a call counts as missed.
    pub hold: Duration,
    /// How long an attempt may take, with what belongs to it: a claim ends then, and an event whose invocation
    /// died is found by the sweep then.
    pub lease: Duration,
}

impl CallDeps {
    /// A number from -1 to 1, for jitter.
    pub fn jitter(&self) -> f64 {
        let mut bytes = [0; 2];
        self.random.fill(&mut bytes);
        f64::from(i16::from_le_bytes(bytes)) / f64::from(i16::MAX)
    }
}
