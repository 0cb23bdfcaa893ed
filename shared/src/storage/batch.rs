//! Many items at once: read, removed, or written together. What DynamoDB leaves undone is repeated, with waits.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    ConditionCheck, DeleteRequest, KeysAndAttributes, TransactWriteItem, WriteRequest,
};

use super::item::{Attributes, number};
use super::{Store, StoreError};

/// Keys of one read: what DynamoDB takes.
const READ: usize = 100;
/// Items of one removal: what DynamoDB takes.
const REMOVED: usize = 25;

/// Partition key and sort key of an item.
pub(super) type Key = (String, String);

impl Store {
    /// The items of these keys, strongly consistent, in any order; those that don't exist are left out.
    pub(super) async fn batch_get(&self, keys: BTreeSet<Key>) -> Result<Vec<Attributes>, StoreError> {
        let mut found = Vec::new();
        let keys: Vec<_> = keys.iter().map(|(pk, sk)| Self::key(pk, sk)).collect();
        for keys in keys.chunks(READ) {
            let (mut wanted, mut in_vain) = (keys.to_vec(), 0);
            loop {
                let asked = wanted.len();
                let batch = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true);
                let batch = batch.build().map_err(StoreError::build)?;
                let answer = self.client.batch_get_item().request_items(&self.table, batch).send().await;
                let answer = answer.map_err(StoreError::sdk)?;
                found.extend(answer.responses.into_iter().flatten().flat_map(|(_, items)| items));
                let left = answer.unprocessed_keys.and_then(|mut left| left.remove(&self.table));
                wanted = left.map_or_else(Vec::new, |left| left.keys);
                if wanted.is_empty() {
                    break;
                }
                in_vain = if wanted.len() < asked { 0 } else { in_vain };
                self.pace.wait(in_vain).await?;
                in_vain += 1;
            }
        }
        Ok(found)
    }

    /// Removes the items of these keys, whatever they hold.
    pub(super) async fn batch_delete(&self, keys: BTreeSet<Key>) -> Result<(), StoreError> {
        let mut requests = Vec::new();
        for (pk, sk) in &keys {
            let delete = DeleteRequest::builder().set_key(Some(Self::key(pk, sk)));
            let delete = delete.build().map_err(StoreError::build)?;
            requests.push(WriteRequest::builder().delete_request(delete).build());
        }
        for requests in requests.chunks(REMOVED) {
            let (mut wanted, mut in_vain) = (requests.to_vec(), 0);
            loop {
                let asked = wanted.len();
                let answer = self.client.batch_write_item().request_items(&self.table, wanted).send().await;
                let answer = answer.map_err(StoreError::sdk)?;
                wanted = answer
                    .unprocessed_items
                    .and_then(|mut left| left.remove(&self.table))
                    .unwrap_or_default();
                if wanted.is_empty() {
                    break;
                }
                in_vain = if wanted.len() < asked { 0 } else { in_vain };
                self.pace.wait(in_vain).await?;
                in_vain += 1;
            }
        }
        Ok(())
    }

    /// Writes all or nothing. Nothing if there is an answer: the places of those whose condition does not hold, or that
    /// somebody else is writing.
    pub(super) async fn write_together(
        &self,
        writes: Vec<TransactWriteItem>,
    ) -> Result<Vec<usize>, StoreError> {
        let write = self.client.transact_write_items().set_transact_items(Some(writes));
        match write.send().await {
            Ok(_) => Ok(Vec::new()),
            Err(error) => match cancelled(&error) {
                Some(Cancelled::Changed(which)) => Ok(which),
                Some(Cancelled::Throttled) => Err(StoreError::Unavailable(Box::new(error))),
                None => Err(StoreError::sdk(error)),
            },
        }
    }

    /// That an item still has the revision with which it was read.
    pub(super) fn unchanged(&self, (pk, sk): Key, revision: u64) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(Self::key(&pk, &sk)))
            .condition_expression("rev = :rev")
            .expression_attribute_values(":rev", number(revision));
        let check = check.build().map_err(StoreError::build)?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }
}

/// Why nothing of a transaction was written.
enum Cancelled {
    Changed(Vec<usize>),
    Throttled,
}

fn cancelled(error: &SdkError<TransactWriteItemsError>) -> Option<Cancelled> {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
    else {
        return None;
    };
    // A reason for each write, in their order.
    let codes = || cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or_default());
    let changed = |code| matches!(code, "ConditionalCheckFailed" | "TransactionConflict");
    let which: Vec<_> = codes().enumerate().filter(|(_, code)| changed(code)).map(|(at, _)| at).collect();
    if !which.is_empty() {
        return Some(Cancelled::Changed(which));
    }
    let throttled = |code| matches!(code, "ProvisionedThroughputExceeded" | "ThrottlingError");
    codes().any(throttled).then_some(Cancelled::Throttled)
}
