//! How far provisioning is, read off the extensions and agents.

use crate::model::extension::{Extension, Subscriptions};
use crate::model::ids::ExtensionId;
use crate::storage::Agents;

/// How far provisioning is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Extensions, or agents, that are to send us events, and those that are to stop.
    pub total: usize,
    /// Those that are as they should be.
    pub done: usize,
    /// Those that wait for somebody to act.
    pub failed: usize,
    /// What the administrator should know of each extension.
    pub problems: Vec<(ExtensionId, String)>,
}

impl Progress {
    /// Whether some work goes on by itself.
    pub const fn goes_on(&self) -> bool {
        self.done + self.failed < self.total
    }
}

/// Where one extension stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExtensionState {
    /// It sends us nothing, and should not.
    None,
    /// Work is left.
    Pending,
    /// It sends us what we want.
    Installed,
    /// Somebody must act.
    Failed,
}

impl ExtensionState {
    /// Its name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pending => "pending",
            Self::Installed => "installed",
            Self::Failed => "failed",
        }
    }
}

/// Where one extension stands.
pub const fn state(events: &Subscriptions) -> ExtensionState {
    match events {
        Subscriptions { problem: Some(_), .. } => ExtensionState::Failed,
        Subscriptions { work: Some(_), .. } => ExtensionState::Pending,
        Subscriptions { wanted: true, .. } => ExtensionState::Installed,
        Subscriptions { .. } => ExtensionState::None,
    }
}

/// How far the queue agents of a connection are; while their lists are being read, one more is counted.
pub fn agents_progress(agents: &Agents) -> Progress {
    let mut progress = Progress::default();
    let reading = agents.list.value.work.as_ref().map(|_| ExtensionState::Pending);
    let states = agents.items.iter().map(|agent| state(&agent.value.events));
    for state in states.chain(reading) {
        match state {
            ExtensionState::None => continue,
            ExtensionState::Pending => {}
            ExtensionState::Installed => progress.done += 1,
            ExtensionState::Failed => progress.failed += 1,
        }
        progress.total += 1;
    }
    progress
}

/// How far the extensions of a connection are.
pub fn progress<'a>(extensions: impl IntoIterator<Item = &'a Extension>) -> Progress {
    let mut progress = Progress::default();
    for extension in extensions {
        match state(&extension.events) {
            ExtensionState::None => continue,
            ExtensionState::Pending => {}
            ExtensionState::Installed => progress.done += 1,
            ExtensionState::Failed => {
                progress.failed += 1;
                let message = extension.events.problem.clone().unwrap_or_default();
                progress.problems.push((extension.listed.id, message));
            }
        }
        progress.total += 1;
    }
    progress
}
