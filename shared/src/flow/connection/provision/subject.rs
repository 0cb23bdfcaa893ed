//! What a run works on, one after the other: an extension or a queue agent. They differ in where they are kept and in
//! what a person is told; what is done on the PBX is the same.

use crate::flow::deps::SettingsDeps;
use crate::model::agent::Agent;
use crate::model::emitter::{Emitter, EmitterKind};
use crate::model::extension::{Extension, Subscriptions};
use crate::model::ids::ConnectionId;
use crate::model::secret::{Digest, Secret};
use crate::model::token::{AgentToken, EventToken};
use crate::storage::{StoreError, Stored};

/// One of them, as it was read.
#[derive(Clone)]
pub(super) enum Subject {
    /// An extension.
    Extension(Box<Stored<Extension>>),
    /// A queue agent.
    Agent(Box<Stored<Agent>>),
}

impl Subject {
    /// Which it is.
    pub(super) fn emitter(&self) -> Emitter {
        match self {
            Self::Extension(extension) => extension.value.listed.id.into(),
            Self::Agent(agent) => agent.value.listed.key.into(),
        }
    }

    /// What kind of it.
    pub(super) fn kind(&self) -> EmitterKind {
        match self {
            Self::Extension(extension) => extension.value.listed.kind.into(),
            Self::Agent(_) => EmitterKind::Agent,
        }
    }

    /// What we have on it.
    pub(super) fn events(&self) -> &Subscriptions {
        match self {
            Self::Extension(extension) => &extension.value.events,
            Self::Agent(agent) => &agent.value.events,
        }
    }

    /// A new token for its event URL, and what is stored of it.
    pub(super) fn new_token(&self, deps: &SettingsDeps, connection: ConnectionId) -> (Secret, Digest) {
        let random = deps.random.as_ref();
        match self {
            Self::Extension(extension) => {
                let token = EventToken::random(connection, extension.value.listed.id, random);
                (Secret::new(token.reveal()), token.digest())
            }
            Self::Agent(agent) => {
                let token = AgentToken::random(connection, agent.value.listed.key, random);
                (Secret::new(token.reveal()), token.digest())
            }
        }
    }

    /// The same after a change that is stored.
    pub(super) async fn changed(
        self,
        deps: &SettingsDeps,
        connection: ConnectionId,
        change: impl Fn(&mut Subscriptions) + Send + Sync,
    ) -> Result<Self, StoreError> {
        let store = &deps.store;
        Ok(match self {
            Self::Extension(extension) => {
                let change = |extension: &mut Extension| change(&mut extension.events);
                Self::Extension(Box::new(store.update_extension(connection, *extension, change).await?))
            }
            Self::Agent(agent) => {
                let change = |agent: &mut Agent| change(&mut agent.events);
                Self::Agent(Box::new(store.update_agent(connection, *agent, change).await?))
            }
        })
    }
}
