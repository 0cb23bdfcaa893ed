//! Numbers that are being called: stored before the PBX is asked, so that a repeat rings nobody a second time.

use std::time::Duration;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use serde::{Deserialize, Serialize};

use super::item::{Item, json, number, version};
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::model::ids::{CallId, ConnectionId};
use crate::model::secret::Digest;

/// What became of a number that was to be called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dial {
    /// Who and which number: another wish under the same key is refused.
    pub wish: Digest,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// How it ended; none: it is under way, or its process died.
    pub end: Option<DialEnd>,
}

/// How a request to call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DialEnd {
    /// The PBX rings the phone; the `CallID` of the events that follow.
    Begun(CallId),
    /// It does not, and why.
    Failed(String),
}

impl Store {
    /// Begins to call, unless a wish under that key was begun within `window`: that one is answered then.
    pub async fn begin_dial(
        &self,
        id: ConnectionId,
        key: &Digest,
        dial: &Dial,
        window: Duration,
    ) -> Result<Option<Dial>, StoreError> {
        let begun = dial.begun_at;
        let put = self.client.put_item().table_name(&self.table);
        let answer = put
            .set_item(Some(dial_item(id, key, dial, window)))
            .condition_expression("attribute_not_exists(pk) OR begun_at <= :old")
            .expression_attribute_values(":old", number((begun - window).micros()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else { return Ok(None) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                let old = failed.item.clone().ok_or(StoreError::Contended)?;
                Item::new(old)?.json("data").map(Some)
            }
            _ => Err(StoreError::sdk(error)),
        }
    }

    /// Stores how it ended.
    pub async fn end_dial(
        &self,
        id: ConnectionId,
        key: &Digest,
        dial: &Dial,
        window: Duration,
    ) -> Result<(), StoreError> {
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(dial_item(id, key, dial, window)));
        put.send().await.map(drop).map_err(StoreError::sdk)
    }
}

fn dial_item(id: ConnectionId, key: &Digest, dial: &Dial, window: Duration) -> super::item::Attributes {
    let mut item = Store::key(&keys::connection(id), &keys::dial(key));
    item.insert("v".to_owned(), version());
    item.insert("begun_at".to_owned(), number(dial.begun_at.micros()));
    item.insert("data".to_owned(), json(dial));
    item.insert("expires_at".to_owned(), number((dial.begun_at + window).secs()));
    item
}
