//! Reconciliation: how far the PBX's history was compared, and records that were recovered from it.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use serde::{Deserialize, Serialize};

use super::calls::Saved;
use super::document::Stored;
use super::item::{json, number, text, version};
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::delivery::Delivery;
use crate::history::Recovered;
use crate::ids::ConnectionId;

/// How far a connection's calls were compared with the PBX's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciled {
    /// Everything before this was compared.
    pub until: Timestamp,
    /// When it is looked at again.
    pub next_at: Timestamp,
}

impl Store {
    /// How far a connection was reconciled; `None` before it was begun.
    pub async fn reconciled(&self, id: ConnectionId) -> Result<Option<Stored<Reconciled>>, StoreError> {
        self.document(&keys::connection(id), keys::HISTORY).await
    }

    /// Remembers it, if nobody else did meanwhile; its next look stands on the index of what is due.
    pub async fn save_reconciled(
        &self,
        id: ConnectionId,
        reconciled: &Stored<Reconciled>,
    ) -> Result<Saved<Stored<Reconciled>>, StoreError> {
        let due_at = Some(reconciled.value.next_at);
        self.save_document(&keys::connection(id), keys::HISTORY, reconciled, due_at).await
    }

    /// Ends it.
    pub async fn end_reconciling(&self, id: ConnectionId) -> Result<(), StoreError> {
        self.delete(&keys::connection(id), keys::HISTORY).await
    }

    /// Stores a recovered record as due now, unless its place is taken by events or an earlier recovery.
    pub async fn recover(
        &self,
        connection: ConnectionId,
        recovered: &Recovered,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let id = recovered.record.record_id;
        let (pk, sk) = (keys::call(connection, id.call()), keys::record(id.place()));
        let extension = &recovered.extension;
        let update = self.client.update_item().table_name(&self.table).set_key(Some(Self::key(&pk, &sk)));
        let answer = update
            .update_expression(
                "SET v = :v, rev = :one, call_id = :call, leg_id = :leg, ext = :ext, delivery = :delivery, \
                 due_shard = :shard, due_at = :due, expires_at = :expires, list_pk = :list_pk, list_sk = :list_sk",
            )
            .condition_expression("attribute_not_exists(pk)")
            .expression_attribute_values(":v", version())
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":call", text(recovered.record.call_id.as_str()))
            .expression_attribute_values(":leg", text(recovered.leg.as_str()))
            .expression_attribute_values(":ext", json(&(extension.id, extension.kind, &extension.number)))
            .expression_attribute_values(":delivery", json(delivery))
            .expression_attribute_values(":shard", text(keys::due_shard(&pk)))
            .expression_attribute_values(":due", number(now.micros()))
            .expression_attribute_values(":expires", number((now + self.keep_calls).secs()))
            .expression_attribute_values(":list_pk", text(keys::logged(connection)))
            .expression_attribute_values(":list_sk", text(keys::listed(recovered.record.started_at, id)))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(StoreError::sdk(error)),
            },
        }
    }
}
