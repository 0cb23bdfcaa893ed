//! Kinds of extensions, and of the events that we want of each.

use serde::{Deserialize, Serialize};

/// What kind of object it is (R2, docs/pbx.md §3.3).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ExtensionKind {
    /// A person's terminal.
    Phone,
    /// A voice menu.
    Ivr,
    /// A call queue.
    Queue,
    /// A fax, or a kind that we don't know: left alone.
    Fax,
}

impl ExtensionKind {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Ivr => "ivr",
            Self::Queue => "queue",
            Self::Fax => "fax",
        }
    }

    /// The events that we want of it (R4).
    pub const fn wanted(self) -> &'static [SubscribedKind] {
        use SubscribedKind::{Answer, DialIn, DialOut, Hangup};
        match self {
            Self::Phone => &[DialIn, DialOut, Answer, Hangup],
            Self::Ivr | Self::Queue => &[Hangup],
            Self::Fax => &[],
        }
    }
}

/// The event kinds that we subscribe to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubscribedKind {
    /// An extension rings.
    DialIn,
    /// An extension dials.
    DialOut,
    /// A leg was taken.
    Answer,
    /// A leg ended.
    Hangup,
    /// A queue agent takes calls from now on.
    AgentLogin,
    /// A queue agent takes none any more.
    AgentLogout,
}

impl SubscribedKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::DialIn, Self::DialOut, Self::Answer, Self::Hangup, Self::AgentLogin, Self::AgentLogout];

    /// Its name on the wire (docs/pbx.md §4.2, §5.1).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DialIn => "dial-in",
            Self::DialOut => "dial-out",
            Self::Answer => "answer",
            Self::Hangup => "hangup",
            Self::AgentLogin => "agent-login",
            Self::AgentLogout => "agent-logout",
        }
    }
}
