//! What on the PBX sends us events by handlers of ours: an extension, or a queue agent.

use crate::model::agent::AgentKey;
use crate::model::extension::{ExtensionKind, SubscribedKind};
use crate::model::ids::ExtensionId;

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Emitter {
    /// An extension.
    Extension(ExtensionId),
    /// A queue agent.
    Agent(AgentKey),
}

impl From<ExtensionId> for Emitter {
    fn from(id: ExtensionId) -> Self {
        Self::Extension(id)
    }
}

impl From<AgentKey> for Emitter {
    fn from(key: AgentKey) -> Self {
        Self::Agent(key)
    }
}

/// What kind of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmitterKind {
    /// An extension.
    Extension(ExtensionKind),
    /// A queue agent, local or remote.
    Agent,
}

impl From<ExtensionKind> for EmitterKind {
    fn from(kind: ExtensionKind) -> Self {
        Self::Extension(kind)
    }
}

impl EmitterKind {
    /// The events that we want of it (R4).
    pub const fn wanted(self) -> &'static [SubscribedKind] {
        match self {
            Self::Extension(kind) => kind.wanted(),
            Self::Agent => &[SubscribedKind::AgentLogin, SubscribedKind::AgentLogout],
        }
    }

    /// What it is called in a sentence.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Extension(_) => "extension",
            Self::Agent => "queue agent",
        }
    }
}
