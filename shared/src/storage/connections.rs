//! Connections, and which connection a PBX client belongs to.

use std::ops::ControlFlow;

use super::document::Stored;
use super::edit::{Edited, if_changed};
use super::write::Saved;
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::model::connection::{Connection, Origin};
use crate::model::ids::{ConnectionId, PbxClientId};

impl Store {
    /// A connection.
    pub async fn connection(&self, id: ConnectionId) -> Result<Option<Stored<Connection>>, StoreError> {
        self.document(&keys::connection(id), keys::META).await
    }

    /// Writes a connection if it is as it was read; a list that is due puts it on the index of what is due.
    pub async fn save_connection(
        &self,
        connection: &Stored<Connection>,
    ) -> Result<Saved<Stored<Connection>>, StoreError> {
        let pk = keys::connection(connection.value.id);
        self.save_document(&pk, keys::META, connection, connection.value.list.due_at).await
    }

    /// Has the connection's list of extensions read again by the next retry run, at most once an hour; whether this is
    /// what makes it so. If the connection as it was read is marked already, nothing is asked of the store.
    pub async fn mark_list_stale(
        &self,
        connection: &Stored<Connection>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (id, connection) = (connection.value.id, connection.clone());
        let mark = |connection: &mut Connection| {
            let marked = !connection.closing && connection.list.mark(now);
            if marked { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        let edited = self.edit(id, keys::META, connection, |one| one.list.due_at, mark).await?;
        Ok(matches!(edited, Edited::Written(_)))
    }

    /// Changes a connection, reading it again as often as somebody else was quicker; what changes nothing is not
    /// written.
    pub async fn update_connection(
        &self,
        connection: Stored<Connection>,
        change: impl Fn(&mut Connection) + Send + Sync,
    ) -> Result<Stored<Connection>, StoreError> {
        let id = connection.value.id;
        let edited = self.edit(id, keys::META, connection, |one| one.list.due_at, if_changed(change)).await?;
        Ok(edited.document())
    }

    /// The connection that a PBX client belongs to, if any.
    pub async fn owner(
        &self,
        origin: &Origin,
        client: PbxClientId,
    ) -> Result<Option<ConnectionId>, StoreError> {
        let stored = self.document::<ConnectionId>(&keys::pbx_client(origin, client), keys::META).await?;
        Ok(stored.map(|stored| stored.value))
    }

    /// Takes a PBX client for a connection; answers the connection that has it, which is another one if somebody
    /// was quicker.
    pub async fn take_ownership(
        &self,
        origin: &Origin,
        client: PbxClientId,
        connection: ConnectionId,
    ) -> Result<ConnectionId, StoreError> {
        let pk = keys::pbx_client(origin, client);
        match self.save_document(&pk, keys::META, &Stored::new(connection), None).await? {
            Saved::Done(stored) | Saved::Changed(stored) => Ok(stored.value),
        }
    }
}
