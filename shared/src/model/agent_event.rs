//! What the PBX tells of a queue agent (docs/pbx.md §5.1). Only what is kept is read: neither the agent's number nor
//! what changed their state.

use crate::model::agent::AgentStatus;
use crate::model::call::fields::Key;
use crate::model::call::{MalformedEvent, form};
use crate::model::ids::AgentId;

const AGENT_ID: Key = Key::new("agent_id");
const AGENT_STATUS: Key = Key::new("agent_status");

/// A login or a logout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentEvent {
    /// Who it names; the URL says who it is.
    pub agent: AgentId,
    /// How they stand now.
    pub status: AgentStatus,
}

impl AgentEvent {
    /// Reads a form body or a query string. Keys that are not needed are tolerated.
    pub fn parse(bytes: &[u8]) -> Result<Self, MalformedEvent> {
        let fields = form::decode(bytes)?;
        let value = |key| fields.get(key).map(str::trim).filter(|value| !value.is_empty());
        let agent = value(AGENT_ID).and_then(|text| text.parse().ok()).and_then(AgentId::new);
        let status = value(AGENT_STATUS).map(AgentStatus::read);
        match (agent, status) {
            (Some(agent), Some(status)) => Ok(Self { agent, status }),
            (_, _) => Err(MalformedEvent::NoAgent),
        }
    }
}
