//! One record with everything that is known of its call: the events it came from, every attempt.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::call::{Call, is_given_up, verdicts};
use crate::clock::Timestamp;
use crate::flow::CallDeps;
use crate::model::call::{ArrivedEvent, Leg, RecordId};
use crate::model::connection::Connection;
use crate::model::delivery::{Attempt as Tried, AttemptClass, Delivery as Stored, Progress};
use crate::model::extension::ExtensionKind;
use crate::storage::CallItems;

/// A record, or a leg without one, with everything that is known of its call.
#[derive(Clone, Serialize, ToSchema)]
pub struct CallDetail {
    /// As in the list.
    #[serde(flatten)]
    pub call: Call,
    /// What is known of its record only.
    #[serde(flatten)]
    // An absent part of a whole is no `null`: its fields are absent, each of them.
    #[schema(value_type = RecordDetail)]
    pub record: Option<RecordDetail>,
    /// The events of its call, in the order in which they happened.
    pub events: Vec<Event>,
}

/// More of a record; a leg without one has none of these fields.
#[derive(Clone, Serialize, ToSchema)]
pub struct RecordDetail {
    /// Grows when what is told changes.
    #[schema(required = false)]
    pub revision: u32,
    /// What the CRM calls its copy.
    #[schema(required = false)]
    pub crm_id: Option<String>,
    /// Made from the PBX's history, because the call's events never came.
    #[schema(required = false)]
    pub recovered: bool,
    /// Every attempt, the latest last.
    #[schema(required = false)]
    pub attempts: Vec<Attempt>,
    /// When somebody took it.
    #[schema(required = false, format = DateTime)]
    pub answered_at: Option<String>,
    /// When it ended.
    #[schema(required = false, format = DateTime)]
    pub ended_at: Option<String>,
    /// The public number that was dialled.
    #[schema(required = false)]
    pub did: Option<String>,
    /// Queues and menus on its way.
    #[schema(required = false)]
    pub via: Vec<String>,
    /// Whether a transfer brought it, or took it away.
    #[schema(required = false)]
    pub transferred: bool,
    /// The recording's id on the PBX.
    #[schema(required = false)]
    pub recording_id: Option<String>,
}

/// One attempt.
#[derive(Clone, Serialize, ToSchema)]
pub struct Attempt {
    /// When it began.
    #[schema(format = DateTime)]
    pub at: String,
    /// Which revision it carried.
    pub revision: u32,
    /// How it ended.
    pub class: AttemptClass,
    /// HTTP status, if an answer came.
    #[schema(required)]
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// In words.
    #[schema(required)]
    pub detail: Option<String>,
}

/// An event as the PBX sent it, and what it meant.
#[derive(Clone, Serialize, ToSchema)]
pub struct Event {
    /// When it arrived.
    #[schema(format = DateTime)]
    pub received_at: String,
    /// Whose.
    pub extension_id: u64,
    /// What that is.
    pub extension_type: ExtensionKind,
    /// The record of its leg.
    pub record_id: String,
    /// What it meant.
    #[schema(required)]
    pub verdict: Option<String>,
    /// The fields.
    pub fields: BTreeMap<String, String>,
}

impl CallDetail {
    /// Everything that is known of a record's call.
    pub fn of(call: &CallItems, id: RecordId, connection: &Connection, deps: &CallDeps) -> Option<Self> {
        let item = call.record(id)?;
        let (shown, record) = match &item.delivery {
            Some(delivery) => (Call::from(delivery), Some(RecordDetail::from(delivery))),
            None => (Call::unlogged(call, id, connection, deps)?, None),
        };
        let verdicts = verdicts(call, connection, deps);
        let phones = call.legs.iter().map(|item| (item.record.id, &item.leg, is_given_up(item)));
        let places = call.call.iter().flat_map(|call| &call.places);
        let places = places.map(|leg| {
            (RecordId::of_leg(connection.id, &leg.call_id, leg.extension.id, &leg.leg_id), leg, false)
        });
        let legs = phones.chain(places);
        let mut events: Vec<_> = legs
            .flat_map(|(id, leg, given_up)| {
                leg.events().iter().map(move |arrived| (id, leg, given_up, arrived))
            })
            .collect();
        events.sort_by_key(|(id, _, _, arrived)| (arrived.time(), *id));
        let events = events.iter().map(|(id, leg, given_up, arrived)| {
            let verdict = verdicts.as_ref().map(|verdicts| verdicts.on(leg, arrived, *given_up));
            Event::of(*id, leg, arrived, verdict)
        });
        Some(Self { call: shown, record, events: events.collect() })
    }
}

impl From<&Stored> for RecordDetail {
    fn from(delivery: &Stored) -> Self {
        let record = &delivery.record;
        Self {
            revision: delivery.revision,
            crm_id: delivery.progress.id(Progress::RECORD).map(str::to_owned),
            recovered: delivery.recovered,
            attempts: delivery.attempts.iter().map(Attempt::from).collect(),
            answered_at: record.answered_at.map(Timestamp::rfc3339),
            ended_at: record.ended_at.map(Timestamp::rfc3339),
            did: record.did.as_ref().map(|number| number.reveal().to_owned()),
            via: record.via.iter().map(|number| number.as_str().to_owned()).collect(),
            transferred: record.transferred,
            recording_id: record.recording_id.clone(),
        }
    }
}

impl From<&Tried> for Attempt {
    fn from(attempt: &Tried) -> Self {
        Self {
            at: attempt.at.rfc3339(),
            revision: attempt.revision,
            class: attempt.class,
            status: attempt.status,
            duration_ms: attempt.millis,
            detail: attempt.detail.clone(),
        }
    }
}

impl Event {
    fn of(id: RecordId, leg: &Leg, arrived: &ArrivedEvent, verdict: Option<String>) -> Self {
        Self {
            received_at: arrived.at.rfc3339(),
            extension_id: leg.extension.id.get(),
            extension_type: leg.extension.kind,
            record_id: id.to_string(),
            verdict,
            fields: arrived.event.raw().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        }
    }
}
