//! How far a request to resend many records has come; it goes on in the retry job.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::document::Stored;
use super::write::Saved;
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::model::delivery::Which;
use crate::model::ids::ConnectionId;

/// A request to resend many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resend {
    /// Which.
    pub which: Which,
    /// Of calls that began then or later.
    pub from: Timestamp,
    /// Of calls that began before.
    pub to: Timestamp,
    /// Where the walk through the log goes on.
    pub cursor: Option<String>,
    /// Records that were marked as due.
    pub resent: u64,
    /// Records that were looked at.
    pub seen: u64,
    /// When it was asked for.
    pub begun_at: Timestamp,
    /// Whether the whole span was walked.
    pub done: bool,
}

impl Resend {
    /// Nothing of it is done yet.
    pub const fn begun(which: Which, from: Timestamp, to: Timestamp, now: Timestamp) -> Self {
        Self { which, from, to, cursor: None, resent: 0, seen: 0, begun_at: now, done: false }
    }
}

impl Store {
    /// The latest request of that kind, if there was one.
    pub async fn resend(&self, id: ConnectionId, which: Which) -> Result<Option<Stored<Resend>>, StoreError> {
        self.document(&keys::connection(id), keys::resend(which)).await
    }

    /// Puts a request in the place of the one of its kind that was read, due at that moment.
    pub async fn put_resend(
        &self,
        id: ConnectionId,
        former: Stored<Resend>,
        wanted: &Resend,
        due_at: Timestamp,
    ) -> Result<(), StoreError> {
        let put = |resend: &mut Resend| -> ControlFlow<()> {
            resend.clone_from(wanted);
            ControlFlow::Continue(())
        };
        self.edit(id, keys::resend(wanted.which), former, |_| Some(due_at), put).await?;
        Ok(())
    }

    /// Remembers it; what is left stands on the index of what is due.
    pub async fn save_resend(
        &self,
        id: ConnectionId,
        resend: &Stored<Resend>,
        due_at: Option<Timestamp>,
    ) -> Result<Saved<Stored<Resend>>, StoreError> {
        self.save_document(&keys::connection(id), keys::resend(resend.value.which), resend, due_at).await
    }

    /// Removes all of them.
    pub async fn delete_resends(&self, id: ConnectionId) -> Result<(), StoreError> {
        for which in [Which::Paused, Which::Failed] {
            self.delete(&keys::connection(id), keys::resend(which)).await?;
        }
        Ok(())
    }
}
