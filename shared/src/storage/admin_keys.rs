//! What keys are called and when they were made: apart from the connection, which every event reads.

use serde::{Deserialize, Serialize};

use super::document::Stored;
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::model::ids::ConnectionId;
use crate::model::keyring::KeyId;

/// What is known of a key beside its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyLabel {
    /// Which key.
    pub id: KeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub made_at: Timestamp,
}

impl Store {
    /// Writes what a new key is called; of a key that is known nothing changes.
    pub async fn save_key_label(&self, id: ConnectionId, label: &KeyLabel) -> Result<(), StoreError> {
        let sk = keys::admin_key(&label.id);
        self.save_document(&keys::connection(id), &sk, &Stored::new(label.clone()), None).await.map(drop)
    }

    /// What all keys of a connection are called.
    pub async fn key_labels(&self, id: ConnectionId) -> Result<Vec<KeyLabel>, StoreError> {
        let stored = self.documents::<KeyLabel>(&keys::connection(id), keys::ADMIN_KEY_PREFIX).await?;
        Ok(stored.into_iter().map(|label| label.value).collect())
    }

    /// Forgets what a key was called.
    pub async fn delete_key_label(&self, id: ConnectionId, key: &KeyId) -> Result<(), StoreError> {
        self.delete(&keys::connection(id), &keys::admin_key(key)).await
    }
}
