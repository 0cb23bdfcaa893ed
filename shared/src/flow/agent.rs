//! A queue agent logs in or out: find whose event it is, store how they stand, answer. Nothing follows from it (R4).

use crate::flow::call;
use crate::flow::call::flood::Admission;
use crate::flow::deps::CallDeps;
use crate::model::agent_event::AgentEvent;
use crate::model::token::AgentToken;
use crate::storage::StoreError;

/// What became of an agent's event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is stored, or changes nothing.
    Taken,
    /// No agent of ours has this token.
    UnknownToken,
    /// The URL brings more events than any agent has.
    Flood,
}

/// Stores an event, in two round trips. The URL says who it is of, since it is secret; who the event names is not
/// compared with it, for whether lists and events number agents alike is documented nowhere.
pub async fn receive(deps: &CallDeps, token: &AgentToken, event: AgentEvent) -> Result<Heard, StoreError> {
    let now = deps.clock.now();
    let admission = deps.flood.admit(&token.digest(), now);
    if admission == Admission::Refused {
        return Ok(Heard::Flood);
    }
    let Some(sender) = deps.store.agent_sender(token).await? else { return Ok(Heard::UnknownToken) };
    if admission == Admission::RefusedAnew {
        call::agent_flooded(deps, sender.connection, token.agent).await;
        return Ok(Heard::Flood);
    }
    deps.store.hear_agent(sender, event.status, now).await?;
    Ok(Heard::Taken)
}
