//! Calls: legs with their events, and records on their way. Every write but an event's own is conditional on the
//! revision that was read, so that no decision overwrites what it did not see (P2, P3).

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::item::{Attributes, Item, json, number, text, version};
use super::{Store, StoreError, keys};
use crate::call::{ArrivedEvent, Leg, LegExtension, RecordId, RecordPlace};
use crate::clock::Timestamp;
use crate::delivery::Delivery;
use crate::ids::{CallId, ConnectionId, LegId};

/// Prefix of the attributes that hold a leg's events, one each.
const EVENT_PREFIX: &str = "e#";

/// What legs and missed records have in common: a delivery, a due time, and the revision of the item.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordItem {
    /// Whose it is.
    pub connection: ConnectionId,
    /// Which record it would be.
    pub id: RecordId,
    /// The delivery, once there is a record.
    pub delivery: Option<Delivery>,
    /// When it must be looked at again.
    pub due_at: Option<Timestamp>,
    /// When ringing was told.
    pub ringing_told: Option<Timestamp>,
    /// When the answer was told.
    pub answered_told: Option<Timestamp>,
    revision: u64,
}

/// A leg as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct LegItem {
    /// Its record.
    pub record: RecordItem,
    /// The leg.
    pub leg: Leg,
}

/// The missed record of a call, or the place where it would be.
#[derive(Clone, Debug, PartialEq)]
pub struct MissedItem {
    /// Its record.
    pub record: RecordItem,
}

/// All that is stored of a call.
#[derive(Clone, Debug)]
pub struct CallItems {
    /// Its legs.
    pub legs: Vec<LegItem>,
    /// Its missed record.
    pub missed: MissedItem,
    /// Items that could not be read; the rest goes on.
    pub unreadable: Vec<String>,
}

/// An event was stored.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The leg with all its events.
    pub leg: LegItem,
    /// Whether the event is new; a repeat changes nothing.
    pub new: bool,
}

/// An item that holds a record: a leg, or a call's missed record. Written if nothing changed since it was read.
pub trait RecordHolder: Sized + Send + Sync {
    /// Its record.
    fn record(&self) -> &RecordItem;
    /// Its record, to be changed and saved.
    fn record_mut(&mut self) -> &mut RecordItem;
    /// Writes the delivery, the due time and the marks.
    fn save(&self, store: &Store) -> impl Future<Output = Result<Saved<Self>, StoreError>> + Send;
}

/// The end of a conditional write.
#[derive(Clone, Debug)]
pub enum Saved<T> {
    /// Written; the item as it is now.
    Done(T),
    /// Somebody else was quicker; the item as it is now.
    Changed(T),
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
                "SET #event = :event, v = :v, call_id = :call, leg_id = :leg, ext = :ext, \
                 due_shard = :shard, due_at = :due, expires_at = :expires ADD rev :one",
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
                read_missed(attributes).map(|missed| items.missed = missed)
            } else {
                read_leg(attributes).map(|leg| items.legs.push(leg))
            };
            if let Err(error) = read {
                items.unreadable.push(error.to_string());
            }
        }
        items.legs.sort_by_key(|item| item.record.id);
        Ok(items)
    }

    /// Some records, in the order asked for, in one batch (100 at most); missing and unreadable ones are left out.
    pub(super) async fn record_items(
        &self,
        connection: ConnectionId,
        ids: &[RecordId],
    ) -> Result<Vec<RecordItem>, StoreError> {
        let key = |id: &RecordId| Self::key(&keys::call(connection, id.call()), &keys::record(id.place()));
        let mut found = Vec::new();
        let mut wanted: Vec<_> = ids.iter().take(100).map(key).collect();
        while !wanted.is_empty() {
            let batch = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true);
            let batch = batch.build().map_err(StoreError::build)?;
            let answer = self.client.batch_get_item().request_items(&self.table, batch).send().await;
            let answer = answer.map_err(StoreError::sdk)?;
            let items = answer.responses.unwrap_or_default().remove(&self.table).unwrap_or_default();
            found.extend(
                items.into_iter().filter_map(|attributes| read_record(&Item::new(attributes).ok()?).ok()),
            );
            let left = answer.unprocessed_keys.and_then(|mut left| left.remove(&self.table));
            wanted = left.map_or_else(Vec::new, |left| left.keys);
        }
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

    async fn save(&self, item: &RecordItem) -> Result<Saved<Attributes>, StoreError> {
        let (pk, sk) = (keys::call(item.connection, item.id.call()), keys::record(item.id.place()));
        let mut set = vec!["v = :v", "expires_at = if_not_exists(expires_at, :expires)"];
        let mut remove = Vec::new();
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .expression_attribute_values(":v", version())
            .expression_attribute_values(":one", number(1));
        let expires_from = item.delivery.as_ref().map(|delivery| delivery.due_since).or(item.due_at);
        update = update.expression_attribute_values(
            ":expires",
            number((expires_from.unwrap_or_default() + self.keep_calls).secs()),
        );
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
                .expression_attribute_values(":list_pk", text(item.connection.to_string()))
                .expression_attribute_values(
                    ":list_sk",
                    text(keys::listed(delivery.record.started_at, item.id)),
                );
        } else {
            remove.extend(["delivery", "list_pk", "list_sk"]);
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

impl RecordHolder for LegItem {
    fn record(&self) -> &RecordItem {
        &self.record
    }

    fn record_mut(&mut self) -> &mut RecordItem {
        &mut self.record
    }

    async fn save(&self, store: &Store) -> Result<Saved<Self>, StoreError> {
        match store.save(&self.record).await? {
            Saved::Done(attributes) => read_leg(attributes).map(Saved::Done),
            Saved::Changed(attributes) => read_leg(attributes).map(Saved::Changed),
        }
    }
}

impl RecordHolder for MissedItem {
    fn record(&self) -> &RecordItem {
        &self.record
    }

    fn record_mut(&mut self) -> &mut RecordItem {
        &mut self.record
    }

    async fn save(&self, store: &Store) -> Result<Saved<Self>, StoreError> {
        match store.save(&self.record).await? {
            Saved::Done(attributes) => read_missed(attributes).map(Saved::Done),
            Saved::Changed(attributes) if attributes.is_empty() => {
                Ok(Saved::Changed(Self { record: blank(self.record.connection, self.record.id) }))
            }
            Saved::Changed(attributes) => read_missed(attributes).map(Saved::Changed),
        }
    }
}

impl RecordItem {
    /// The revision of the item that was read; grows with every write.
    pub const fn revision(&self) -> u64 {
        self.revision
    }
}

fn condition_failed(
    error: aws_sdk_dynamodb::error::SdkError<UpdateItemError>,
) -> Result<Option<Attributes>, StoreError> {
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(failed)) => Ok(failed.item.clone()),
        _ => Err(StoreError::sdk(error)),
    }
}

fn blank(connection: ConnectionId, id: RecordId) -> RecordItem {
    RecordItem {
        connection,
        id,
        delivery: None,
        due_at: None,
        ringing_told: None,
        answered_told: None,
        revision: 0,
    }
}

fn read_record(item: &Item) -> Result<RecordItem, StoreError> {
    let (connection, call) = keys::parse_call(&item.key("pk")).ok_or_else(|| item.damaged("pk"))?;
    let place = keys::parse_record(&item.key("sk")).ok_or_else(|| item.damaged("sk"))?;
    Ok(RecordItem {
        connection,
        id: RecordId::from_parts(call, place),
        delivery: item.optional_json("delivery")?,
        due_at: item.moment("due_at"),
        ringing_told: item.moment("told_ringing"),
        answered_told: item.moment("told_answered"),
        revision: item.number("rev").ok_or_else(|| item.damaged("rev"))?,
    })
}

fn read_missed(attributes: Attributes) -> Result<MissedItem, StoreError> {
    Ok(MissedItem { record: read_record(&Item::new(attributes)?)? })
}

fn read_leg(attributes: Attributes) -> Result<LegItem, StoreError> {
    let item = Item::new(attributes)?;
    let record = read_record(&item)?;
    let (id, kind, extension_number) = item.json("ext")?;
    let mut events = Vec::new();
    for stored in item.texts_with_prefix(EVENT_PREFIX) {
        events.push(serde_json::from_str::<ArrivedEvent>(stored).map_err(|_| item.damaged("event"))?);
    }
    events.sort_by_cached_key(|arrived| (arrived.time(), arrived.event.identity()));
    Ok(LegItem {
        record,
        leg: Leg {
            call_id: item.text("call_id").and_then(CallId::parse).ok_or_else(|| item.damaged("call_id"))?,
            leg_id: item.text("leg_id").and_then(LegId::parse).ok_or_else(|| item.damaged("leg_id"))?,
            extension: LegExtension { id, kind, number: extension_number },
            events,
        },
    })
}
