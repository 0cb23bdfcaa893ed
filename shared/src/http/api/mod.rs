//! The settings, as JSON under `/api/v1` (docs/promises.md §3). The administrator's key names the connection, so no request
//! can name another one. Beside them, the links to recordings.

mod agents;
mod audit;
mod auth;
pub(in crate::http) mod callback;
pub(in crate::http) mod calls;
mod came_back;
pub(in crate::http) mod connection;
pub(in crate::http) mod connections;
mod crm;
mod describe;
mod doors;
mod extensions;
mod failure;
mod keys;
mod mapping;
mod notices;
mod notify;
pub(in crate::http) mod oauth;
mod persons;
mod provisioning;
mod recordings;
pub(in crate::http) mod refresh;
mod removal;
mod rotation;
mod suggestions;

use std::sync::Arc;

use axum::Router;

pub use self::auth::Admin;
pub(in crate::http) use self::auth::Who;
pub(in crate::http) use self::auth::known as opened;
pub(in crate::http) use self::came_back::CameBack;
use self::describe::{Doc, Routes};
pub(in crate::http) use self::doors::{Knocker, Proving};
pub use self::failure::Refusal;
pub(in crate::http) use self::failure::name as name_failures;
use crate::flow::{CallDeps, SettingsDeps};
use crate::http::simulator::Simulator;
use crate::view::connection::Alive;

/// What the settings routes need. Each route and each request has a clone of it, which costs no more than a count.
#[derive(Clone)]
pub struct SettingsApi {
    /// For connections, mappings and what is on the PBX.
    pub settings: Arc<SettingsDeps>,
    /// For calls and their delivery.
    pub calls: Arc<CallDeps>,
    /// Plays test calls, where the PBX is a simulated one.
    pub simulator: Simulator,
}

/// The JSON routes.
pub(in crate::http) fn routes() -> Router<SettingsApi> {
    let health = Doc::new("getHealth", "Whether the process answers").open().gives::<Alive>(200, "It does");
    Routes::new()
        .merge(connections::routes())
        .merge(oauth::routes())
        .merge(connection::routes())
        .merge(refresh::routes())
        .merge(removal::routes())
        .merge(extensions::routes())
        .merge(agents::routes())
        .merge(mapping::routes())
        .merge(suggestions::routes())
        .merge(provisioning::routes())
        .merge(notices::routes())
        .merge(notify::routes())
        .merge(calls::routes())
        .merge(recordings::routes())
        .merge(keys::routes())
        .merge(audit::routes())
        .merge(rotation::routes())
        .merge(persons::routes())
        .merge(crm::routes())
        .merge(callback::routes())
        .on("get", "/healthz", alive, health)
        .into_router()
}

/// That the process answers; says nothing of what it depends on, so that a failing store restarts nothing.
async fn alive() -> axum::Json<Alive> {
    axum::Json(Alive { status: "ok" })
}
