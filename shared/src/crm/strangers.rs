//! Strangers of whom a contact is made: two calls of one stranger end at the same time, and neither finds the contact
//! that the other is making. So whoever makes one is alone with that number: in this process by a lock, and among all
//! processes by whoever keeps [`Makers`].

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::OwnedMutexGuard;

use super::CrmError;
use super::number::External;
use crate::clock::Timestamp;
use crate::model::secret::Digest;

/// How long a contact that was made may be missing from a CRM's index: for so long this process remembers it.
const INDEX_LAG: Duration = Duration::from_mins(5);

/// One maker at a time of each stranger's contact, among all processes.
#[async_trait]
pub trait Makers: fmt::Debug + Send + Sync {
    /// Begins to make the contact of a number; what it is, if it was made a moment ago. An error: somebody else is at it.
    async fn begin(&self, who: &Digest) -> Result<Option<String>, CrmError>;

    /// The contact is made, or was found to be there.
    async fn made(&self, who: &Digest, contact: &str) -> Result<(), CrmError>;
}

/// Where there is one process.
#[derive(Clone, Copy, Debug)]
pub struct Unshared;

#[async_trait]
impl Makers for Unshared {
    async fn begin(&self, _: &Digest) -> Result<Option<String>, CrmError> {
        Ok(None)
    }

    async fn made(&self, _: &Digest, _: &str) -> Result<(), CrmError> {
        Ok(())
    }
}

/// What stands for a number among makers: `kind` is what is made.
pub(super) fn who(kind: &str, number: &External) -> Digest {
    Digest::of(format!("{kind}\n{}", number.e164()).as_bytes())
}

/// What is known of a number's contact.
#[derive(Debug, Default)]
pub(super) struct Made(Option<(String, Timestamp)>);

impl Made {
    /// The contact that was made here a moment ago.
    pub(super) fn recall(&self, at: Timestamp) -> Option<&str> {
        self.0.as_ref().filter(|(_, since)| at.since(*since) < INDEX_LAG).map(|(id, _)| id.as_str())
    }

    /// A contact was made.
    pub(super) fn remember(&mut self, id: &str, at: Timestamp) {
        self.0 = Some((id.to_owned(), at));
    }
}

type Place = Arc<tokio::sync::Mutex<Made>>;

/// The numbers of which contacts are being made, or were a moment ago, each with its CRM. `Debug` tells none.
#[derive(Default)]
pub(super) struct Strangers(std::sync::Mutex<BTreeMap<(String, String), Place>>);

impl fmt::Debug for Strangers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Strangers").finish_non_exhaustive()
    }
}

impl Strangers {
    /// Waits until nobody else makes a contact of that number in that CRM.
    pub(super) async fn alone(&self, crm: &str, number: &External, at: Timestamp) -> OwnedMutexGuard<Made> {
        let place = {
            let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            places.retain(|_, place| is_of_use(place, at));
            Arc::clone(places.entry((crm.to_owned(), number.e164().to_owned())).or_default())
        };
        place.lock_owned().await
    }
}

fn is_of_use(place: &Place, at: Timestamp) -> bool {
    Arc::strong_count(place) > 1 || place.try_lock().is_ok_and(|made| made.recall(at).is_some())
}
