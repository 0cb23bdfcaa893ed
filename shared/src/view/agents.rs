//! Queue agents: who takes calls, since when, and how their events are. Reading it asks the PBX nothing.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::extension::ExtensionEvents;
use crate::clock::Timestamp;
use crate::flow::connection::provision::{self, ExtensionState};
use crate::model::agent::{Agent as Stored, AgentKind, AgentList, AgentStatus};
use crate::model::extension::Extension;
use crate::model::ids::{ConnectionId, ExtensionId};
use crate::storage::{Store, StoreError};

/// The agents of a connection's queues.
#[derive(Clone, Serialize, ToSchema)]
pub struct Agents {
    /// Local ones first, by their ids.
    pub items: Vec<Agent>,
    /// Where the next page begins; there is one page.
    #[schema(required)]
    pub cursor: Option<String>,
    /// How far the PBX's lists of agents are read.
    pub list: AgentListing,
}

/// How far the PBX's lists of agents are read.
#[derive(Clone, Serialize, ToSchema)]
pub struct AgentListing {
    /// `none` while nobody uses anything or there is no queue.
    pub state: ExtensionState,
    /// When they were read last.
    #[schema(required, format = DateTime)]
    pub read_at: Option<String>,
    /// Why the PBX does not show agents, or not all; nothing else suffers from it.
    #[schema(required)]
    pub problem: Option<String>,
}

/// An agent of the PBX's queues.
#[derive(Clone, Serialize, ToSchema)]
// In the document by another name, which says of what.
#[schema(as = QueueAgent)]
pub struct Agent {
    /// Their id on the PBX, in the list of their kind.
    pub id: u64,
    /// Where they take calls: at an extension, or at an outside number.
    pub kind: AgentKind,
    /// The extension of a local one.
    #[schema(required)]
    pub extension_id: Option<u64>,
    /// The number of that extension, or the outside one.
    #[schema(required)]
    pub number: Option<String>,
    /// What the PBX calls them, or their extension.
    #[schema(required)]
    pub label: Option<String>,
    /// Who uses that extension in the CRM.
    #[schema(required)]
    pub crm_user: Option<String>,
    /// Whether they take calls.
    pub status: AgentStatus,
    /// Since when; null as long as no event told.
    #[schema(required, format = DateTime)]
    pub since: Option<String>,
    /// Our events on them.
    pub events: ExtensionEvents,
}

impl Agents {
    /// All that is known of a connection's agents, in two reads of the store.
    pub async fn load(store: &Store, id: ConnectionId) -> Result<Self, StoreError> {
        let agents = store.agents(id).await?;
        let extensions: Vec<_> = store.extensions(id).await?.into_iter().map(|one| one.value).collect();
        let agents_of = agents.items.iter().map(|agent| &agent.value);
        Ok(Self::of(&agents.list.value, agents_of, &extensions))
    }

    /// Agents with what is known of their extensions. One that the PBX no longer lists is shown while it is not settled
    /// what becomes of our events.
    pub fn of<'a>(
        list: &AgentList,
        agents: impl Iterator<Item = &'a Stored>,
        extensions: &[Extension],
    ) -> Self {
        let extensions: BTreeMap<_, _> = extensions.iter().map(|one| (one.listed.id, one)).collect();
        let shown =
            |agent: &&Stored| agent.present || provision::state(&agent.events) != ExtensionState::None;
        let items = agents.filter(shown).map(|agent| {
            let extension = agent.listed.extension.and_then(|id| extensions.get(&id).copied());
            Agent::of(agent, extension)
        });
        Self { items: items.collect(), cursor: None, list: AgentListing::from(list) }
    }
}

impl From<&AgentList> for AgentListing {
    fn from(list: &AgentList) -> Self {
        let state = match list {
            AgentList { problem: Some(_), .. } => ExtensionState::Failed,
            AgentList { work: Some(_), .. } => ExtensionState::Pending,
            AgentList { wanted: true, .. } => ExtensionState::Installed,
            AgentList { .. } => ExtensionState::None,
        };
        Self { state, read_at: list.read_at.map(Timestamp::rfc3339), problem: list.problem.clone() }
    }
}

impl Agent {
    fn of(agent: &Stored, extension: Option<&Extension>) -> Self {
        let listed = &agent.listed;
        let number = extension.map(|extension| extension.listed.number.to_string());
        let label = listed.label.as_ref();
        let label = label.or_else(|| extension.and_then(|extension| extension.listed.label.as_ref()));
        let user = extension.and_then(|extension| extension.crm_user.as_ref());
        Self {
            id: listed.key.id.get(),
            kind: listed.key.kind,
            extension_id: listed.extension.map(ExtensionId::get),
            number: number.or_else(|| listed.number.as_ref().map(|number| number.reveal().to_owned())),
            label: label.map(|label| label.reveal().to_owned()),
            crm_user: user.map(|user| user.as_str().to_owned()),
            status: agent.presence.map_or(AgentStatus::Unknown, |presence| presence.status),
            since: agent.presence.and_then(|presence| presence.since).map(Timestamp::rfc3339),
            events: ExtensionEvents::from(&agent.events),
        }
    }
}
