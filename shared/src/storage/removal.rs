//! What remains of a connection is removed piece by piece, each as often as it takes.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;

use super::item::json;
use super::{Store, StoreError, keys};
use crate::model::call::RecordId;
use crate::model::connection::PbxAccount;
use crate::model::ids::ConnectionId;

impl Store {
    /// Removes a connection's own item.
    pub async fn delete_connection(&self, id: ConnectionId) -> Result<(), StoreError> {
        self.delete(&keys::connection(id), keys::META).await
    }

    /// Removes what is stored of the calls that these records belong to.
    pub async fn delete_calls(
        &self,
        connection: ConnectionId,
        records: impl IntoIterator<Item = RecordId>,
    ) -> Result<(), StoreError> {
        let calls: BTreeMap<_, _> = records.into_iter().map(|record| (record.call(), record)).collect();
        let mut gone = BTreeSet::new();
        for record in calls.into_values() {
            let items = self.call_of(connection, record).await?;
            let records =
                items.legs.iter().map(|leg| &leg.record).chain(items.call.iter().map(|call| &call.record));
            gone.extend(records.map(|record| {
                (keys::call(record.connection, record.id.call()), keys::record(record.id.place()))
            }));
        }
        self.batch_delete(gone).await
    }

    /// Removes a mapping, and with it the connection's place in the index of what is due.
    pub async fn delete_mapping(&self, id: ConnectionId) -> Result<(), StoreError> {
        self.delete(&keys::connection(id), keys::MAPPING).await
    }

    /// Removes the state of a PBX account.
    pub async fn delete_pbx_state(&self, id: ConnectionId) -> Result<(), StoreError> {
        self.delete(&keys::connection(id), keys::PBX).await
    }

    /// Lets others connect a PBX account, if it is this connection's.
    pub async fn release_ownership(&self, account: &PbxAccount, id: ConnectionId) -> Result<(), StoreError> {
        let pk = keys::pbx_client(&account.origin, account.client_id);
        let delete = self.client.delete_item().table_name(&self.table);
        let answer = delete
            .set_key(Some(Self::key(&pk, keys::META)))
            .condition_expression("attribute_not_exists(pk) OR #data = :id")
            .expression_attribute_names("#data", "data")
            .expression_attribute_values(":id", json(&id))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(StoreError::sdk(error)),
            },
        }
    }
}
