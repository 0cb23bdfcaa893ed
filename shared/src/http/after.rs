//! Work after the answer: the PBX gets its 200 as soon as the event is stored, and the CRM is called then.

use std::sync::Arc;

use tokio::sync::watch;

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
#[derive(Clone, Debug, Default)]
pub struct Background(Arc<watch::Sender<usize>>);

/// One request, from its beginning to the end of the work that it left behind.
#[derive(Debug)]
pub struct InFlight(Background);

impl Background {
    /// A request begins; it ends when what is answered is dropped.
    pub fn begin(&self) -> InFlight {
        self.0.send_modify(|count| *count += 1);
        InFlight(self.clone())
    }

    /// Waits until no request is in flight and no work is left behind.
    pub async fn idle(&self) {
        // The sender lives in `self`, so waiting can't fail.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}
