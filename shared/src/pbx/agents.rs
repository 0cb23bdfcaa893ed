//! The lists of queue agents, page by page (docs/pbx.md §5.1). What an agent looks like is not documented: all guesses
//! stand here and in `wire::Agent`.

use super::error::PbxError;
use super::extensions::{ListPage, MAX_LABEL};
use super::session::Session;
use super::wire::{self, Loose};
use crate::model::agent::{AgentKey, AgentKind, AgentStatus, ListedAgent};
use crate::model::extension::Label;
use crate::model::ids::{AgentId, ExtensionId};
use crate::model::number::PhoneNumber;

/// Longer numbers are cut.
const MAX_NUMBER: usize = 40;

/// One page of a list of agents: what the PBX lists of each, and how they stand, if it says so.
pub type AgentsPage = ListPage<(ListedAgent, Option<AgentStatus>), AgentId>;

impl Session {
    /// One page of the account's local or remote agents; the first is 1.
    pub async fn agents_page(&self, kind: AgentKind, page: u32) -> Result<AgentsPage, PbxError> {
        let path = format!("client/@me/agent/{}/", kind.as_str());
        self.page(&path, page, AgentId::new, |item| agent(kind, item)).await
    }
}

fn agent(kind: AgentKind, item: &wire::Agent) -> Option<(ListedAgent, Option<AgentStatus>)> {
    let id = [&item.id, &item.agent_id].into_iter().find_map(Loose::number).and_then(AgentId::new)?;
    let text = |fields: &[&Loose], most: usize| -> Option<String> {
        fields.iter().find_map(|field| field.text()).map(|text| text.chars().take(most).collect())
    };
    let number = || text(&[&item.number, &item.agent_number, &item.phone], MAX_NUMBER);
    let listed = ListedAgent {
        key: AgentKey { kind, id },
        extension: item.extension_id.number().and_then(ExtensionId::new),
        number: match kind {
            // The extension has one.
            AgentKind::Local => None,
            AgentKind::Remote => number().map(PhoneNumber::new),
        },
        label: text(&[&item.label, &item.name], MAX_LABEL).map(Label::new),
    };
    let status = text(&[&item.status, &item.agent_status], MAX_LABEL).map(|text| AgentStatus::read(&text));
    // Another word may mean something else than whether they take calls, such as `active`.
    Some((listed, status.filter(|status| *status != AgentStatus::Unknown)))
}
