//! What is stored of a call, as the flows see it: legs with their events, and records on their way.

use super::calls::Saved;
use super::item::{Attributes, Item};
use super::set_aside::Unreadable;
use super::{Store, StoreError, keys};
use crate::call::{ArrivedEvent, Leg, LegExtension, RecordId};
use crate::clock::Timestamp;
use crate::delivery::Delivery;
use crate::ids::{CallId, ConnectionId, LegId};

/// Prefix of the attributes that hold a leg's events, one each.
pub(super) const EVENT_PREFIX: &str = "e#";

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
    pub(super) revision: u64,
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
    pub unreadable: Vec<Unreadable>,
}

impl CallItems {
    /// Whether nothing is stored of the call.
    pub fn is_empty(&self) -> bool {
        self.legs.is_empty() && self.missed.record.delivery.is_none() && self.unreadable.is_empty()
    }
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

impl RecordHolder for LegItem {
    fn record(&self) -> &RecordItem {
        &self.record
    }

    fn record_mut(&mut self) -> &mut RecordItem {
        &mut self.record
    }

    async fn save(&self, store: &Store) -> Result<Saved<Self>, StoreError> {
        store.save(&self.record).await?.read(read_leg)
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
        store.save(&self.record).await?.read(|attributes| {
            // Somebody removed it: its place is free again.
            if attributes.is_empty() {
                return Ok(Self { record: blank(self.record.connection, self.record.id) });
            }
            read_missed(attributes)
        })
    }
}

impl RecordItem {
    /// The revision of the item that was read; grows with every write.
    pub const fn revision(&self) -> u64 {
        self.revision
    }
}

pub(super) fn blank(connection: ConnectionId, id: RecordId) -> RecordItem {
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

pub(super) fn read_record(item: &Item) -> Result<RecordItem, StoreError> {
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

pub(super) fn read_missed(attributes: Attributes) -> Result<MissedItem, StoreError> {
    Ok(MissedItem { record: read_record(&Item::new(attributes)?)? })
}

pub(super) fn read_leg(attributes: Attributes) -> Result<LegItem, StoreError> {
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
