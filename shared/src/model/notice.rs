//! What a person should know and do. One line per cause: a repeat raises a count.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::model::agent::AgentKey;
use crate::model::ids::ExtensionId;

/// Why a person is told. The key of a notice is made of its cause, so a repeat finds the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum NoticeCause {
    /// The CRM refuses our credentials.
    CrmRefusedCredentials,
    /// The CRM serves nobody until its bill is paid.
    CrmUnpaid,
    /// The CRM's endpoint is gone or has failed for days.
    CrmEndpointDisabled,
    /// A record was refused for what it is.
    RecordRefused,
    /// A record's last attempt failed.
    GaveUp,
    /// The PBX refuses our credentials.
    PbxRefusedCredentials,
    /// The PBX denies what we need on every extension.
    PbxDenied,
    /// The PBX refuses an action on an extension.
    ExtensionProblem {
        /// Which.
        extension: ExtensionId,
    },
    /// The PBX's hourly limit is used up.
    PbxBudget,
    /// The PBX fails (5xx, timeouts).
    PbxFailing,
    /// An event URL brings more events than any extension has.
    EventFlood {
        /// Whose.
        extension: ExtensionId,
    },
    /// The event URL of a queue agent brings more events than any agent has.
    AgentFlood {
        /// Whose.
        agent: AgentKey,
    },
    /// A call has more events than are kept of one.
    CallFull,
    /// A call's end was never told.
    EndUnknown,
    /// The PBX's history can't be read.
    HistoryUnreadable,
    /// Somebody proved that the PBX account is theirs, and has the connection now.
    TakenOver,
}

impl NoticeCause {
    /// The stable key: also the notice's id in the API.
    pub fn key(&self) -> String {
        match self {
            Self::CrmRefusedCredentials => "crm-credentials".to_owned(),
            Self::CrmUnpaid => "crm-unpaid".to_owned(),
            Self::CrmEndpointDisabled => "crm-endpoint".to_owned(),
            Self::RecordRefused => "record-refused".to_owned(),
            Self::GaveUp => "gave-up".to_owned(),
            Self::PbxRefusedCredentials => "pbx-credentials".to_owned(),
            Self::PbxDenied => "pbx-denied".to_owned(),
            Self::ExtensionProblem { extension } => format!("extension-{extension}"),
            Self::PbxBudget => "pbx-budget".to_owned(),
            Self::PbxFailing => "pbx-failing".to_owned(),
            Self::EventFlood { extension } => format!("event-flood-{extension}"),
            Self::AgentFlood { agent } => format!("event-flood-agent-{agent}"),
            Self::CallFull => "call-full".to_owned(),
            Self::EndUnknown => "end-unknown".to_owned(),
            Self::HistoryUnreadable => "history-unreadable".to_owned(),
            Self::TakenOver => "taken-over".to_owned(),
        }
    }
}

/// How soon whoever wants it is told of a new notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// By the next retry run: calls or deliveries stop until somebody acts.
    AtOnce,
    /// Within a day, together with what else is new.
    Digest,
}

/// How long a digest gathers, from its first notice on. So there is one a day at most, and none without news, and nothing
/// is kept of the last one; a clock time in the connection's zone would need the world's zones in every binary.
pub const DIGEST_AFTER: Duration = Duration::from_hours(24);

impl NoticeCause {
    /// How soon they are told.
    pub const fn urgency(&self) -> Urgency {
        match self {
            Self::CrmRefusedCredentials
            | Self::CrmUnpaid
            | Self::CrmEndpointDisabled
            | Self::PbxRefusedCredentials
            | Self::PbxDenied
            // Who had the keys must know before whoever has them now changes more.
            | Self::TakenOver => Urgency::AtOnce,
            // One record, one phone, or what goes on by itself.
            Self::RecordRefused
            | Self::GaveUp
            | Self::ExtensionProblem { .. }
            | Self::PbxBudget
            | Self::PbxFailing
            | Self::EventFlood { .. }
            | Self::AgentFlood { .. }
            | Self::CallFull
            | Self::EndUnknown
            | Self::HistoryUnreadable => Urgency::Digest,
        }
    }

    /// When they are to be told of one that is raised now.
    pub fn told_at(&self, now: Timestamp) -> Timestamp {
        match self.urgency() {
            Urgency::AtOnce => now,
            Urgency::Digest => now + DIGEST_AFTER,
        }
    }
}

/// A notice that stands, and when somebody is to be told of it, if they have not been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The notice.
    pub notice: Notice,
    /// Its entry in the index of what is due.
    pub due_at: Option<Timestamp>,
}

/// What the administrator reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Why.
    #[serde(flatten)]
    pub cause: NoticeCause,
    /// What happened, in a sentence.
    pub text: String,
    /// What to do about it.
    pub advice: String,
    /// First time.
    pub first_at: Timestamp,
    /// Last time.
    pub last_at: Timestamp,
    /// How often.
    pub count: u64,
}
