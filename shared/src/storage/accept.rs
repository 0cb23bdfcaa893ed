//! An event is stored: one conditional write, after which it survives any crash (P1). The same write marks what is due
//! from it and what is told at once, and brings back all there is to decide on.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::item::{json, number, text, version};
use super::record::{self, CallItem, EVENT, LegItem, TOLD, WORD};
use super::unread::Unread;
use super::write::condition_failed;
use super::{Store, StoreError, compact, keys};
use crate::clock::Timestamp;
use crate::model::call::{ArrivedEvent, EventKind, LegExtension, MainExtension, RecordId};
use crate::model::ids::{ConnectionId, LegId};

/// Bytes of events that a leg's item takes, and a call's: the documented ones have some hundred together. A hangup
/// has room of its own, and so have the claim and the outcome of its record: an item holds 400 KiB.
pub const LEG_BYTES: usize = 32 * 1024;
/// What is kept of the room for hangups.
pub const HANGUP_BYTES: usize = 16 * 1024;

/// An event to be stored.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// Whose.
    pub connection: ConnectionId,
    /// The extension that posted it.
    pub extension: &'a LegExtension,
    /// The main extension that it named, checked.
    pub main: Option<&'a MainExtension>,
    /// The leg.
    pub leg: &'a LegId,
    /// The leg's record, if it gives one.
    pub record: RecordId,
    /// The event.
    pub event: &'a ArrivedEvent,
    /// When something is due from it.
    pub due: Due,
    /// What it tells at once: the place of the mark, and whether it is told or is too late for that.
    pub tells: Option<(usize, bool)>,
    /// The call has more legs than are looked at: no new ones.
    pub known_legs_only: bool,
}

/// When something is due from an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing is.
    Nothing,
    /// Then, unless something is due already.
    Unless(Timestamp),
    /// Then.
    At(Timestamp),
}

/// What became of an event.
#[derive(Clone, Debug)]
pub enum Accepted<T> {
    /// Stored; the item with all its events.
    New(Unread<T>),
    /// It was there already.
    Repeat(Unread<T>),
    /// Its leg, or its call, holds as much as is taken.
    Full,
}

/// The mark of an event that came too late to be told.
const TOO_LATE: &str = "late";

impl Store {
    /// Stores an event of a leg.
    pub async fn accept(&self, arrival: Arrival<'_>) -> Result<Accepted<LegItem>, StoreError> {
        let call = arrival.event.event.call_id();
        let id = arrival.record;
        let mut set = vec![
            "leg_id = :leg",
            "ext = :ext",
            "list_pk = if_not_exists(list_pk, :list), list_sk = if_not_exists(list_sk, :listed)",
        ];
        let mut update = self
            .begin(&keys::call(arrival.connection, id.call()), &keys::record(id.place()))
            .expression_attribute_values(":list", text(keys::live(arrival.connection)))
            .expression_attribute_values(":listed", text(keys::listed(arrival.event.at, id)))
            .expression_attribute_values(":leg", text(arrival.leg.as_str()))
            .expression_attribute_values(":ext", record::extension_attribute(arrival.extension))
            .expression_attribute_values(":event", text(compact::event(arrival.event, call, arrival.leg)));
        if let Some(main) = arrival.main {
            set.push("main = :main");
            update = update.expression_attribute_values(":main", json(&(main.id, &main.number)));
        }
        if let Some((mark, told)) = arrival.tells.and_then(|(at, told)| Some((TOLD.get(at)?, told))) {
            set.push("#told = if_not_exists(#told, :told)");
            let mark_value = if told { arrival.event.identity() } else { TOO_LATE };
            update = update
                .expression_attribute_names("#told", *mark)
                .expression_attribute_values(":told", text(mark_value));
        }
        self.store_event(update, EVENT, set, arrival).await
    }

    /// Stores an event of a queue or an IVR, with the call as a whole.
    pub async fn accept_word(&self, arrival: Arrival<'_>) -> Result<Accepted<CallItem>, StoreError> {
        let word = record::word(arrival.extension, arrival.leg, arrival.event);
        let update = self
            .begin(&keys::call(arrival.connection, arrival.record.call()), keys::CALL)
            .expression_attribute_values(":event", text(word));
        self.store_event(update, WORD, Vec::new(), arrival).await
    }

    fn begin(&self, pk: &str, sk: &str) -> UpdateItemFluentBuilder {
        self.client.update_item().table_name(&self.table).set_key(Some(Self::key(pk, sk)))
    }

    async fn store_event<T>(
        &self,
        mut update: UpdateItemFluentBuilder,
        prefix: char,
        mut set: Vec<&'static str>,
        arrival: Arrival<'_>,
    ) -> Result<Accepted<T>, StoreError> {
        let call = arrival.event.event.call_id();
        let pk = keys::call(arrival.connection, arrival.record.call());
        set.extend([
            "#event = :event",
            "v = if_not_exists(v, :v)",
            "call_id = :call",
            "expires_at = :expires",
        ]);
        let at = match arrival.due {
            Due::Nothing => None,
            Due::Unless(at) => {
                set.push(
                    "due_shard = if_not_exists(due_shard, :shard), due_at = if_not_exists(due_at, :due)",
                );
                Some(at)
            }
            Due::At(at) => {
                set.push("due_shard = :shard, due_at = :due");
                Some(at)
            }
        };
        if let Some(at) = at {
            update = update
                .expression_attribute_values(":shard", text(keys::due_shard(&pk)))
                .expression_attribute_values(":due", number(at.micros()));
        }
        let is_hangup = arrival.event.event.kind() == EventKind::Hangup;
        let room = if is_hangup { LEG_BYTES } else { LEG_BYTES - HANGUP_BYTES };
        let size: usize = arrival.event.event.raw().map(|(key, value)| key.len() + value.len()).sum();
        let known = if arrival.known_legs_only { " AND attribute_exists(pk)" } else { "" };
        let answer = update
            .update_expression(format!("SET {} ADD rev :one, event_bytes :size", set.join(", ")))
            .condition_expression(format!(
                "attribute_not_exists(#event) AND (attribute_not_exists(event_bytes) OR event_bytes < :room){known}"
            ))
            .expression_attribute_names("#event", format!("{prefix}{}", arrival.event.identity()))
            .expression_attribute_values(":v", version())
            .expression_attribute_values(":call", text(call.as_str()))
            .expression_attribute_values(":expires", number((arrival.event.at + self.keep_calls).secs()))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":size", number(size))
            .expression_attribute_values(":room", number(room.saturating_sub(size)))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(Accepted::New(Unread::new(answer.attributes.unwrap_or_default()))),
            Err(error) => {
                let old = condition_failed(error)?.unwrap_or_default();
                let there = old.contains_key(&format!("{prefix}{}", arrival.event.identity()));
                Ok(if there { Accepted::Repeat(Unread::new(old)) } else { Accepted::Full })
            }
        }
    }
}

impl LegItem {
    /// Whether this event is the one that tells the CRM at once.
    pub fn tells(&self, mark: usize, event: &ArrivedEvent) -> bool {
        self.told.get(mark).is_some_and(|told| told.as_deref() == Some(event.identity()))
    }

    /// Whether the CRM was told that it rings.
    pub fn rang(&self) -> bool {
        self.told.first().is_some_and(|told| told.as_deref().is_some_and(|told| told != TOO_LATE))
    }
}
