//! How long tests wait. The bounds only end what hangs: a busy machine may be slow for a minute without a test
//! failing, and what is meant to hang is told to, so that the test can let the time jump instead of waiting.

use std::time::Duration;

use ringbridge::http_client::Timeouts;
use tokio::sync::watch;

/// Longer than anything takes that does not hang.
pub const PATIENCE: Duration = Duration::from_mins(2);
/// The same for HTTP clients.
pub const PATIENT: Timeouts = Timeouts { connect: Duration::from_mins(1), total: PATIENCE };

/// Counts the requests that a server keeps waiting.
#[derive(Debug)]
pub struct Hangs(watch::Sender<usize>);

impl Default for Hangs {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Hangs {
    /// One more.
    pub(crate) fn begin(&self) {
        self.0.send_modify(|count| *count += 1);
    }

    /// How many there were so far.
    pub fn count(&self) -> usize {
        *self.0.borrow()
    }

    /// Waits until there were more than so many, and says how many.
    pub async fn beyond(&self, seen: usize) -> usize {
        // The sender lives in `self`, so waiting can't fail.
        self.0.subscribe().wait_for(|count| *count > seen).await.map_or(seen, |count| *count)
    }
}
