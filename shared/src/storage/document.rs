//! Items that are one JSON document and a revision: connections, extensions, the state of a PBX account.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::item::{Attributes, Item, json, number, text, version};
use super::write::Saved;
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;

/// A document as it was read, and the revision on which a write depends.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored<T> {
    /// The document.
    pub value: T,
    revision: u64,
}

impl<T> Stored<T> {
    /// A document that must not exist yet.
    pub const fn new(value: T) -> Self {
        Self { value, revision: 0 }
    }

    /// The revision that was read.
    pub(super) const fn revision(&self) -> u64 {
        self.revision
    }
}

impl Store {
    pub(super) async fn document<T: DeserializeOwned>(
        &self,
        pk: &str,
        sk: &str,
    ) -> Result<Option<Stored<T>>, StoreError> {
        self.get(pk, sk).await?.map(|item| read(&item)).transpose()
    }

    /// Writes a document if it is as it was read; `due_at` puts it on the index of what is due.
    pub(super) async fn save_document<T: Serialize + DeserializeOwned + Clone>(
        &self,
        pk: &str,
        sk: &str,
        document: &Stored<T>,
        due_at: Option<Timestamp>,
    ) -> Result<Saved<Stored<T>>, StoreError> {
        let revision = document.revision + 1;
        let mut item = item(pk, sk, document);
        if let Some(due_at) = due_at {
            item.insert("due_shard".to_owned(), text(keys::due_shard(pk)));
            item.insert("due_at".to_owned(), number(due_at.micros()));
        }
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let answer = put
            .condition_expression(condition(document.revision))
            .set_expression_attribute_values(read_with(document.revision))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(Saved::Done(Stored { value: document.value.clone(), revision })),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                    // Gone altogether: whoever deleted it was quicker, and there is nothing to merge with.
                    let old = failed.item.clone().ok_or(StoreError::Contended)?;
                    read(&Item::new(old)?).map(Saved::Changed)
                }
                _ => Err(StoreError::sdk(error)),
            },
        }
    }

    /// A document among others that are written together, if it is as it was read.
    pub(super) fn document_write<T: Serialize>(
        &self,
        pk: &str,
        sk: &str,
        document: &Stored<T>,
    ) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder().table_name(&self.table).set_item(Some(item(pk, sk, document)));
        let put = put
            .condition_expression(condition(document.revision))
            .set_expression_attribute_values(read_with(document.revision))
            .build()
            .map_err(StoreError::build)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    pub(super) async fn documents<T: DeserializeOwned>(
        &self,
        pk: &str,
        sk_prefix: &str,
    ) -> Result<Vec<Stored<T>>, StoreError> {
        let items = self.partition(pk, sk_prefix).await?;
        items.into_iter().map(|attributes: Attributes| read(&Item::new(attributes)?)).collect()
    }

    pub(super) async fn delete(&self, pk: &str, sk: &str) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table);
        delete.set_key(Some(Self::key(pk, sk))).send().await.map_err(StoreError::sdk)?;
        Ok(())
    }
}

fn item<T: Serialize>(pk: &str, sk: &str, document: &Stored<T>) -> Attributes {
    let mut item = Store::key(pk, sk);
    item.insert("v".to_owned(), version());
    item.insert("rev".to_owned(), number(document.revision + 1));
    item.insert("data".to_owned(), json(&document.value));
    item
}

/// That the item is as it was read, or is not there if it was not.
const fn condition(revision: u64) -> &'static str {
    if revision == 0 { "attribute_not_exists(pk)" } else { "rev = :rev" }
}

fn read_with(revision: u64) -> Option<Attributes> {
    (revision > 0).then(|| Attributes::from([(":rev".to_owned(), number(revision))]))
}

/// Reads a document from an item.
pub(super) fn read<T: DeserializeOwned>(item: &Item) -> Result<Stored<T>, StoreError> {
    let revision = item.number("rev").ok_or_else(|| item.damaged("rev"))?;
    Ok(Stored { value: item.json("data")?, revision })
}
