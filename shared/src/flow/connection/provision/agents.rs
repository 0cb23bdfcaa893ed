//! The lists of agents are read when agents are wanted for the first time: whoever is on them is wanted then.

use super::Run;
use super::emitter::Provisioned;
use crate::flow::connection::agents::{self, Listing};
use crate::flow::connection::pbx_access::{AccessError, PbxAccess};
use crate::model::agent::AgentList;
use crate::storage::{StoreError, Stored};

/// Reads the lists, stores who is on them, and marks the work that they make. A PBX that has no agents, or does not show
/// them, is asked once: calls don't need them.
pub(super) async fn read(
    run: &mut Run<'_>,
    access: &mut PbxAccess<'_>,
    list: Stored<AgentList>,
) -> Result<Provisioned, AccessError> {
    let mut listing = Listing::begun(run.deps.clock.now());
    match listing.read(access).await {
        Ok(()) => {}
        Err(AccessError::Request(error)) => return Ok(failed(run, list, &error).await?),
        Err(error) => return Err(error),
    }
    // Overtaken by another mapping, it is read again if that wants agents.
    let stored = agents::merge(run.deps, run.connection.id, listing, agents::Wanting::AsTheListSays).await?;
    Ok(match stored {
        Some(list) if list.problem.is_some() => Provisioned::Parked,
        Some(_) => Provisioned::AsWanted,
        None => Provisioned::Overtaken,
    })
}

async fn failed(
    run: &Run<'_>,
    list: Stored<AgentList>,
    error: &crate::pbx::PbxError,
) -> Result<Provisioned, StoreError> {
    let failures = list.value.work.as_ref().map_or(0, |work| work.failures) + 1;
    let work = run.work_after(failures, error).await?;
    let waits = work.is_some();
    let fail = |list: &mut AgentList| match &work {
        _ if !list.wanted => {}
        Some(work) => list.work = Some(work.clone()),
        None => list.park(&format!("{} {}", error.sentence(), error.advice())),
    };
    run.deps.store.update_agent_list(run.connection.id, list, fail).await?;
    Ok(if waits { Provisioned::Waits } else { Provisioned::Parked })
}
