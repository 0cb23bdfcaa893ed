//! Work after the answer: the PBX gets its 200 as soon as the event is stored, and the CRM is called then.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

/// Where work goes that the answer does not wait for.
#[derive(Clone, Debug)]
pub enum AfterAnswer {
    /// Before the answer after all: where nothing keeps the process running once it has answered.
    Inline,
    /// Beside it.
    Beside(Background),
}

/// Counts work that goes on after answers, so that a process can wait for it: a Lambda before it is frozen, a
/// server before it ends, a test before it looks.
#[derive(Clone, Debug)]
pub struct Background {
    running: Arc<watch::Sender<usize>>,
    ended: mpsc::UnboundedSender<()>,
}

/// One request, from its beginning to the end of the work that it left behind; says so when it is dropped.
#[derive(Debug)]
pub struct InFlight(Background);

impl Background {
    /// The counter, and the stream of ended requests: one `()` for each.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<()>) {
        let (ended, endings) = mpsc::unbounded_channel();
        (Self { running: Arc::new(watch::Sender::new(0)), ended }, endings)
    }

    /// A request begins.
    pub fn begin(&self) -> InFlight {
        self.running.send_modify(|count| *count += 1);
        InFlight(self.clone())
    }

    /// Waits until no request is in flight and no work is left behind.
    pub async fn idle(&self) {
        // The sender lives in `self`, so waiting can't fail.
        let _ = self.running.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.running.send_modify(|count| *count = count.saturating_sub(1));
        // Nobody listens outside of Lambda.
        let _ = self.0.ended.send(());
    }
}
