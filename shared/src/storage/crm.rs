//! What is stored of a connection's CRM beside its settings: what a consent gave, and who is renewing it.

use serde::{Deserialize, Serialize};

use super::document::Stored;
use super::item::json;
use super::provisioning::Lease;
use super::write::Saved;
use super::{Store, StoreError, keys};
use crate::model::call::RecordId;
use crate::model::delivery::Progress;
use crate::model::grant::StoredGrant;
use crate::model::ids::ConnectionId;

/// What all invocations share of one CRM account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CrmState {
    /// What the consent gave; none before it, and after the CRM refused to renew it.
    pub grant: Option<StoredGrant>,
    /// Who is renewing the token, so that nobody else is.
    pub lease: Option<Lease>,
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
