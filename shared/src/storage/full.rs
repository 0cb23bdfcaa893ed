//! A call with more legs than a look reads: it is marked, so that no new ones come in, and whatever is due of those
//! beyond is taken off the index, some with each look, so that none of them is due for ever.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;

use super::calls::sort_key;
use super::item::{Attributes, number, text, version};
use super::write::condition_failed;
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::model::call::RecordId;
use crate::model::ids::{CallId, ConnectionId};

/// Legs beyond those that a look reads, of which one look takes what is due off the index.
const AT_ONCE: i32 = 200;
/// Up to which leg the looks have come; none once they have been at the end.
const REACHED: &str = "beyond";

impl Store {
    /// Marks a call of which a look read as far as `last`, and goes on taking what is due beyond off the index. Answers
    /// whether the mark is news.
    pub async fn mark_full(
        &self,
        connection: ConnectionId,
        call_id: &CallId,
        last: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let pk = keys::call(connection, RecordId::call_key(connection, call_id));
        let update = self.client.update_item().table_name(&self.table);
        let answer = update
            .set_key(Some(Self::key(&pk, keys::CALL)))
            .update_expression("SET v = if_not_exists(v, :v), call_id = :call, full_at = :now, expires_at = :expires ADD rev :one")
            .condition_expression("attribute_not_exists(full_at)")
            .expression_attribute_values(":v", version())
            .expression_attribute_values(":call", text(call_id.as_str()))
            .expression_attribute_values(":now", number(now.micros()))
            .expression_attribute_values(":expires", number((now + self.keep_calls).secs()))
            .expression_attribute_values(":one", number(1))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let (news, reached) = match answer {
            Ok(_) => (true, None),
            Err(error) => (false, condition_failed(error)?.and_then(|old| reached(&old))),
        };
        let from = reached.as_deref().filter(|reached| *reached > last).unwrap_or(last);
        let next = self.clear_beyond(&pk, from).await?;
        if next != reached {
            self.remember_reached(&pk, next).await?;
        }
        Ok(news)
    }

    /// Takes what is due of some legs off the index; answers the last of them if there are more.
    async fn clear_beyond(&self, pk: &str, from: &str) -> Result<Option<String>, StoreError> {
        let query = self.client.query().table_name(&self.table);
        let beyond = query
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(pk))
            .filter_expression("attribute_exists(due_at)")
            .projection_expression("pk, sk")
            .set_exclusive_start_key(Some(Self::key(pk, from)))
            .limit(AT_ONCE)
            .send()
            .await
            .map_err(StoreError::sdk)?;
        for key in beyond.items.unwrap_or_default() {
            let update = self.client.update_item().table_name(&self.table).set_key(Some(key));
            let update = update.update_expression("REMOVE due_shard, due_at ADD rev :one");
            update
                .expression_attribute_values(":one", number(1))
                .condition_expression("attribute_exists(pk)")
                .send()
                .await
                .map(drop)
                .or_else(|error| condition_failed(error).map(drop))?;
        }
        Ok(beyond.last_evaluated_key.as_ref().and_then(sort_key))
    }

    /// No revision: whoever decides on the call need not look again for this.
    async fn remember_reached(&self, pk: &str, reached: Option<String>) -> Result<(), StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update =
            update.set_key(Some(Self::key(pk, keys::CALL))).expression_attribute_names("#reached", REACHED);
        let update = match reached {
            Some(sk) => {
                update.update_expression("SET #reached = :sk").expression_attribute_values(":sk", text(sk))
            }
            None => update.update_expression("REMOVE #reached"),
        };
        let answer = update.condition_expression("attribute_exists(pk)").send().await;
        answer.map(drop).or_else(|error| condition_failed(error).map(drop))
    }
}

fn reached(old: &Attributes) -> Option<String> {
    old.get(REACHED)?.as_s().ok().cloned()
}
