//! Extensions, their event handlers and queue agents, as the REST API knows them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What an extension is (docs/pbx.md §3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExtensionKind {
    /// A person's terminal.
    Phone,
    /// A voice menu.
    Ivr,
    /// A call queue.
    Queue,
    /// A fax box.
    Fax,
}

impl fmt::Display for ExtensionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Phone => "phone",
            Self::Ivr => "ivr",
            Self::Queue => "queue",
            Self::Fax => "fax",
        })
    }
}

/// One extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Extension id, used in paths and in the events' `…ExtensionID`.
    pub id: u64,
    /// The part after the `*`.
    pub number: String,
    /// What it is.
    pub kind: ExtensionKind,
    /// `active` or `blocked`.
    pub status: String,
    /// Display name.
    pub label: Option<String>,
}

impl Extension {
    /// An active extension.
    pub fn new(id: u64, number: &str, kind: ExtensionKind, label: &str) -> Self {
        Self { id, number: number.into(), kind, status: "active".into(), label: Some(label.into()) }
    }
}

/// The call events that can be subscribed to (docs/pbx.md §4.2).
pub(super) const EXTENSION_EVENTS: [&str; 7] =
    ["dial-in", "dial-out", "hangup", "answer", "message-in", "message-out", "voicemail"];

/// The queue agents' events (docs/pbx.md §5.1).
pub(super) const AGENT_EVENTS: [&str; 2] = ["agent-login", "agent-logout"];

/// An event handler as the API lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handler {
    /// Unique on the platform.
    pub id: u64,
    /// Where the event is sent.
    pub url: String,
    /// The subscribed event.
    pub event_type: String,
    /// `GET` or `POST`.
    pub method: String,
}

/// Where a queue agent takes calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Place {
    /// At a phone.
    Local {
        /// Its extension id.
        extension_id: u64,
    },
    /// Outside.
    Remote {
        /// At this number.
        number: String,
    },
}

/// A queue agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Agent id.
    pub id: u64,
    /// Where they take calls.
    #[serde(flatten)]
    pub place: Place,
    /// Whether the agent takes calls (`available`) or not (`logged_out`).
    pub available: bool,
}

impl Agent {
    /// An agent at a phone, who is logged out.
    pub const fn new(id: u64, extension_id: u64) -> Self {
        Self { id, place: Place::Local { extension_id }, available: false }
    }

    /// An agent at an outside number, who is logged out.
    pub fn remote(id: u64, number: &str) -> Self {
        Self { id, place: Place::Remote { number: number.into() }, available: false }
    }

    /// The phone of a local one.
    pub const fn extension_id(&self) -> Option<u64> {
        match self.place {
            Place::Local { extension_id } => Some(extension_id),
            Place::Remote { .. } => None,
        }
    }

    /// Which list they are in.
    pub const fn kind(&self) -> &'static str {
        match self.place {
            Place::Local { .. } => "local",
            Place::Remote { .. } => "remote",
        }
    }

    /// The status as the API writes it.
    pub const fn status(&self) -> &'static str {
        if self.available { "available" } else { "logged_out" }
    }
}
