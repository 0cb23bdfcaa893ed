//! Calls: legs with their events, and records on their way. Every write but an event's own is conditional on the
//! revision that was read, so that no decision overwrites what it did not see (P2, P3).

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::batch::Key;
use super::item::{Attributes, Item, number, text, version};
use super::quarantine::Quarantined;
use super::record::{CallItem, CallItems, RecordItem, read_call, read_leg, read_record};
use super::write::{Saved, condition_failed};
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::model::call::{RecordId, RecordPlace};
use crate::model::ids::{CallId, ConnectionId};

/// Items of a call that a look reads at most, and no more than a megabyte of them, which is what one query brings: a
/// queue that rang twenty phones for five minutes. Each event of a call may ask for a look, so none may cost much.
pub const MOST_ITEMS: i32 = 400;

impl Store {
    /// Everything of a call, strongly consistent, as far as a look reads.
    pub async fn call(&self, connection: ConnectionId, call: [u8; 16]) -> Result<CallItems, StoreError> {
        let mut items = CallItems { legs: Vec::new(), call: None, unreadable: Vec::new(), last: None };
        let (found, last) = self.bounded(&keys::call(connection, call)).await?;
        items.last = last;
        for attributes in found {
            let sk = attributes.get("sk").and_then(|sk| sk.as_s().ok()).map_or("", String::as_str);
            let read = if sk == keys::CALL {
                read_call(attributes.clone()).map(|call| items.call = Some(call))
            } else {
                read_leg(attributes.clone()).map(|leg| items.legs.push(leg))
            };
            if let Err(error) = read {
                items.unreadable.push(Quarantined::new(&attributes, &error));
            }
        }
        items.legs.sort_by_key(|item| item.record.id);
        Ok(items)
    }

    /// The call as a whole, if anything concerned it.
    pub async fn whole_call(
        &self,
        connection: ConnectionId,
        call: [u8; 16],
    ) -> Result<Option<CallItem>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let key = Self::key(&keys::call(connection, call), keys::CALL);
        let answer = get.set_key(Some(key)).send().await.map_err(StoreError::sdk)?;
        answer.item.map(read_call).transpose()
    }

    /// The first items of a partition, and the sort key of the last of them if there are more.
    async fn bounded(&self, pk: &str) -> Result<(Vec<Attributes>, Option<String>), StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true).limit(MOST_ITEMS);
        let page = query
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(pk))
            .send()
            .await
            .map_err(StoreError::sdk)?;
        let last = page.last_evaluated_key.as_ref().and_then(sort_key);
        Ok((page.items.unwrap_or_default(), last))
    }

    /// Asks whether a call was missed: it is due then, unless it is due already. Answers the call as it is then.
    pub async fn ask(
        &self,
        connection: ConnectionId,
        call_id: &CallId,
        due_at: Timestamp,
        now: Timestamp,
    ) -> Result<CallItem, StoreError> {
        let set = "asked_at = if_not_exists(asked_at, :now), due_shard = if_not_exists(due_shard, :shard), \
                   due_at = if_not_exists(due_at, :due)";
        self.set_due(connection, call_id, set, due_at, now).await
    }

    /// Says that something of a call changed which may change what was decided for it: whoever decides on what was
    /// read before must look again. It is due then.
    pub async fn touch(
        &self,
        connection: ConnectionId,
        call_id: &CallId,
        due_at: Timestamp,
        now: Timestamp,
    ) -> Result<CallItem, StoreError> {
        let set = "asked_at = if_not_exists(asked_at, :now), due_shard = :shard, due_at = :due";
        self.set_due(connection, call_id, set, due_at, now).await
    }

    async fn set_due(
        &self,
        connection: ConnectionId,
        call_id: &CallId,
        set: &str,
        due_at: Timestamp,
        now: Timestamp,
    ) -> Result<CallItem, StoreError> {
        let pk = keys::call(connection, RecordId::call_key(connection, call_id));
        let update = self.client.update_item().table_name(&self.table);
        let answer = update
            .set_key(Some(Self::key(&pk, keys::CALL)))
            .update_expression(format!(
                "SET v = if_not_exists(v, :v), call_id = :call, expires_at = if_not_exists(expires_at, :expires), {set} ADD rev :one"
            ))
            .expression_attribute_values(":v", version())
            .expression_attribute_values(":call", text(call_id.as_str()))
            .expression_attribute_values(":expires", number((now + self.keep_calls).secs()))
            .expression_attribute_values(":now", number(now.micros()))
            .expression_attribute_values(":shard", text(keys::due_shard(&pk)))
            .expression_attribute_values(":due", number(due_at.micros()))
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(StoreError::sdk)?;
        read_call(answer.attributes.unwrap_or_default())
    }

    /// Some records, in the order asked for; missing and unreadable ones are left out.
    pub(super) async fn record_items(
        &self,
        connection: ConnectionId,
        ids: &[RecordId],
    ) -> Result<Vec<RecordItem>, StoreError> {
        let found = self.batch_get(ids.iter().map(|id| item_key(connection, *id)).collect()).await?;
        let read = |attributes| read_record(&Item::new(attributes).ok()?).ok();
        let mut found: Vec<_> = found.into_iter().filter_map(read).collect();
        found.sort_by_cached_key(|item| ids.iter().position(|id| *id == item.id));
        Ok(found)
    }

    /// Removes what is stored of a call.
    pub async fn delete_call(&self, items: &CallItems) -> Result<(), StoreError> {
        let legs = items.legs.iter().map(|leg| &leg.record);
        let all = legs.chain(items.call.iter().map(|call| &call.record));
        self.batch_delete(all.map(|record| item_key(record.connection, record.id)).collect()).await
    }

    /// How long calls are kept.
    pub const fn keep_calls(&self) -> Duration {
        self.keep_calls
    }

    pub(super) async fn save(
        &self,
        item: &RecordItem,
        more: Vec<(&'static str, AttributeValue)>,
    ) -> Result<Saved<Attributes>, StoreError> {
        let (pk, sk) = (keys::call(item.connection, item.id.call()), keys::record(item.id.place()));
        let mut set = vec!["v = :v".to_owned(), "call_id = :call".to_owned()];
        let mut remove = Vec::new();
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .expression_attribute_values(":v", version())
            .expression_attribute_values(":call", text(item.call_id.as_str()))
            .expression_attribute_values(":one", number(1));
        // Legs have had their time from their first event; what begins without one gets it here.
        set.push("expires_at = if_not_exists(expires_at, :expires)".to_owned());
        let expires_from = item.delivery.as_ref().map(|delivery| delivery.due_since).or(item.due_at);
        let expires = (expires_from.unwrap_or_default() + self.keep_calls).secs();
        update = update.expression_attribute_values(":expires", number(expires));
        for (name, value) in more {
            set.push(format!("{name} = :{name}"));
            update = update.expression_attribute_values(format!(":{name}"), value);
        }
        if let Some(due_at) = item.due_at {
            set.push("due_shard = :shard, due_at = :due".to_owned());
            update = update
                .expression_attribute_values(":shard", text(keys::due_shard(&pk)))
                .expression_attribute_values(":due", number(due_at.micros()));
        } else {
            remove.extend(["due_shard", "due_at"]);
        }
        if let Some(delivery) = &item.delivery {
            set.push("delivery = :delivery".to_owned());
            let delivery = super::compact::delivery(delivery, item.leg_id.as_ref());
            update = update.expression_attribute_values(":delivery", text(delivery));
        } else {
            remove.push("delivery");
        }
        match place_in_log(item) {
            Some((list, at)) => {
                set.push("list_pk = :list_pk, list_sk = :list_sk".to_owned());
                update = update
                    .expression_attribute_values(":list_pk", text(list))
                    .expression_attribute_values(":list_sk", text(keys::listed(at, item.id)));
            }
            None if item.id.place() == RecordPlace::Missed => remove.extend(["list_pk", "list_sk"]),
            None => {}
        }
        update = if item.revision == 0 {
            update.condition_expression("attribute_not_exists(rev)")
        } else {
            update
                .condition_expression("rev = :rev")
                .expression_attribute_values(":rev", number(item.revision))
        };
        let removed =
            if remove.is_empty() { String::new() } else { format!(" REMOVE {}", remove.join(", ")) };
        let answer = update
            .set_key(Some(Self::key(&pk, &sk)))
            .update_expression(format!("SET {}{removed} ADD rev :one", set.join(", ")))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(Saved::Done(answer.attributes.unwrap_or_default())),
            Err(error) => condition_failed(error).map(|old| Saved::Changed(old.unwrap_or_default())),
        }
    }
}

/// The sort key of a key.
pub(super) fn sort_key(key: &Attributes) -> Option<String> {
    key.get("sk")?.as_s().ok().cloned()
}

fn item_key(connection: ConnectionId, id: RecordId) -> Key {
    (keys::call(connection, id.call()), keys::record(id.place()))
}

/// Where the log lists it: among the records, or among what gave none.
fn place_in_log(item: &RecordItem) -> Option<(String, Timestamp)> {
    if let Some(delivery) = &item.delivery {
        return Some((keys::logged(item.connection), delivery.record.started_at));
    }
    Some((keys::unlogged(item.connection), item.unlogged_at?))
}
