//! Extensions, and what a mapping makes of them.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::TransactWriteItem;

use super::batch::Key;
use super::document::{self, Stored};
use super::edit::if_changed;
use super::item::Item;
use super::write::Saved;
use super::{Store, StoreError, keys};
use crate::model::agent::{Agent, AgentList};
use crate::model::connection::Connection;
use crate::model::extension::Extension;
use crate::model::ids::{ConnectionId, ExtensionId};
use crate::model::mapping::Mapping;

/// Extensions that are written together: of a hundred that DynamoDB takes so few that one which changed meanwhile does
/// not hold up many.
const TOGETHER: usize = 25;

/// What a mapping makes something else of.
#[derive(Clone, Debug, Default)]
pub struct Mapped {
    /// Extensions.
    pub extensions: Vec<Stored<Extension>>,
    /// Whether agents are wanted at all, if that changes.
    pub agent_list: Option<Stored<AgentList>>,
    /// Agents.
    pub agents: Vec<Stored<Agent>>,
}

impl Store {
    /// A connection and some of its extensions, in one round trip for each hundred, together with what others ask for at
    /// the same time; those that don't exist are left out.
    pub async fn connection_with(
        &self,
        id: ConnectionId,
        extensions: &[ExtensionId],
    ) -> Result<(Option<Stored<Connection>>, Vec<Extension>), StoreError> {
        let pk = keys::connection(id);
        let mut wanted = BTreeSet::from([(pk.clone(), keys::META.to_owned())]);
        wanted.extend(extensions.iter().map(|extension| (pk.clone(), keys::extension(*extension))));
        let (mut connection, mut found) = (None, Vec::new());
        for attributes in self.shared_get(wanted).await? {
            let item = Item::new(attributes)?;
            if item.key("sk") == keys::META {
                connection = Some(document::read(&item)?);
            } else {
                found.push(document::read::<Extension>(&item)?.value);
            }
        }
        Ok((connection, found))
    }

    /// All extensions of a connection.
    pub async fn extensions(&self, connection: ConnectionId) -> Result<Vec<Stored<Extension>>, StoreError> {
        let mut all: Vec<Stored<Extension>> =
            self.documents(&keys::connection(connection), keys::EXTENSION_PREFIX).await?;
        all.sort_by(|a, b| a.value.listed.number.cmp(&b.value.listed.number));
        Ok(all)
    }

    /// One extension.
    pub async fn extension(
        &self,
        connection: ConnectionId,
        id: ExtensionId,
    ) -> Result<Option<Stored<Extension>>, StoreError> {
        self.document(&keys::connection(connection), &keys::extension(id)).await
    }

    /// Writes an extension if it is as it was read. Work that is left is found by the connection's mapping, which
    /// alone stands on the index: four hundred extensions there would hide everybody else's work.
    pub async fn save_extension(
        &self,
        connection: ConnectionId,
        extension: &Stored<Extension>,
    ) -> Result<Saved<Stored<Extension>>, StoreError> {
        let sk = keys::extension(extension.value.listed.id);
        self.save_document(&keys::connection(connection), &sk, extension, None).await
    }

    /// Changes an extension, reading it again as often as somebody else was quicker; what changes nothing is not
    /// written.
    pub async fn update_extension(
        &self,
        connection: ConnectionId,
        extension: Stored<Extension>,
        change: impl Fn(&mut Extension) + Send + Sync,
    ) -> Result<Stored<Extension>, StoreError> {
        let sk = keys::extension(extension.value.listed.id);
        Ok(self.edit(connection, &sk, extension, |_| None, if_changed(change)).await?.document())
    }

    /// Writes what a mapping makes of extensions and agents, a batch at a time, as long as the mapping is the one that was
    /// read and each of them is as it was read: whoever carries out an older mapping can write nothing any more.
    /// Whether all was written.
    pub async fn save_mapped(
        &self,
        connection: ConnectionId,
        mapping: &Stored<Mapping>,
        mapped: &Mapped,
    ) -> Result<bool, StoreError> {
        let pk = keys::connection(connection);
        let mut changed = self.extension_writes(&pk, &mapped.extensions)?;
        if let Some(list) = &mapped.agent_list {
            changed.push(self.document_write(&pk, keys::AGENTS, list)?);
        }
        changed.extend(self.agent_writes(&pk, &mapped.agents)?);
        self.save_while(&changed, (pk, keys::MAPPING.to_owned()), mapping.revision()).await
    }

    /// Writes a batch at a time, as long as another item has the revision with which it was read. Those that somebody else
    /// has changed are left out, so that who changes them one after the other holds up none of the rest.
    pub(super) async fn save_while(
        &self,
        writes: &[TransactWriteItem],
        on: Key,
        revision: u64,
    ) -> Result<bool, StoreError> {
        let mut all = true;
        for together in writes.chunks(TOGETHER) {
            let mut writes = vec![self.unchanged(on.clone(), revision)?];
            writes.extend_from_slice(together);
            while writes.len() > 1 {
                let changed = self.write_together(writes.clone()).await?;
                if changed.is_empty() {
                    break;
                }
                if changed.contains(&0) {
                    return Ok(false);
                }
                all = false;
                let mut at = 0..;
                writes.retain(|_| at.next().is_some_and(|at| !changed.contains(&at)));
            }
        }
        Ok(all)
    }

    /// Stores extensions that were not known, a batch at a time; those that somebody else stored meanwhile stay
    /// as they are.
    pub async fn save_new_extensions(
        &self,
        connection: ConnectionId,
        extensions: &[Stored<Extension>],
    ) -> Result<(), StoreError> {
        for extensions in extensions.chunks(TOGETHER) {
            let writes = self.extension_writes(&keys::connection(connection), extensions)?;
            if !self.write_together(writes).await?.is_empty() {
                for extension in extensions {
                    self.save_extension(connection, extension).await?;
                }
            }
        }
        Ok(())
    }

    fn extension_writes(
        &self,
        pk: &str,
        extensions: &[Stored<Extension>],
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let writes = extensions
            .iter()
            .map(|extension| self.document_write(pk, &keys::extension(extension.value.listed.id), extension));
        writes.collect()
    }

    /// Removes extensions.
    pub async fn delete_extensions(
        &self,
        connection: ConnectionId,
        extensions: impl IntoIterator<Item = ExtensionId>,
    ) -> Result<(), StoreError> {
        let pk = keys::connection(connection);
        let keys = extensions.into_iter().map(|id| (pk.clone(), keys::extension(id)));
        self.batch_delete(keys.collect()).await
    }
}
