//! Sessions of people on the pages, each by the digest of its browser's cookie; they expire by themselves.

use serde::{Deserialize, Serialize};

use super::item::{Item, json, number, version};
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::model::ids::ConnectionId;
use crate::model::keyring::KeyId;
use crate::model::secret::Digest;

/// Somebody who signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Where.
    pub connection: ConnectionId,
    /// With which key: the session ends with it.
    pub key: KeyId,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

impl Store {
    /// Begins a session.
    pub async fn begin_session(&self, cookie: &Digest, session: &Session) -> Result<(), StoreError> {
        let mut item = Self::key(&keys::session(cookie), keys::META);
        item.insert("v".to_owned(), version());
        item.insert("data".to_owned(), json(session));
        item.insert("expires_at".to_owned(), number(session.expires_at.secs()));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map_err(StoreError::sdk)?;
        Ok(())
    }

    /// The session of a cookie; one that has ended may still be there.
    pub async fn session(&self, cookie: &Digest) -> Result<Option<Session>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let key = Self::key(&keys::session(cookie), keys::META);
        let answer = get.set_key(Some(key)).send().await.map_err(StoreError::sdk)?;
        answer.item.map(|item| Item::new(item)?.json("data")).transpose()
    }

    /// Ends a session.
    pub async fn end_session(&self, cookie: &Digest) -> Result<(), StoreError> {
        self.delete(&keys::session(cookie), keys::META).await
    }
}
