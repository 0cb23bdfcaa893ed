//! How the way to a PBX account is, read off the shared state.

use super::credentials;
use crate::clock::Timestamp;
use crate::model::budget::Permit;
use crate::model::connection::Connection;
use crate::storage::PbxState;

/// How the way to a PBX account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PbxHealth {
    /// Open.
    Ok,
    /// The PBX refused the credentials.
    Refused,
    /// The hour's requests are used up.
    Waiting,
    /// The PBX gives no token at present.
    Failing,
}

impl PbxHealth {
    /// Its name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Waiting => "waiting",
            Self::Failing => "failing",
        }
    }
}

/// Reads it off the shared state.
pub fn pbx_health(connection: &Connection, state: &PbxState, now: Timestamp) -> PbxHealth {
    if state.refused == Some(credentials(&connection.pbx)) {
        return PbxHealth::Refused;
    }
    match state.budget.map(|budget| budget.allows(now, 0)) {
        Some(Permit::WaitUntil(_)) => PbxHealth::Waiting,
        Some(Permit::Go) | None if state.token_failures > 0 => PbxHealth::Failing,
        Some(Permit::Go) | None => PbxHealth::Ok,
    }
}
