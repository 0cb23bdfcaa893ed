//! Strangers of whom a contact is being made, or was a moment ago: of several processes one makes it. Nothing of it is
//! read or written where no contact is made.

use std::time::Duration;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;

use super::item::{Attributes, Item, number, text, version};
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::model::ids::ConnectionId;
use crate::model::secret::Digest;

/// How long a maker may take before another one may try.
const MAKING: Duration = Duration::from_secs(30);
/// How long a contact may be missing from a CRM's index.
const INDEX_LAG: Duration = Duration::from_mins(5);

/// Who may make a stranger's contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stranger {
    /// Whoever asked.
    Ours,
    /// Nobody: it was made a moment ago.
    Made(String),
    /// Somebody else is making it, until then at most.
    Busy(Timestamp),
}

impl Store {
    /// Begins to make a stranger's contact.
    pub async fn begin_stranger(
        &self,
        id: ConnectionId,
        who: &Digest,
        now: Timestamp,
    ) -> Result<Stranger, StoreError> {
        let put = self.client.put_item().table_name(&self.table);
        let answer = put
            .set_item(Some(item(id, who, now + MAKING)))
            .condition_expression("attribute_not_exists(pk) OR free_at <= :now")
            .expression_attribute_values(":now", number(now.micros()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else { return Ok(Stranger::Ours) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                let old = Item::new(failed.item.clone().ok_or(StoreError::Contended)?)?;
                let until = old.moment("free_at").unwrap_or(now);
                let made = old.text("contact").map(|contact| Stranger::Made(contact.to_owned()));
                Ok(made.unwrap_or(Stranger::Busy(until)))
            }
            _ => Err(StoreError::sdk(error)),
        }
    }

    /// Remembers a contact that was made, until the CRM's index surely has it.
    pub async fn end_stranger(
        &self,
        id: ConnectionId,
        who: &Digest,
        contact: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut item = item(id, who, now + INDEX_LAG);
        item.insert("contact".to_owned(), text(contact));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map(drop).map_err(StoreError::sdk)
    }
}

fn item(id: ConnectionId, who: &Digest, free_at: Timestamp) -> Attributes {
    let mut item = Store::key(&keys::connection(id), &keys::stranger(who));
    item.insert("v".to_owned(), version());
    item.insert("free_at".to_owned(), number(free_at.micros()));
    item.insert("expires_at".to_owned(), number(free_at.secs()));
    item
}
