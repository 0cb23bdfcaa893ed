//! The removal of a connection: how far it is, and what the PBX kept.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::agent::AgentKind;

/// How far the removal of a connection is.
#[derive(Clone, Serialize, ToSchema)]
pub struct Removal {
    /// Whether it is done.
    pub state: RemovalState,
    /// Extensions on which the PBX kept events of ours.
    pub left: Vec<Left>,
    /// Queue agents on whom it did.
    pub left_agents: Vec<LeftAgent>,
}

/// Whether a connection is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RemovalState {
    /// It is.
    Removed,
    /// It goes on by itself.
    Removing,
}

/// An extension on which the PBX kept events of ours.
#[derive(Clone, Serialize, ToSchema)]
pub struct Left {
    /// Which.
    pub extension_id: u64,
    /// Its number.
    pub number: String,
    /// Why.
    #[schema(required)]
    pub message: Option<String>,
}

/// A queue agent on whom the PBX kept events of ours.
#[derive(Clone, Serialize, ToSchema)]
pub struct LeftAgent {
    /// Their id in the list of their kind.
    pub agent_id: u64,
    /// Where they take calls.
    pub kind: AgentKind,
    /// Why.
    #[schema(required)]
    pub message: Option<String>,
}
