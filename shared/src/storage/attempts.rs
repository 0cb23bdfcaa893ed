//! Counters of failures, by what was knocked at and by whom: written only when somebody fails, and gone an hour later.

use std::time::Duration;

use aws_sdk_dynamodb::types::ReturnValue;

use super::item::{number, version};
use super::write::condition_failed;
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::model::secret::Digest;

impl Store {
    /// Counts a failure; answers how many there were until `forgotten_after` has passed without one.
    pub async fn count_attempt(
        &self,
        door: &str,
        who: &Digest,
        now: Timestamp,
        forgotten_after: Duration,
    ) -> Result<u32, StoreError> {
        let key = || Some(Self::key(&keys::attempts(door, who), keys::META));
        let expires = || number((now + forgotten_after).secs());
        let update = self.client.update_item().table_name(&self.table).set_key(key());
        let counted = update
            .update_expression("SET v = :v, expires_at = :expires ADD times :one")
            // What expired is removed hours later; until then it counts as gone.
            .condition_expression("attribute_not_exists(expires_at) OR expires_at > :now")
            .expression_attribute_values(":v", version())
            .expression_attribute_values(":expires", expires())
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":now", number(now.secs()))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        match counted {
            Ok(answer) => {
                let times =
                    answer.attributes.as_ref().and_then(|new| new.get("times")?.as_n().ok()?.parse().ok());
                Ok(times.unwrap_or(1))
            }
            Err(error) => {
                condition_failed(error)?;
                let anew = self.client.update_item().table_name(&self.table).set_key(key());
                anew.update_expression("SET v = :v, expires_at = :expires, times = :one")
                    .expression_attribute_values(":v", version())
                    .expression_attribute_values(":expires", expires())
                    .expression_attribute_values(":one", number(1))
                    .send()
                    .await
                    .map_err(StoreError::sdk)?;
                Ok(1)
            }
        }
    }
}
