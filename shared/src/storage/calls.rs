//! Calls: legs with their events, and records on their way. Every write but an event's own is conditional on the
//! revision that was read, so that no decision overwrites what it did not see (P2, P3).

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::batch::Key;
use super::item::{Attributes, Item, json, number, text, version};
use super::record::{
    CallItems, EVENT_PREFIX, LegItem, MissedItem, RecordItem, blank, read_leg, read_missed, read_record,
};
use super::set_aside::Unreadable;
use super::{Store, StoreError, keys};
use crate::call::{ArrivedEvent, LegExtension, RecordId, RecordPlace};
use crate::clock::Timestamp;
use crate::ids::{ConnectionId, LegId};

/// An event was stored.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The leg with all its events.
    pub leg: LegItem,
    /// Whether the event is new; a repeat changes nothing.
    pub new: bool,
}

/// The end of a conditional write.
#[derive(Clone, Debug)]
pub enum Saved<T> {
    /// Written; the item as it is now.
    Done(T),
    /// Somebody else was quicker; the item as it is now.
    Changed(T),
}

impl<T> Saved<T> {
    /// The same end, with the item read.
    pub(super) fn read<U>(
        self,
        read: impl FnOnce(T) -> Result<U, StoreError>,
    ) -> Result<Saved<U>, StoreError> {
        match self {
            Self::Done(item) => read(item).map(Saved::Done),
            Self::Changed(item) => read(item).map(Saved::Changed),
        }
    }
}

impl Store {
    /// Stores an event, once, and marks its leg as due: one write, after which it survives any crash (P1).
    pub async fn accept(
        &self,
        connection: ConnectionId,
        extension: &LegExtension,
        leg: &LegId,
        arrived: &ArrivedEvent,
        due_at: Timestamp,
    ) -> Result<Accepted, StoreError> {
        let call = arrived.event.call_id();
        let id = RecordId::of_leg(connection, call, extension.id, leg);
        let (pk, sk) = (keys::call(connection, id.call()), keys::record(id.place()));
        let update = self.client.update_item().table_name(&self.table);
        let answer = update
            .set_key(Some(Self::key(&pk, &sk)))
            .update_expression(
                "SET #event = :event, v = if_not_exists(v, :v), call_id = :call, leg_id = :leg, ext = :ext, \
                 due_shard = :shard, due_at = :due, expires_at = :expires, \
                 list_pk = if_not_exists(list_pk, :list_pk), list_sk = if_not_exists(list_sk, :list_sk) \
                 ADD rev :one",
            )
            .condition_expression("attribute_not_exists(#event)")
            .expression_attribute_names("#event", format!("{EVENT_PREFIX}{}", arrived.event.identity()))
            .expression_attribute_values(":event", json(arrived))
            .expression_attribute_values(":v", version())
            .expression_attribute_values(":call", text(call.as_str()))
            .expression_attribute_values(":leg", text(leg.as_str()))
            .expression_attribute_values(":ext", json(&(extension.id, extension.kind, &extension.number)))
            .expression_attribute_values(":shard", text(keys::due_shard(&pk)))
            .expression_attribute_values(":due", number(due_at.micros()))
            .expression_attribute_values(":expires", number((arrived.at + self.keep_calls).secs()))
            .expression_attribute_values(":list_pk", text(keys::unlogged(connection)))
            .expression_attribute_values(":list_sk", text(keys::listed(arrived.at, id)))
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                let leg = read_leg(answer.attributes.unwrap_or_default())?;
                Ok(Accepted { leg, new: true })
            }
            Err(error) => match condition_failed(error)? {
                Some(attributes) => Ok(Accepted { leg: read_leg(attributes)?, new: false }),
                None => Err(StoreError::Contended),
            },
        }
    }

    /// Everything of a call, strongly consistent.
    pub async fn call(&self, connection: ConnectionId, call: [u8; 16]) -> Result<CallItems, StoreError> {
        let mut items = CallItems {
            legs: Vec::new(),
            missed: MissedItem { record: blank(connection, RecordId::from_parts(call, RecordPlace::Missed)) },
            unreadable: Vec::new(),
        };
        for attributes in self.partition(&keys::call(connection, call), "").await? {
            let is_missed =
                attributes.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| sk == keys::MISSED);
            let read = if is_missed {
                read_missed(attributes.clone()).map(|missed| items.missed = missed)
            } else {
                read_leg(attributes.clone()).map(|leg| items.legs.push(leg))
            };
            if let Err(error) = read {
                items.unreadable.push(Unreadable::new(&attributes, &error));
            }
        }
        items.legs.sort_by_key(|item| item.record.id);
        Ok(items)
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
        for record in items.legs.iter().map(|leg| &leg.record).chain([&items.missed.record]) {
            self.delete(&keys::call(record.connection, record.id.call()), &keys::record(record.id.place()))
                .await?;
        }
        Ok(())
    }

    pub(super) async fn save(&self, item: &RecordItem) -> Result<Saved<Attributes>, StoreError> {
        let (pk, sk) = (keys::call(item.connection, item.id.call()), keys::record(item.id.place()));
        let mut set = vec!["v = :v", "expires_at = if_not_exists(expires_at, :expires)"];
        let mut remove = Vec::new();
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .expression_attribute_values(":v", version())
            .expression_attribute_values(":one", number(1));
        // Legs have had their time from their first event; a missed record gets it here.
        let expires_from = item.delivery.as_ref().map(|delivery| delivery.due_since).or(item.due_at);
        let expires = (expires_from.unwrap_or_default() + self.keep_calls).secs();
        update = update.expression_attribute_values(":expires", number(expires));
        if let Some(due_at) = item.due_at {
            set.extend(["due_shard = :shard", "due_at = :due"]);
            update = update
                .expression_attribute_values(":shard", text(keys::due_shard(&pk)))
                .expression_attribute_values(":due", number(due_at.micros()));
        } else {
            remove.extend(["due_shard", "due_at"]);
        }
        if let Some(delivery) = &item.delivery {
            set.extend(["delivery = :delivery", "list_pk = :list_pk", "list_sk = :list_sk"]);
            update = update
                .expression_attribute_values(":delivery", json(delivery))
                .expression_attribute_values(":list_pk", text(keys::logged(item.connection)))
                .expression_attribute_values(
                    ":list_sk",
                    text(keys::listed(delivery.record.started_at, item.id)),
                );
        } else {
            // A leg stays in the list of those that gave no record.
            remove.push("delivery");
        }
        if let Some(at) = item.ringing_told {
            set.push("told_ringing = :ringing");
            update = update.expression_attribute_values(":ringing", number(at.micros()));
        }
        if let Some(at) = item.answered_told {
            set.push("told_answered = :answered");
            update = update.expression_attribute_values(":answered", number(at.micros()));
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

fn item_key(connection: ConnectionId, id: RecordId) -> Key {
    (keys::call(connection, id.call()), keys::record(id.place()))
}

pub(super) fn condition_failed(
    error: aws_sdk_dynamodb::error::SdkError<UpdateItemError>,
) -> Result<Option<Attributes>, StoreError> {
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(failed)) => Ok(failed.item.clone()),
        _ => Err(StoreError::sdk(error)),
    }
}
