//! What provisioning remembers of a connection: the mapping to carry out, and the state of its PBX account.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::document::Stored;
use super::edit::Edited;
use super::write::Saved;
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::model::budget::RateBudget;
use crate::model::ids::ConnectionId;
use crate::model::mapping::Mapping;
use crate::model::secret::{Digest, Sealed};

/// What all invocations share of one PBX account: its token, its budget, and who is at work on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PbxState {
    /// The access token, if one was taken.
    pub token: Option<StoredToken>,
    /// Credentials that the PBX refused: they are not tried again.
    pub refused: Option<Digest>,
    /// Token requests that failed one after another, without a refusal.
    pub token_failures: u32,
    /// What the PBX last said of the hour's requests.
    pub budget: Option<RateBudget>,
    /// Events that one extension may have, if the PBX says so.
    pub event_limit: Option<u32>,
    /// Who is at work on the PBX, so that nobody else is.
    pub lease: Option<Lease>,
}

impl PbxState {
    /// The PBX no longer takes the token; what it is renewed with stays.
    pub fn end_token(&mut self) {
        if let Some(token) = &mut self.token {
            token.expires_at = Timestamp::default();
        }
    }
}

/// An access token at rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredToken {
    /// The credentials that it was taken with: with others it is not used.
    pub of: Digest,
    /// The token.
    pub value: Sealed,
    /// When it ends.
    pub expires_at: Timestamp,
    /// What it is renewed with, if the PBX gave that.
    #[serde(default)]
    pub refresh: Option<Sealed>,
}

/// One run at a time: whose, and until when unless it is extended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Random, one per run.
    pub id: String,
    /// When others may take it.
    pub until: Timestamp,
}

impl Store {
    /// A connection's mapping; before the first, an empty one of version 0.
    pub async fn mapping(&self, id: ConnectionId) -> Result<Stored<Mapping>, StoreError> {
        let found = self.document(&keys::connection(id), keys::MAPPING).await?;
        Ok(found.unwrap_or_else(|| Stored::new(Mapping { applied: true, ..Mapping::default() })))
    }

    /// Writes a mapping if it is as it was read; its due time puts it on the index of what is due.
    pub async fn save_mapping(
        &self,
        id: ConnectionId,
        mapping: &Stored<Mapping>,
    ) -> Result<Saved<Stored<Mapping>>, StoreError> {
        self.save_document(&keys::connection(id), keys::MAPPING, mapping, mapping.value.due_at).await
    }

    /// The state of a connection's PBX account; before the first request, an empty one.
    pub async fn pbx_state(&self, id: ConnectionId) -> Result<Stored<PbxState>, StoreError> {
        let found = self.document(&keys::connection(id), keys::PBX).await?;
        Ok(found.unwrap_or_else(|| Stored::new(PbxState::default())))
    }

    /// Changes what is known of a connection's PBX account, unless `change` breaks off.
    pub async fn edit_pbx_state<R: Send>(
        &self,
        id: ConnectionId,
        state: Stored<PbxState>,
        change: impl FnMut(&mut PbxState) -> ControlFlow<R> + Send,
    ) -> Result<Edited<PbxState, R>, StoreError> {
        self.edit(id, keys::PBX, state, |_| None, change).await
    }

    /// Changes a mapping, unless `change` breaks off.
    pub async fn edit_mapping<R: Send>(
        &self,
        id: ConnectionId,
        mapping: Stored<Mapping>,
        change: impl FnMut(&mut Mapping) -> ControlFlow<R> + Send,
    ) -> Result<Edited<Mapping, R>, StoreError> {
        self.edit(id, keys::MAPPING, mapping, |mapping| mapping.due_at, change).await
    }

    /// Writes the state of a PBX account if it is as it was read.
    pub async fn save_pbx_state(
        &self,
        id: ConnectionId,
        state: &Stored<PbxState>,
    ) -> Result<Saved<Stored<PbxState>>, StoreError> {
        self.save_document(&keys::connection(id), keys::PBX, state, None).await
    }
}
