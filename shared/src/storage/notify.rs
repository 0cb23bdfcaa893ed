//! Who is told of a connection's notices, and the letters that are on their way.

use super::document::Stored;
use super::edit::if_changed;
use super::write::Saved;
use super::{Store, StoreError, keys};
use crate::model::ids::ConnectionId;
use crate::model::notify::Notify;

impl Store {
    /// Who is told; nobody, as long as no administrator has chosen.
    pub async fn notify(&self, id: ConnectionId) -> Result<Stored<Notify>, StoreError> {
        let found = self.document(&keys::connection(id), keys::NOTIFY).await?;
        Ok(found.unwrap_or_else(|| Stored::new(Notify::default())))
    }

    /// Writes it if it is as it was read; letters that wait stand on the index of what is due.
    pub async fn save_notify(
        &self,
        id: ConnectionId,
        notify: &Stored<Notify>,
    ) -> Result<Saved<Stored<Notify>>, StoreError> {
        self.save_document(&keys::connection(id), keys::NOTIFY, notify, notify.value.due_at()).await
    }

    /// Changes it, reading it again as often as somebody else was quicker; what changes nothing is not written.
    pub async fn update_notify(
        &self,
        id: ConnectionId,
        notify: Stored<Notify>,
        change: impl Fn(&mut Notify) + Send + Sync,
    ) -> Result<Stored<Notify>, StoreError> {
        let edited = self.edit(id, keys::NOTIFY, notify, Notify::due_at, if_changed(change)).await?;
        Ok(edited.document())
    }

    /// Forgets it.
    pub async fn delete_notify(&self, id: ConnectionId) -> Result<(), StoreError> {
        self.delete(&keys::connection(id), keys::NOTIFY).await
    }
}
