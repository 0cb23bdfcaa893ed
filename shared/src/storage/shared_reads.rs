//! One read for many that ask at once. Whoever asks while a read is on its way is answered by the next one, which begins
//! after all of them asked: so each sees what was written before it asked (P7), and a customer's thousand due records read
//! their connection some hundred times.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::batch::Key;
use super::item::Attributes;
use super::{Store, StoreError};

/// Who asks, and whether a read is on its way.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedReads(Arc<Mutex<Asked>>);

#[derive(Debug, Default)]
struct Asked {
    reading: bool,
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    keys: BTreeSet<Key>,
    answer: oneshot::Sender<Vec<Attributes>>,
}

impl SharedReads {
    /// Waits for the next read, unless none is on its way.
    fn wait(&self, keys: &BTreeSet<Key>) -> Option<oneshot::Receiver<Vec<Attributes>>> {
        let mut asked = self.lock();
        if !asked.reading {
            asked.reading = true;
            return None;
        }
        let (answer, answered) = oneshot::channel();
        asked.waiting.push(Waiting { keys: keys.clone(), answer });
        Some(answered)
    }

    fn lock(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The read of whoever asked first; however it ends, those who asked meanwhile have their turn then.
struct First<'a>(&'a Store);

impl Drop for First<'_> {
    fn drop(&mut self) {
        let mut asked = self.0.reads.lock();
        match Handle::try_current() {
            Ok(runtime) if !asked.waiting.is_empty() => {
                runtime.spawn(answer(self.0.clone()));
            }
            Ok(_) | Err(_) => asked.end(),
        }
    }
}

impl Asked {
    /// Nobody reads any more; whoever still waits asks alone.
    fn end(&mut self) {
        self.reading = false;
        self.waiting.clear();
    }
}

/// Ends the reading if the task that answers ends before its time.
struct Answering<'a>(Option<&'a Store>);

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        if let Some(store) = self.0 {
            store.reads.lock().end();
        }
    }
}

/// Answers those who wait, as long as there are any.
async fn answer(store: Store) {
    let mut answering = Answering(Some(&store));
    loop {
        let waiting = {
            let mut asked = store.reads.lock();
            if asked.waiting.is_empty() {
                answering.0 = None;
                return asked.end();
            }
            std::mem::take(&mut asked.waiting)
        };
        let keys = waiting.iter().flat_map(|one| &one.keys).cloned().collect();
        // Without an answer each asks for itself, and learns why.
        let Ok(found) = store.batch_get(keys).await else { continue };
        let found: BTreeMap<_, _> = found.into_iter().map(|item| (key(&item), item)).collect();
        for Waiting { keys, answer } in waiting {
            let own = keys.iter().filter_map(|key| found.get(key).cloned()).collect();
            // Whoever does not wait any more needs no answer.
            let _ = answer.send(own);
        }
    }
}

fn key(item: &Attributes) -> Key {
    let part = |name| item.get(name).and_then(|part| part.as_s().ok()).cloned().unwrap_or_default();
    (part("pk"), part("sk"))
}

impl Store {
    /// As [`Store::batch_get`], together with whoever else asks.
    pub(super) async fn shared_get(&self, keys: BTreeSet<Key>) -> Result<Vec<Attributes>, StoreError> {
        let Some(answered) = self.reads.wait(&keys) else {
            let _first = First(self);
            return self.batch_get(keys).await;
        };
        match answered.await {
            Ok(found) => Ok(found),
            Err(_) => self.batch_get(keys).await,
        }
    }
}
