//! Admin keys are made, listed and revoked. A key is changed for another by making the new one first: nothing is
//! reconnected and there is no moment without a key.

use super::audit;
use crate::clock::Timestamp;
use crate::flow::deps::SettingsDeps;
use crate::model::audit::{Act, Actor};
use crate::model::connection::Connection;
use crate::model::ids::ConnectionId;
use crate::model::keyring::{KeyId, Scope, StoredKey};
use crate::model::token::AdminKey;
use crate::storage::{KeyLabel, StoreError, Stored};

/// What the key is called that connecting makes.
pub const FIRST: &str = "made by connecting";

/// A key that is wished for.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// What it will be called.
    pub name: String,
    /// What it may do.
    pub scope: Scope,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// A key as it is shown.
#[derive(Clone, Debug)]
pub struct ShownKey {
    /// What the connection has of it.
    pub key: StoredKey,
    /// What it is called, and when it was made.
    pub label: Option<KeyLabel>,
}

/// What became of a key that was to be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// It opens nothing any more.
    Done,
    /// There is no such key.
    Unknown,
    /// It is the last one that can make others.
    Last,
}

/// Makes a key; `None` if the connection has as many as it may. The key itself is shown once.
pub async fn make(
    deps: &SettingsDeps,
    connection: Stored<Connection>,
    wish: NewKey,
    by: &Actor,
) -> Result<Option<(AdminKey, ShownKey)>, StoreError> {
    let id = connection.value.id;
    if connection.value.keys.is_full() {
        return Ok(None);
    }
    let secret = AdminKey::random(id, deps.random.as_ref());
    let key = StoredKey::new(secret.digest(), wish.scope, wish.expires_at);
    audit::note(deps, id, by, Act::KeyMade { made: key.id.clone(), scope: key.scope }).await?;
    let label = name(deps, id, &key.id, wish.name).await?;
    let saved = deps.store.update_connection(connection, |one| one.keys.add(&key)).await?;
    if saved.value.keys.get(&key.id).is_none() {
        // Others were quicker and took the last places.
        deps.store.delete_key_label(id, &key.id).await?;
        return Ok(None);
    }
    Ok(Some((secret, ShownKey { key, label: Some(label) })))
}

/// All keys, in the order in which they were made.
pub async fn list(deps: &SettingsDeps, connection: &Connection) -> Result<Vec<ShownKey>, StoreError> {
    let labels = deps.store.key_labels(connection.id).await?;
    let shown = |key: &StoredKey| ShownKey {
        key: key.clone(),
        label: labels.iter().find(|label| label.id == key.id).cloned(),
    };
    Ok(connection.keys.keys().iter().map(shown).collect())
}

/// Revokes a key; the next request with it is refused.
pub async fn revoke(
    deps: &SettingsDeps,
    connection: Stored<Connection>,
    key: &KeyId,
    by: &Actor,
) -> Result<Revoked, StoreError> {
    let (id, now) = (connection.value.id, deps.clock.now());
    if connection.value.keys.get(key).is_none() {
        return Ok(Revoked::Unknown);
    }
    let mut without = connection.value.keys.clone();
    without.remove(key, now);
    if without.get(key).is_some() {
        return Ok(Revoked::Last);
    }
    audit::note(deps, id, by, Act::KeyRevoked { revoked: key.clone() }).await?;
    let saved = deps.store.update_connection(connection, |one| one.keys.remove(key, now)).await?;
    if saved.value.keys.get(key).is_some() {
        return Ok(Revoked::Last);
    }
    deps.store.delete_key_label(id, key).await?;
    Ok(Revoked::Done)
}

/// Stores what a new key is called.
pub(in crate::flow) async fn name(
    deps: &SettingsDeps,
    id: ConnectionId,
    key: &KeyId,
    name: String,
) -> Result<KeyLabel, StoreError> {
    let label = KeyLabel { id: key.clone(), name, made_at: deps.clock.now() };
    deps.store.save_key_label(id, &label).await?;
    Ok(label)
}
