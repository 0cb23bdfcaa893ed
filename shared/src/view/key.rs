//! An admin key, as it is shown: never the key itself, except once.

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::flow::connection::keys::ShownKey;
use crate::model::keyring::{KeyId, Scope};

/// An admin key.
#[derive(Clone, Serialize, ToSchema)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// What it is called; null for one that was made with the connection.
    #[schema(required)]
    pub name: Option<String>,
    /// What it may do.
    pub scope: Scope,
    /// When it was made.
    #[schema(required, format = DateTime)]
    pub created_at: Option<String>,
    /// When it was last used, to the hour.
    #[schema(required, format = DateTime)]
    pub last_used_at: Option<String>,
    /// When it ends; null: never.
    #[schema(required, format = DateTime)]
    pub expires_at: Option<String>,
    /// Whether this request was made with it.
    pub current: bool,
}

/// A key that was just made.
#[derive(Clone, Serialize, ToSchema)]
pub struct NewKey {
    /// What is shown of it from now on.
    #[serde(flatten)]
    pub key: Key,
    /// The key itself, shown this once.
    pub admin_key: String,
}

impl Key {
    /// What is shown of a key to whoever uses `current`.
    pub fn of(shown: &ShownKey, current: Option<&KeyId>) -> Self {
        let ShownKey { key, label } = shown;
        Self {
            id: key.id.to_string(),
            name: label.as_ref().map(|label| label.name.clone()),
            scope: key.scope,
            created_at: label.as_ref().map(|label| label.made_at.rfc3339()),
            last_used_at: key.used_at.map(Timestamp::rfc3339),
            expires_at: key.expires_at.map(Timestamp::rfc3339),
            current: current == Some(&key.id),
        }
    }
}
