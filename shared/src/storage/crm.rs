//! What is stored of a connection's CRM beside its settings: what a consent gave, and who is renewing it.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::document::Stored;
use super::edit::Edited;
use super::item::{json, number, text, version};
use super::provisioning::Lease;
use super::write::Saved;
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::model::call::RecordId;
use crate::model::delivery::Progress;
use crate::model::grant::StoredGrant;
use crate::model::ids::{CallId, ConnectionId, ExtensionId};
use crate::model::secret::Sealed;

/// What all invocations share of one CRM account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CrmState {
    /// What the consent gave; none before it, and after the CRM refused to renew it.
    pub grant: Option<StoredGrant>,
    /// Who is renewing the token, so that nobody else is. One that has ended is a renewal that came to no end.
    pub lease: Option<Lease>,
    /// The token of the address to which the CRM posts; made once, since it is entered in the CRM.
    pub address: Option<Sealed>,
}

/// What a CRM calls a call that somebody began there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialled {
    /// Whose leg it is: the phone that rings first.
    pub extension: ExtensionId,
    /// What the CRM calls it.
    pub progress: Progress,
}

impl Store {
    /// The state of a connection's CRM account; before a consent, an empty one.
    pub async fn crm_state(&self, id: ConnectionId) -> Result<Stored<CrmState>, StoreError> {
        let found = self.document(&keys::connection(id), keys::CRM).await?;
        Ok(found.unwrap_or_else(|| Stored::new(CrmState::default())))
    }

    /// Writes the state of a CRM account if it is as it was read.
    pub async fn save_crm_state(
        &self,
        id: ConnectionId,
        state: &Stored<CrmState>,
    ) -> Result<Saved<Stored<CrmState>>, StoreError> {
        self.save_document(&keys::connection(id), keys::CRM, state, None).await
    }

    /// Changes the state of a CRM account, unless `change` breaks off.
    pub async fn edit_crm_state<R: Send>(
        &self,
        id: ConnectionId,
        state: Stored<CrmState>,
        change: impl FnMut(&mut CrmState) -> ControlFlow<R> + Send,
    ) -> Result<Edited<CrmState, R>, StoreError> {
        self.edit(id, keys::CRM, state, |_| None, change).await
    }

    /// Keeps what a CRM calls a call that was begun there, for the leg of the phone that it rings first. Decisions depend on
    /// nothing of it, so it leaves the item's revision alone.
    pub async fn remember_dialled(
        &self,
        connection: ConnectionId,
        call: &CallId,
        dialled: &Dialled,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let pk = keys::call(connection, RecordId::call_key(connection, call));
        let update = self.client.update_item().table_name(&self.table);
        update
            .set_key(Some(Self::key(&pk, keys::CALL)))
            .update_expression(
                "SET v = if_not_exists(v, :v), rev = if_not_exists(rev, :none), call_id = :call, dialled = :dialled, \
                 expires_at = if_not_exists(expires_at, :expires)",
            )
            .expression_attribute_values(":v", version())
            .expression_attribute_values(":none", number(1))
            .expression_attribute_values(":call", text(call.as_str()))
            .expression_attribute_values(":dialled", json(dialled))
            .expression_attribute_values(":expires", number((now + self.keep_calls).secs()))
            .send()
            .await
            .map_err(StoreError::sdk)?;
        Ok(())
    }

    /// Keeps what a CRM called a call that rings with its leg. Decisions depend on nothing of it, so it leaves the item's
    /// revision alone.
    pub async fn remember_crm(
        &self,
        connection: ConnectionId,
        leg: RecordId,
        progress: &Progress,
    ) -> Result<(), StoreError> {
        let key = Self::key(&keys::call(connection, leg.call()), &keys::record(leg.place()));
        let update = self.client.update_item().table_name(&self.table).set_key(Some(key));
        update
            .update_expression("SET crm = :crm")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":crm", json(progress))
            .send()
            .await
            .map_err(StoreError::sdk)?;
        Ok(())
    }

    /// Forgets a consent.
    pub async fn delete_crm_state(&self, id: ConnectionId) -> Result<(), StoreError> {
        self.delete(&keys::connection(id), keys::CRM).await
    }
}
