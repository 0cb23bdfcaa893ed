//! Agents of the PBX's queues: who they are, whether they take calls, and what we have installed on them (R4,
//! docs/pbx.md §5.1).

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::model::extension::{Label, Subscriptions, Work};
use crate::model::ids::{AgentId, ExtensionId};
use crate::model::number::PhoneNumber;

/// An event that arrives so much before the one that was stored last was not overtaken by it: the clock was set back.
const SET_BACK: Duration = Duration::from_mins(1);

/// Where an agent takes calls.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AgentKind {
    /// At an extension.
    Local,
    /// At an outside number.
    Remote,
}

impl AgentKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Local, Self::Remote];

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Remote => "remote",
        }
    }
}

/// Which agent. Nothing says that local and remote ones share their ids, so both parts are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AgentKey {
    /// Which list they are in.
    pub kind: AgentKind,
    /// Their id there.
    pub id: AgentId,
}

impl fmt::Display for AgentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.kind.as_str(), self.id)
    }
}

/// Whether an agent takes calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentStatus {
    /// They do.
    Available,
    /// They don't.
    LoggedOut,
    /// Nothing was told yet, or something that we don't know.
    Unknown,
}

impl AgentStatus {
    /// Reads the PBX's word; another one than the two that are documented says nothing.
    pub fn read(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            "available" => Self::Available,
            "logged_out" => Self::LoggedOut,
            _ => Self::Unknown,
        }
    }
}

/// What the PBX lists of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedAgent {
    /// Which.
    #[serde(flatten)]
    pub key: AgentKey,
    /// The extension of a local one.
    pub extension: Option<ExtensionId>,
    /// The number of a remote one.
    pub number: Option<PhoneNumber>,
    /// Their name, if the list has one; never logged.
    pub label: Option<Label>,
}

/// How an agent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// Whether they take calls.
    pub status: AgentStatus,
    /// Since when, if an event told; the list does not say.
    pub since: Option<Timestamp>,
    /// When it was last told, so that what was overtaken on its way changes nothing.
    pub told_at: Timestamp,
}

/// An agent as we keep them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// What the PBX last listed of them.
    #[serde(flatten)]
    pub listed: ListedAgent,
    /// Whether the PBX listed them the last time.
    pub present: bool,
    /// How they stand; nothing while we don't listen.
    pub presence: Option<Presence>,
    /// Our subscriptions on them.
    #[serde(default)]
    pub events: Subscriptions,
}

impl Agent {
    /// An agent who is seen for the first time.
    pub fn new(listed: ListedAgent) -> Self {
        Self { listed, present: true, presence: None, events: Subscriptions::default() }
    }

    /// Wants their events, or none any more: then how they stand is forgotten, since it would soon be wrong.
    pub fn want(&mut self, wanted: bool, now: Timestamp) {
        self.events.want(wanted, now);
        self.presence = self.presence.filter(|_| wanted);
    }

    /// What an event says that arrived then. The PBX sends none unless something changed, and says no time, so the
    /// order of arrival is all there is; a repeat leaves `since` as it was.
    pub fn hear(&mut self, status: AgentStatus, at: Timestamp) {
        let before = self.presence.filter(|before| at + SET_BACK > before.told_at);
        let since = match before {
            Some(before) if at < before.told_at => return,
            Some(before) if before.status == status => before.since.or(Some(at)),
            Some(_) | None => Some(at),
        };
        self.presence = Some(Presence { status, since, told_at: at });
    }

    /// What the PBX's list said when it was asked at that moment. Where it says something else than the last event,
    /// that of a later change was lost.
    pub fn take_listed(&mut self, listed: ListedAgent, status: Option<AgentStatus>, asked_at: Timestamp) {
        self.listed = listed;
        self.present = true;
        let Some(status) = status.filter(|_| self.events.wanted) else { return };
        if self.presence.is_none_or(|before| before.status != status && before.told_at < asked_at) {
            self.presence = Some(Presence { status, since: None, told_at: asked_at });
        }
    }
}

/// The PBX's lists of agents: whether we want to know them, and how far that is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentList {
    /// Whether agents are to send us events.
    pub wanted: bool,
    /// When the lists were last read.
    pub read_at: Option<Timestamp>,
    /// Reading that is left to do.
    pub work: Option<Work>,
    /// Why they can't be read; nothing is asked again until somebody acts.
    pub problem: Option<String>,
}

impl AgentList {
    /// Wants agents' events, or none any more. The lists are read when that begins.
    pub fn want(&mut self, wanted: bool, now: Timestamp) {
        if self.wanted != wanted {
            *self = Self {
                wanted,
                work: wanted.then_some(Work { failures: 0, not_before: now }),
                ..Self::default()
            };
        }
    }

    /// Whether reading is due.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.work.as_ref().is_some_and(|work| work.not_before <= now)
    }

    /// Nothing more is asked until a person acts.
    pub fn park(&mut self, problem: &str) {
        self.work = None;
        self.problem = Some(problem.to_owned());
    }

    /// A person wants what can't be read, or waits, to be tried now.
    pub fn ask_again(&mut self, now: Timestamp) {
        if self.problem.take().is_some() || self.work.is_some() {
            self.work = Some(Work { failures: 0, not_before: now });
        }
    }
}
