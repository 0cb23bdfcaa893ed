//! Work after the answer: the PBX gets its 200 as soon as the event is stored, and the CRM is called then.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tokio::task::{JoinSet, yield_now};
use tracing::Instrument as _;

/// Counts work that goes on after answers, so that a process can wait for it: a Lambda before it is frozen, a
/// server before it ends, a test before it looks. What is not done by then can be ended.
#[derive(Clone, Debug, Default)]
pub struct Background {
    in_flight: Arc<watch::Sender<usize>>,
    work: Arc<Mutex<JoinSet<()>>>,
    posted: Option<Arc<watch::Sender<()>>>,
}

/// One request, from its beginning to the end of the work that it left behind.
#[derive(Debug)]
pub struct InFlight(Background);

impl Background {
    /// Where one request is answered after another, and whoever posts an answer says so: work waits for its own request's.
    pub fn once_posted() -> Self {
        Self { posted: Some(Arc::default()), ..Self::default() }
    }

    /// The answer is posted: what it left behind begins.
    pub fn posted(&self) {
        self.posted.iter().for_each(|posted| posted.send_replace(()));
    }

    /// A request begins; it ends when what is answered is dropped.
    pub fn begin(&self) -> InFlight {
        self.in_flight.send_modify(|count| *count += 1);
        InFlight(self.clone())
    }

    /// Does work beside the answer; what it logs still says whose request it was.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut all = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        // What has ended is forgotten.
        while all.try_join_next().is_some() {}
        let posted = self.posted.as_ref().map(|posted| posted.subscribe());
        let later = async {
            match posted {
                Some(mut posted) => {
                    // Err means that nobody posts answers any more.
                    let _ = posted.changed().await;
                }
                // The task that sends the answer is woken later than this one, and goes first.
                None => yield_now().await,
            }
            work.await;
        };
        all.spawn(later.in_current_span());
    }

    /// Waits until no request is in flight and no work is left behind.
    pub async fn idle(&self) {
        // The sender lives in `self`, so waiting can't fail.
        let _ = self.in_flight.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Ends whatever work is left, as a crash would: it must not go on when a frozen process thaws, with what it
    /// read long ago.
    pub fn abort(&self) {
        self.work.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.send_modify(|count| *count = count.saturating_sub(1));
    }
}
