//! The PBX's lists of queue agents, and what they and a mapping make of ours (R4, docs/pbx.md §5.1). Agents of queues are
//! wanted as soon as anybody uses anything and there is a queue: all of them, since a queue's callers wait for any of them.
//! An answer that is empty, partial or failed takes nothing away.

use std::collections::{BTreeMap, BTreeSet};

use super::pbx_access::{AccessError, PbxAccess};
use crate::clock::Timestamp;
use crate::error::{Classified as _, Retryability};
use crate::flow::deps::SettingsDeps;
use crate::model::agent::{Agent, AgentKey, AgentKind, AgentList, AgentStatus, ListedAgent};
use crate::model::ids::{AgentId, ConnectionId};
use crate::pbx::{AgentsPage, PbxError, UnreadableAnswer, another_page};
use crate::storage::{Agents, StoreError, Stored};

/// Tries before agents that others keep changing are left to the next run.
const MAX_TURNS: usize = 8;

/// The lists as far as they were read.
#[derive(Debug)]
pub(super) struct Listing {
    items: BTreeMap<AgentKey, (ListedAgent, Option<AgentStatus>)>,
    asked_at: Timestamp,
    skipped: u32,
    /// Lists that the PBX does not show, and why.
    refused: BTreeMap<AgentKind, String>,
}

impl Listing {
    /// Nothing read yet.
    pub(super) const fn begun(asked_at: Timestamp) -> Self {
        Self { items: BTreeMap::new(), asked_at, skipped: 0, refused: BTreeMap::new() }
    }

    /// Reads both lists. What the PBX refuses is remembered, and the other list read all the same.
    pub(super) async fn read(&mut self, access: &mut PbxAccess<'_>) -> Result<(), AccessError> {
        for kind in AgentKind::ALL {
            match self.read_kind(access, kind).await {
                Err(AccessError::Request(error)) if is_refusal(&error) => {
                    self.refused.insert(kind, refusal(&error));
                    if matches!(&error, PbxError::Denied(denial) if denial.is_account_wide()) {
                        break;
                    }
                }
                read => read?,
            }
        }
        Ok(())
    }

    async fn read_kind(&mut self, access: &mut PbxAccess<'_>, kind: AgentKind) -> Result<(), AccessError> {
        let mut first_ids: Vec<AgentId> = Vec::new();
        for page in 1.. {
            let read: AgentsPage = access.send(move |pbx| Box::pin(pbx.agents_page(kind, page))).await?;
            let ended = !another_page(&read, &first_ids);
            first_ids.extend(read.first_id);
            self.skipped += read.skipped;
            self.items.extend(read.items.into_iter().map(|item| (item.0.key, item)));
            if ended {
                break;
            }
        }
        Ok(())
    }

    /// Whether who is not in it is not on the PBX.
    fn is_whole(&self) -> bool {
        self.refused.is_empty() && self.skipped == 0 && !self.items.is_empty()
    }

    /// Why not all agents are known, for a person.
    fn problem(&self) -> Option<String> {
        let (kind, first) = self.refused.first_key_value()?;
        let which = if self.refused.len() < AgentKind::ALL.len() { kind.as_str() } else { "any" };
        let which = if which == "any" { String::new() } else { format!("{which} ") };
        Some(format!("The PBX does not show its {which}queue agents. {first}"))
    }
}

/// Whether asking again would give the same. What a list looks like is not documented, so another shape is no outage.
fn is_refusal(error: &PbxError) -> bool {
    let other_shape = matches!(error, PbxError::Unreadable(UnreadableAnswer::Undocumented));
    other_shape || error.retryability() == Retryability::Permanent
}

/// Why a list is refused. That there is none is no mistake of anybody's.
fn refusal(error: &PbxError) -> String {
    if matches!(error, PbxError::NotFound) {
        return "It has no such list; nothing needs to be done if no queue has agents.".to_owned();
    }
    format!("{} {}", error.sentence(), error.advice())
}

/// What becomes of agents who are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanting {
    /// They are wanted if agents are.
    AsTheListSays,
    /// What is wanted of each stays as it is, until a mapping is saved (R5).
    AsBefore,
}

/// Brings our agents to what the PBX lists; answers the lists as they are stored, or nothing if agents are not wanted any
/// more. Each write holds only as long as no mapping changes that.
pub(super) async fn merge(
    deps: &SettingsDeps,
    id: ConnectionId,
    listing: Listing,
    wanting: Wanting,
) -> Result<Option<AgentList>, StoreError> {
    for _ in 0..MAX_TURNS {
        let Agents { mut list, items } = deps.store.agents(id).await?;
        if !list.value.wanted {
            return Ok(None);
        }
        let now = deps.clock.now();
        let changed = merged(items, &listing, wanting, now);
        // Whoever is new is wanted by that reading alone which carries a mapping out, so it stays due.
        let work = list.value.work.take().filter(|_| wanting == Wanting::AsBefore);
        list.value = AgentList { wanted: true, read_at: Some(now), work, problem: listing.problem() };
        if deps.store.save_listed_agents(id, &list, &changed).await? {
            return Ok(Some(list.value));
        }
    }
    Err(StoreError::Contended)
}

/// The agents of which the lists make something else than they are.
fn merged(
    known: Vec<Stored<Agent>>,
    listing: &Listing,
    wanting: Wanting,
    now: Timestamp,
) -> Vec<Stored<Agent>> {
    let names: BTreeSet<_> = known.iter().map(|agent| agent.value.listed.key).collect();
    let new = listing.items.values().filter(|(listed, _)| !names.contains(&listed.key));
    let new = new.map(|(listed, _)| Stored::new(Agent::new(listed.clone())));
    let all = known.into_iter().map(|agent| (agent, false)).chain(new.map(|agent| (agent, true)));
    let mut changed = Vec::new();
    for (mut stored, new) in all {
        let before = stored.value.clone();
        let agent = &mut stored.value;
        let found = listing.items.get(&agent.listed.key);
        if found.is_none() && listing.is_whole() {
            agent.present = false;
        }
        if wanting == Wanting::AsTheListSays {
            agent.want(agent.present, now);
        }
        if let Some((listed, status)) = found {
            agent.take_listed(listed.clone(), *status, listing.asked_at);
        }
        if new || *agent != before {
            changed.push(stored);
        }
    }
    changed
}

/// What a mapping makes of agents: those that are on the PBX are wanted, or none.
pub(super) fn rewanted(
    agents: Agents,
    wanted: bool,
    now: Timestamp,
) -> (Option<Stored<AgentList>>, Vec<Stored<Agent>>) {
    let Agents { mut list, items } = agents;
    let turns = list.value.wanted != wanted;
    list.value.want(wanted, now);
    let items = items.into_iter().filter_map(|mut agent| {
        let wanted = wanted && agent.value.present;
        let differs = agent.value.events.wanted != wanted;
        agent.value.want(wanted, now);
        differs.then_some(agent)
    });
    (turns.then_some(list), items.collect())
}
