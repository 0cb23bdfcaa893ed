//! Reconciliation: how far the PBX's history was compared.

use serde::{Deserialize, Serialize};

use super::document::Stored;
use super::write::Saved;
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::model::ids::ConnectionId;

/// How far a connection's calls were compared with the PBX's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciled {
    /// Nothing before this is compared: the connection was begun then.
    #[serde(default)]
    pub since: Timestamp,
    /// Every call that ended before this was compared; after a look that was cut, every call that began before.
    pub until: Timestamp,
    /// When it is looked at again.
    pub next_at: Timestamp,
    /// The last look had more calls than it could compare.
    #[serde(default)]
    pub cut: bool,
    /// The history can't be read, and the administrator was told.
    #[serde(default)]
    pub failing: bool,
    /// Recordings of records that began before this were copied into the bucket, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Timestamp>,
}

impl Store {
    /// How far a connection was reconciled; `None` before it was begun.
    pub async fn reconciled(&self, id: ConnectionId) -> Result<Option<Stored<Reconciled>>, StoreError> {
        self.document(&keys::connection(id), keys::HISTORY).await
    }

    /// Remembers it, if nobody else did meanwhile; its next look stands on the index of what is due.
    pub async fn save_reconciled(
        &self,
        id: ConnectionId,
        reconciled: &Stored<Reconciled>,
    ) -> Result<Saved<Stored<Reconciled>>, StoreError> {
        let due_at = Some(reconciled.value.next_at);
        self.save_document(&keys::connection(id), keys::HISTORY, reconciled, due_at).await
    }

    /// Ends it.
    pub async fn end_reconciling(&self, id: ConnectionId) -> Result<(), StoreError> {
        self.delete(&keys::connection(id), keys::HISTORY).await
    }
}
