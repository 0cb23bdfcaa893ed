//! Queue agents, and the lists that they come from.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::TransactWriteItem;

use super::document::{self, Stored};
use super::edit::if_changed;
use super::item::Item;
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::model::agent::{Agent, AgentKey, AgentList, AgentStatus};
use crate::model::connection::Connection;
use crate::model::extension::Admission;
use crate::model::ids::ConnectionId;
use crate::model::token::AgentToken;

/// All that is kept of a connection's agents.
#[derive(Clone, Debug)]
pub struct Agents {
    /// The lists.
    pub list: Stored<AgentList>,
    /// The agents, local ones first, by their ids.
    pub items: Vec<Stored<Agent>>,
}

/// Who sent an agent's event.
#[derive(Clone, Debug)]
pub struct AgentSender {
    /// The connection.
    pub connection: ConnectionId,
    /// The agent.
    pub agent: Stored<Agent>,
}

impl Store {
    /// The agents of a connection and their lists, in one query.
    pub async fn agents(&self, connection: ConnectionId) -> Result<Agents, StoreError> {
        let mut agents = Agents { list: Stored::new(AgentList::default()), items: Vec::new() };
        for attributes in self.partition(&keys::connection(connection), keys::AGENTS).await? {
            let item = Item::new(attributes)?;
            if item.key("sk") == keys::AGENTS {
                agents.list = document::read(&item)?;
            } else {
                agents.items.push(document::read(&item)?);
            }
        }
        agents.items.sort_by_key(|agent| agent.value.listed.key);
        Ok(agents)
    }

    /// Changes an agent, reading them again as often as somebody else was quicker; what changes nothing is not written.
    pub async fn update_agent(
        &self,
        connection: ConnectionId,
        agent: Stored<Agent>,
        change: impl Fn(&mut Agent) + Send + Sync,
    ) -> Result<Stored<Agent>, StoreError> {
        let sk = keys::agent(agent.value.listed.key);
        Ok(self.edit(connection, &sk, agent, |_| None, if_changed(change)).await?.document())
    }

    /// Changes what is known of the lists.
    pub async fn update_agent_list(
        &self,
        connection: ConnectionId,
        list: Stored<AgentList>,
        change: impl Fn(&mut AgentList) + Send + Sync,
    ) -> Result<Stored<AgentList>, StoreError> {
        Ok(self.edit(connection, keys::AGENTS, list, |_| None, if_changed(change)).await?.document())
    }

    /// Writes agents as a list told them, and then the list itself, as long as it is as it was read: what a mapping wants
    /// meanwhile is not overrun. Whether all was written.
    pub async fn save_listed_agents(
        &self,
        connection: ConnectionId,
        list: &Stored<AgentList>,
        agents: &[Stored<Agent>],
    ) -> Result<bool, StoreError> {
        let pk = keys::connection(connection);
        let writes = self.agent_writes(&pk, agents)?;
        let on = (pk.clone(), keys::AGENTS.to_owned());
        Ok(self.save_while(&writes, on, list.revision()).await?
            && self.write_together(vec![self.document_write(&pk, keys::AGENTS, list)?]).await?.is_empty())
    }

    pub(super) fn agent_writes(
        &self,
        pk: &str,
        agents: &[Stored<Agent>],
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let writes =
            agents.iter().map(|agent| self.document_write(pk, &keys::agent(agent.value.listed.key), agent));
        writes.collect()
    }

    /// Finds who a token belongs to, in one round trip. `None` for a token that is not, or no longer, in use.
    pub async fn agent_sender(&self, token: &AgentToken) -> Result<Option<AgentSender>, StoreError> {
        let pk = keys::connection(token.connection);
        let wanted =
            BTreeSet::from([(pk.clone(), keys::META.to_owned()), (pk.clone(), keys::agent(token.agent))]);
        let (mut connection, mut agent) = (None, None);
        for attributes in self.batch_get(wanted).await? {
            let item = Item::new(attributes)?;
            if item.key("sk") == keys::META {
                connection = Some(document::read::<Connection>(&item)?.value);
            } else {
                agent = Some(document::read::<Agent>(&item)?);
            }
        }
        let known = connection.filter(|connection| !connection.closing).zip(agent);
        let known =
            known.filter(|(_, agent)| agent.value.events.admits(&token.digest()) == Some(Admission::All));
        Ok(known.map(|(connection, agent)| AgentSender { connection: connection.id, agent }))
    }

    /// Stores what an event says of an agent, in one write unless somebody else was quicker.
    pub async fn hear_agent(
        &self,
        sender: AgentSender,
        status: AgentStatus,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let hear = |agent: &mut Agent| {
            if agent.events.wanted {
                agent.hear(status, at);
            }
        };
        self.update_agent(sender.connection, sender.agent, hear).await.map(drop)
    }

    /// Removes agents and the lists.
    pub async fn delete_agents(
        &self,
        connection: ConnectionId,
        agents: impl IntoIterator<Item = AgentKey>,
    ) -> Result<(), StoreError> {
        let pk = keys::connection(connection);
        let mut gone = BTreeSet::from([(pk.clone(), keys::AGENTS.to_owned())]);
        gone.extend(agents.into_iter().map(|key| (pk.clone(), keys::agent(key))));
        self.batch_delete(gone).await
    }
}
