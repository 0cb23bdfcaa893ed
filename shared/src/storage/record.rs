//! What is stored of a call, as the flows see it: legs with their events, the call as a whole, and records on their way.

use super::crm::Dialled;
use super::item::{Attributes, Item, json, text};
use super::quarantine::Quarantined;
use super::write::Saved;
use super::{Store, StoreError, compact, keys};
use crate::clock::Timestamp;
use crate::model::call::{Flow, Leg, LegExtension, MainExtension, RecordId};
use crate::model::delivery::{Delivery, Progress};
use crate::model::extension::ExtensionKind;
use crate::model::history::Evidence;
use crate::model::ids::{CallId, ConnectionId, ExtensionId, LegId};
use crate::model::number::ExtensionNumber;

/// Prefix of the attributes that hold a leg's events, one each.
pub(super) const EVENT: char = 'e';
/// The same for the events of a call's queues and IVRs.
pub(super) const WORD: char = 'w';
/// The marks of what was told at once of a leg.
pub(super) const TOLD: [&str; 3] = ["told_ringing", "told_answered", "told_stopped"];

/// What legs and calls have in common: a delivery, a due time, and the revision of the item.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordItem {
    /// Whose it is.
    pub connection: ConnectionId,
    /// Which record it would be.
    pub id: RecordId,
    /// The call.
    pub call_id: CallId,
    /// The leg; none for the call as a whole.
    pub leg_id: Option<LegId>,
    /// The delivery, once there is a record.
    pub delivery: Option<Delivery>,
    /// What the CRM called it while it rang.
    pub crm: Progress,
    /// When it must be looked at again.
    pub due_at: Option<Timestamp>,
    /// When it turned out to give no record; the log lists it by this.
    pub unlogged_at: Option<Timestamp>,
    pub(super) revision: u64,
}

/// A leg as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct LegItem {
    /// Its record.
    pub record: RecordItem,
    /// The leg.
    pub leg: Leg,
    /// Which events told the CRM at once: of its ringing, of its answer, of its end in vain.
    pub told: [Option<String>; 3],
}

/// A call as a whole as stored, or the place where it would be.
#[derive(Clone, Debug, PartialEq)]
pub struct CallItem {
    /// Its missed record.
    pub record: RecordItem,
    /// What its queues and IVRs said, as legs of theirs.
    pub places: Vec<Leg>,
    /// What the PBX's history told of it.
    pub evidence: Option<Evidence>,
    /// Whether something asked if it was missed.
    pub asked: bool,
    /// Whether it has so many legs that no more are taken.
    pub full: bool,
    /// What the CRM calls it, if it was begun there.
    pub dialled: Option<Dialled>,
}

/// All that is stored of a call.
#[derive(Clone, Debug)]
pub struct CallItems {
    /// Its legs.
    pub legs: Vec<LegItem>,
    /// The call as a whole; none if nothing concerned it.
    pub call: Option<CallItem>,
    /// Items that could not be read; the rest goes on.
    pub unreadable: Vec<Quarantined>,
    /// The sort key of the last leg that was read, if there are more than are looked at.
    pub last: Option<String>,
}

impl CallItems {
    /// Whether nothing is stored of the call.
    pub fn is_empty(&self) -> bool {
        self.legs.is_empty() && self.call.is_none() && self.unreadable.is_empty()
    }

    /// The call's id, if anything says it.
    pub fn call_id(&self) -> Option<&CallId> {
        let call = self.call.as_ref().map(|call| &call.record.call_id);
        call.or_else(|| self.legs.first().map(|item| &item.leg.call_id))
    }

    /// Its legs as the rules read them: those of phones with events, and what its queues and IVRs said.
    pub fn spoken(&self) -> Vec<&Leg> {
        let phones = self.legs.iter().map(|item| &item.leg).filter(|leg| !leg.events().is_empty());
        phones.chain(self.call.iter().flat_map(|call| &call.places)).collect()
    }

    /// What the PBX's history told of it.
    pub fn evidence(&self) -> Option<&Evidence> {
        self.call.as_ref()?.evidence.as_ref()
    }

    /// The record item of that id.
    pub fn record(&self, id: RecordId) -> Option<&RecordItem> {
        let legs = self.legs.iter().map(|leg| &leg.record);
        legs.chain(self.call.iter().map(|call| &call.record)).find(|record| record.id == id)
    }
}

impl CallItem {
    /// A call of which nothing is stored yet.
    pub fn blank(connection: ConnectionId, call_id: &CallId) -> Self {
        let id = RecordId::of_missed(connection, call_id);
        Self {
            record: blank(connection, id, call_id, None),
            places: Vec::new(),
            evidence: None,
            asked: false,
            full: false,
            dialled: None,
        }
    }

    /// Whether an event of a leg may change what was decided for the call: the whole of it is looked at then.
    pub fn is_concerned(&self) -> bool {
        let said_no = self.places.iter().flat_map(Leg::events).any(|one| one.event.bridged() == Some(false));
        said_no
            || self.asked
            || self.evidence.is_some()
            || self.record.delivery.is_some()
            || self.record.due_at.is_some()
    }
}

impl LegItem {
    /// Knows what the CRM calls the call, where its own phone was rung by a click there.
    pub fn begun_in_crm(&mut self, call: Option<&CallItem>) {
        let dialled = call.and_then(|call| call.dialled.as_ref());
        let dialled =
            dialled.filter(|one| one.extension == self.leg.extension.id && self.record.crm.is_empty());
        let outward = self.leg.events().iter().any(|one| one.event.flow() == Some(Flow::Out));
        if let Some(dialled) = dialled.filter(|_| outward) {
            self.record.crm = dialled.progress.clone();
        }
    }

    /// A leg of which only the history tells.
    pub fn of_history(connection: ConnectionId, call: &CallId, leg: &LegId, extension: LegExtension) -> Self {
        let id = RecordId::of_leg(connection, call, extension.id, leg);
        Self {
            record: blank(connection, id, call, Some(leg)),
            leg: Leg::new(call.clone(), leg.clone(), extension, None, Vec::new()),
            told: [None, None, None],
        }
    }
}

/// An item that holds a record: a leg, or a call as a whole. Written if nothing changed since it was read.
pub trait RecordHolder: Sized + Send + Sync {
    /// Its record.
    fn record(&self) -> &RecordItem;
    /// Its record, to be changed and saved.
    fn record_mut(&mut self) -> &mut RecordItem;
    /// Writes the delivery and the due time.
    fn save(&self, store: &Store) -> impl Future<Output = Result<Saved<Self>, StoreError>> + Send;
}

impl RecordHolder for LegItem {
    fn record(&self) -> &RecordItem {
        &self.record
    }

    fn record_mut(&mut self) -> &mut RecordItem {
        &mut self.record
    }

    async fn save(&self, store: &Store) -> Result<Saved<Self>, StoreError> {
        let mut more = vec![
            ("leg_id", text(self.leg.leg_id.as_str())),
            ("ext", extension_attribute(&self.leg.extension)),
        ];
        if let Some(recording) = &self.leg.late_recording {
            more.push(("recording", text(recording)));
        }
        // Somebody removed it: there is nothing to merge with.
        let read = |attributes: Attributes| {
            if attributes.is_empty() { Err(StoreError::Contended) } else { read_leg(attributes) }
        };
        store.save(&self.record, more).await?.read(read)
    }
}

impl RecordHolder for CallItem {
    fn record(&self) -> &RecordItem {
        &self.record
    }

    fn record_mut(&mut self) -> &mut RecordItem {
        &mut self.record
    }

    async fn save(&self, store: &Store) -> Result<Saved<Self>, StoreError> {
        let mut more = Vec::new();
        if let Some(evidence) = &self.evidence {
            more.push(("evidence", json(evidence)));
        }
        store.save(&self.record, more).await?.read(|attributes| {
            // Somebody removed it: its place is free again.
            if attributes.is_empty() {
                return Ok(Self::blank(self.record.connection, &self.record.call_id));
            }
            read_call(attributes)
        })
    }
}

impl RecordItem {
    /// The revision of the item that was read; grows with every write.
    pub const fn revision(&self) -> u64 {
        self.revision
    }
}

fn blank(connection: ConnectionId, id: RecordId, call: &CallId, leg: Option<&LegId>) -> RecordItem {
    RecordItem {
        connection,
        id,
        call_id: call.clone(),
        leg_id: leg.cloned(),
        delivery: None,
        crm: Progress::default(),
        due_at: None,
        unlogged_at: None,
        revision: 0,
    }
}

/// The extension of a leg, as an attribute.
pub(super) fn extension_attribute(extension: &LegExtension) -> aws_sdk_dynamodb::types::AttributeValue {
    json(&(extension.id, extension.kind, &extension.number))
}

pub(super) fn read_record(item: &Item) -> Result<RecordItem, StoreError> {
    let (connection, call) = keys::parse_call(&item.key("pk")).ok_or_else(|| item.damaged("pk"))?;
    let place = keys::parse_record(&item.key("sk")).ok_or_else(|| item.damaged("sk"))?;
    let id = RecordId::from_parts(call, place);
    let call_id = item.text("call_id").and_then(CallId::parse).ok_or_else(|| item.damaged("call_id"))?;
    let leg_id = item.text("leg_id").map(|leg| LegId::parse(leg).ok_or_else(|| item.damaged("leg_id")));
    let leg_id = leg_id.transpose()?;
    let read = |text| {
        compact::read_delivery(text, id, &call_id, leg_id.as_ref()).ok_or_else(|| item.damaged("delivery"))
    };
    Ok(RecordItem {
        connection,
        id,
        delivery: item.text("delivery").map(read).transpose()?,
        crm: item.optional_json("crm")?.unwrap_or_default(),
        due_at: item.moment("due_at"),
        unlogged_at: None,
        revision: item.number("rev").ok_or_else(|| item.damaged("rev"))?,
        call_id,
        leg_id,
    })
}

/// Reads a call as a whole. The events of its queues and IVRs stand each with whose they are.
pub(super) fn read_call(attributes: Attributes) -> Result<CallItem, StoreError> {
    let item = Item::new(attributes)?;
    let record = read_record(&item)?;
    let mut places: Vec<(LegExtension, LegId, Vec<_>)> = Vec::new();
    for stored in item.events(WORD) {
        let (extension, leg, event) =
            read_word(stored, &record.call_id).ok_or_else(|| item.damaged("event"))?;
        match places.iter_mut().find(|(known, id, _)| known.id == extension.id && *id == leg) {
            Some((.., events)) => events.push(event),
            None => places.push((extension, leg, vec![event])),
        }
    }
    let call = &record.call_id;
    let legs = places.into_iter();
    let mut places: Vec<_> =
        legs.map(|(extension, leg, events)| Leg::new(call.clone(), leg, extension, None, events)).collect();
    places.sort_by(|a, b| a.leg_id.cmp(&b.leg_id));
    Ok(CallItem {
        places,
        evidence: item.optional_json("evidence")?,
        asked: item.moment("asked_at").is_some(),
        full: item.moment("full_at").is_some(),
        dialled: item.optional_json("dialled")?,
        record,
    })
}

type Word = (LegExtension, LegId, crate::model::call::ArrivedEvent);

/// An event of a queue or IVR, with whose it is in front.
pub(super) fn word(
    extension: &LegExtension,
    leg: &LegId,
    event: &crate::model::call::ArrivedEvent,
) -> String {
    let LegExtension { id, kind, number } = extension;
    let text = compact::event(event, event.event.call_id(), leg);
    format!("{id}|{}|{number}|{leg}\n{text}", kind.as_str())
}

fn read_word((identity, stored): (&str, &str), call: &CallId) -> Option<Word> {
    let (head, text) = stored.split_once('\n')?;
    let mut parts = head.splitn(4, '|');
    let id: ExtensionId = parts.next()?.parse().ok()?;
    let kind = match parts.next()? {
        "queue" => ExtensionKind::Queue,
        "ivr" => ExtensionKind::Ivr,
        _ => return None,
    };
    let number = ExtensionNumber::parse(parts.next()?)?;
    let leg = LegId::parse(parts.next()?)?;
    let event = compact::read_event((identity, text), call, &leg)?;
    Some((LegExtension { id, kind, number }, leg, event))
}

pub(super) fn read_leg(attributes: Attributes) -> Result<LegItem, StoreError> {
    let item = Item::new(attributes)?;
    let record = read_record(&item)?;
    let leg_id = record.leg_id.clone().ok_or_else(|| item.damaged("leg_id"))?;
    let (id, kind, number) = item.json("ext")?;
    let main: Option<(ExtensionId, ExtensionNumber)> = item.optional_json("main")?;
    let mut events = Vec::new();
    for stored in item.events(EVENT) {
        let event = compact::read_event(stored, &record.call_id, &leg_id);
        events.push(event.ok_or_else(|| item.damaged("event"))?);
    }
    let main = main.map(|(id, number)| MainExtension { id, number });
    let extension = LegExtension { id, kind, number };
    let mut leg = Leg::new(record.call_id.clone(), leg_id, extension, main, events);
    leg.late_recording = item.text("recording").map(str::to_owned);
    Ok(LegItem { record, leg, told: TOLD.map(|mark| item.text(mark).map(str::to_owned)) })
}
