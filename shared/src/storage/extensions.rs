//! Extensions, and the one read with which an event begins.

use aws_sdk_dynamodb::types::KeysAndAttributes;

use super::calls::Saved;
use super::document::{self, Stored};
use super::item::Item;
use super::{Store, StoreError, keys};
use crate::connection::Connection;
use crate::extension::{Admission, Extension};
use crate::ids::{ConnectionId, CrmUserId, ExtensionId};
use crate::token::EventToken;

/// Who sent an event: the connection and the extension that its token belongs to.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The connection.
    pub connection: Stored<Connection>,
    /// The extension.
    pub extension: Extension,
    /// Whose calls on it are: its own user, else the user of the bundle's main extension.
    pub crm_user: Option<CrmUserId>,
    /// Which events the URL lets in.
    pub admission: Admission,
}

impl Store {
    /// Finds who a token belongs to, in one round trip (design §5); `main` is the main extension of a bundle that
    /// the event named. `None` for a token that is not, or no longer, in use.
    pub async fn sender(
        &self,
        token: &EventToken,
        main: Option<ExtensionId>,
    ) -> Result<Option<Sender>, StoreError> {
        let main = main.filter(|main| *main != token.extension);
        let (connection, mut extensions) = self
            .connection_with(
                token.connection,
                &[Some(token.extension), main].into_iter().flatten().collect::<Vec<_>>(),
            )
            .await?;
        let Some(connection) = connection.filter(|connection| !connection.value.closing) else {
            return Ok(None);
        };
        let main_user =
            extensions.iter().find(|e| Some(e.listed.id) == main).and_then(|e| e.crm_user.clone());
        extensions.retain(|extension| extension.listed.id == token.extension);
        let Some(extension) = extensions.pop() else { return Ok(None) };
        let Some(admission) = extension.events.admits(&token.digest()) else { return Ok(None) };
        let crm_user = extension.crm_user.clone().or(main_user);
        Ok(Some(Sender { connection, extension, crm_user, admission }))
    }

    /// A connection and some of its extensions, in one round trip; extensions that don't exist are left out.
    pub async fn connection_with(
        &self,
        id: ConnectionId,
        extensions: &[ExtensionId],
    ) -> Result<(Option<Stored<Connection>>, Vec<Extension>), StoreError> {
        let pk = keys::connection(id);
        let mut wanted = vec![Self::key(&pk, keys::META)];
        // 25 keys at most are ever asked for here, well below the 100 of a batch.
        wanted
            .extend(extensions.iter().take(25).map(|extension| Self::key(&pk, &keys::extension(*extension))));
        let (mut connection, mut found) = (None, Vec::new());
        for _ in 0..4 {
            let batch = KeysAndAttributes::builder()
                .set_keys(Some(std::mem::take(&mut wanted)))
                .consistent_read(true);
            let batch = batch.build().map_err(StoreError::build)?;
            let answer = self.client.batch_get_item().request_items(&self.table, batch).send().await;
            let answer = answer.map_err(StoreError::sdk)?;
            for attributes in answer.responses.unwrap_or_default().remove(&self.table).unwrap_or_default() {
                let item = Item::new(attributes)?;
                if item.key("sk") == keys::META {
                    connection = Some(document::read(&item)?);
                } else {
                    found.push(document::read::<Extension>(&item)?.value);
                }
            }
            wanted = answer
                .unprocessed_keys
                .and_then(|mut left| left.remove(&self.table))
                .map_or_else(Vec::new, |left| left.keys);
            if wanted.is_empty() {
                return Ok((connection, found));
            }
        }
        Err(StoreError::Contended)
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

    /// Changes an extension, reading it again as often as somebody else was quicker.
    pub async fn update_extension(
        &self,
        connection: ConnectionId,
        mut extension: Stored<Extension>,
        change: impl Fn(&mut Extension) + Send + Sync,
    ) -> Result<Stored<Extension>, StoreError> {
        for _ in 0..8 {
            change(&mut extension.value);
            match self.save_extension(connection, &extension).await? {
                Saved::Done(saved) => return Ok(saved),
                Saved::Changed(newer) => extension = newer,
            }
        }
        Err(StoreError::Contended)
    }

    /// Removes an extension.
    pub async fn delete_extension(
        &self,
        connection: ConnectionId,
        id: ExtensionId,
    ) -> Result<(), StoreError> {
        self.delete(&keys::connection(connection), &keys::extension(id)).await
    }
}
