//! Calls: what the PBX tells of them ([`CallEvent`]) and what a CRM is told ([`CallRecord`]).

mod event;
pub(in crate::model) mod fields;
pub(in crate::model) mod form;
mod key;
mod kind;
mod leg;
mod record;

pub use event::{BundleInfo, CallEvent, CallStatus, EventKind, Flow};
pub use form::{MAX_EVENT_BYTES, MAX_EVENT_FIELDS, MalformedEvent};
pub use leg::{ArrivedEvent, Leg, LegExtension, MainExtension};
pub use record::{CallRecord, Direction, Outcome, RecordId, RecordKind, RecordPlace};
