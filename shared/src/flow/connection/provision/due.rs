//! What of a connection is to be worked on: extensions first, since calls come from them; then the lists of agents, and
//! the agents.

use std::collections::BTreeSet;

use super::subject::Subject;
use crate::clock::Timestamp;
use crate::flow::deps::SettingsDeps;
use crate::model::agent::AgentList;
use crate::model::emitter::Emitter;
use crate::model::ids::{ConnectionId, ExtensionId};
use crate::storage::{StoreError, Stored};

/// One piece of work.
pub(super) enum Due {
    /// The events of an extension or an agent.
    Emitter(Subject),
    /// Reading the lists of agents.
    AgentList(Stored<AgentList>),
}

impl Due {
    /// Whether it is for one of these.
    pub(super) fn is_among(&self, touched: &BTreeSet<Emitter>) -> bool {
        match self {
            Self::Emitter(subject) => touched.contains(&subject.emitter()),
            Self::AgentList(_) => false,
        }
    }
}

/// All that may have work.
struct All {
    subjects: Vec<Subject>,
    list: Stored<AgentList>,
}

async fn all(deps: &SettingsDeps, id: ConnectionId) -> Result<All, StoreError> {
    let extensions = deps.store.extensions(id).await?;
    let agents = deps.store.agents(id).await?;
    let extensions = extensions.into_iter().map(|one| Subject::Extension(Box::new(one)));
    let items = agents.items.into_iter().map(|one| Subject::Agent(Box::new(one)));
    Ok(All { subjects: extensions.chain(items).collect(), list: agents.list })
}

/// What is due now, in its order.
pub(super) async fn now(deps: &SettingsDeps, id: ConnectionId) -> Result<Vec<Due>, StoreError> {
    let now = deps.clock.now();
    let All { mut subjects, list } = all(deps, id).await?;
    subjects.retain(|one| one.events().is_due(now));
    let agents = subjects.iter().position(|one| matches!(one, Subject::Agent(_)));
    let agents = subjects.split_off(agents.unwrap_or(subjects.len()));
    let mut due: Vec<_> = subjects.into_iter().map(Due::Emitter).collect();
    due.extend(list.value.is_due(now).then_some(Due::AgentList(list)));
    due.extend(agents.into_iter().map(Due::Emitter));
    Ok(due)
}

/// When the first of it is due, if anything is left.
pub(super) async fn next(deps: &SettingsDeps, id: ConnectionId) -> Result<Option<Timestamp>, StoreError> {
    let All { subjects, list } = all(deps, id).await?;
    let works = subjects.iter().filter_map(|one| one.events().work.as_ref()).chain(list.value.work.as_ref());
    Ok(works.map(|work| work.not_before).min())
}

/// What was parked or waits is due again.
pub(super) async fn ask_again(
    deps: &SettingsDeps,
    id: ConnectionId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let All { subjects, list } = all(deps, id).await?;
    for one in subjects {
        if one.events().problem.is_some() || one.events().work.is_some() {
            one.changed(deps, id, |events| events.ask_again(now)).await?;
        }
    }
    if list.value.problem.is_some() || list.value.work.is_some() {
        deps.store.update_agent_list(id, list, |list| list.ask_again(now)).await?;
    }
    Ok(())
}

/// What is to send us events: all, or an extension and the agent at it.
pub(super) async fn sending(
    deps: &SettingsDeps,
    id: ConnectionId,
    only: Option<ExtensionId>,
) -> Result<Vec<Subject>, StoreError> {
    let mut subjects = all(deps, id).await?.subjects;
    subjects.retain(|one| {
        let at = match one {
            Subject::Extension(extension) => Some(extension.value.listed.id),
            Subject::Agent(agent) => agent.value.listed.extension,
        };
        one.events().wanted && (only.is_none() || at == only)
    });
    Ok(subjects)
}

/// What was refused for one would be for each that comes after it: they are spared the request.
pub(super) async fn park(
    deps: &SettingsDeps,
    id: ConnectionId,
    rest: impl Iterator<Item = Due> + Send,
    problem: &str,
) -> Result<(), StoreError> {
    for one in rest {
        match one {
            Due::Emitter(subject) => drop(subject.changed(deps, id, |events| events.park(problem)).await?),
            Due::AgentList(list) => {
                deps.store.update_agent_list(id, list, |list| list.park(problem)).await?;
            }
        }
    }
    Ok(())
}
