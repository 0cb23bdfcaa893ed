//! A leg: everything one extension said about one `SubCallID`.

use serde::{Deserialize, Serialize};

use super::CallEvent;
use crate::clock::Timestamp;
use crate::extension::ExtensionKind;
use crate::ids::{CallId, ExtensionId, LegId};
use crate::number::ExtensionNumber;

/// One leg of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The call.
    pub call_id: CallId,
    /// The leg.
    pub leg_id: LegId,
    /// Whose URL its events came to.
    pub extension: LegExtension,
    /// Its events; a set: neither order nor repeats matter (P2).
    pub events: Vec<ArrivedEvent>,
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

/// An event and when it first reached us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivedEvent {
    /// Arrival of its first copy.
    #[serde(rename = "a")]
    pub at: Timestamp,
    /// The event.
    #[serde(rename = "f")]
    pub event: CallEvent,
}

impl ArrivedEvent {
    /// When it happened: the PBX's time, else its arrival.
    pub fn time(&self) -> Timestamp {
        self.event.time().unwrap_or(self.at)
    }
}
