//! A leg: everything one extension said about one `SubCallID`.

use std::cmp::Ordering;
use std::sync::OnceLock;
use std::time::Duration;

use super::{CallEvent, EventKind};
use crate::clock::Timestamp;
use crate::model::extension::ExtensionKind;
use crate::model::ids::{CallId, ExtensionId, LegId};
use crate::model::number::ExtensionNumber;

/// An `EventTime` further from its arrival than this is no time of the event: the PBX's clock is off, or the field is
/// damaged.
const OLDEST: Duration = Duration::from_hours(48);
const NEWEST: Duration = Duration::from_hours(24);

/// One leg of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The call.
    pub call_id: CallId,
    /// The leg.
    pub leg_id: LegId,
    /// Whose URL its events came to.
    pub extension: LegExtension,
    /// The main extension of an employee whose additional one this is, as its bundle information says
    /// (docs/pbx.md §6.5).
    pub main: Option<MainExtension>,
    /// The recording, when the history told it and no event did.
    pub late_recording: Option<String>,
    events: Vec<ArrivedEvent>,
}

/// The extension a leg belongs to, as far as the rules need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegExtension {
    /// Its id.
    pub id: ExtensionId,
    /// Its kind.
    pub kind: ExtensionKind,
    /// Its full number.
    pub number: ExtensionNumber,
}

/// A main extension, checked against the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MainExtension {
    /// Its id.
    pub id: ExtensionId,
    /// Its full number.
    pub number: ExtensionNumber,
}

/// An event and when it first reached us.
#[derive(Clone, Debug)]
pub struct ArrivedEvent {
    /// Arrival of its first copy.
    pub at: Timestamp,
    /// The event.
    pub event: CallEvent,
    time: Timestamp,
    /// Reckoned when it is first asked for, which only storing the event and a tie do.
    identity: OnceLock<String>,
}

impl Leg {
    /// A leg with these events; a set: neither order nor repeats matter (P2).
    pub fn new(
        call_id: CallId,
        leg_id: LegId,
        extension: LegExtension,
        main: Option<MainExtension>,
        mut events: Vec<ArrivedEvent>,
    ) -> Self {
        events.sort_by(|a, b| (a.weight(), a.time).cmp(&(b.weight(), b.time)).then_with(|| a.tie(b)));
        events.dedup_by(|a, b| a.event.is_same(&b.event));
        Self { call_id, leg_id, extension, main, late_recording: None, events }
    }

    /// Its events by weight: dials, then answers, then hangups, each kind from the earliest to the latest.
    pub fn events(&self) -> &[ArrivedEvent] {
        &self.events
    }
}

impl ArrivedEvent {
    /// An event that arrived then.
    pub fn new(at: Timestamp, event: CallEvent) -> Self {
        let told = event.time().filter(|told| *told >= at - OLDEST && *told <= at + NEWEST);
        Self { at, time: told.unwrap_or(at), identity: OnceLock::new(), event }
    }

    /// The same of an event whose identity is known.
    pub fn known(at: Timestamp, event: CallEvent, identity: String) -> Self {
        Self { identity: OnceLock::from(identity), ..Self::new(at, event) }
    }

    /// When it happened: the PBX's time if it can be, else its arrival.
    pub const fn time(&self) -> Timestamp {
        self.time
    }

    /// Whether [`ArrivedEvent::time`] is what the PBX said.
    pub fn has_own_time(&self) -> bool {
        self.event.time() == Some(self.time)
    }

    /// See [`CallEvent::identity`].
    pub fn identity(&self) -> &str {
        self.identity.get_or_init(|| self.event.identity())
    }

    /// An order of events that are alike in whatever they were compared by: of use only because it is always the same.
    pub fn tie(&self, other: &Self) -> Ordering {
        self.identity().cmp(other.identity())
    }

    const fn weight(&self) -> u8 {
        match self.event.kind() {
            EventKind::Other => 0,
            EventKind::DialIn | EventKind::DialOut => 1,
            EventKind::Answer => 2,
            EventKind::Hangup => 3,
        }
    }
}

impl PartialEq for ArrivedEvent {
    fn eq(&self, other: &Self) -> bool {
        (self.at, &self.event) == (other.at, &other.event)
    }
}

impl Eq for ArrivedEvent {}
