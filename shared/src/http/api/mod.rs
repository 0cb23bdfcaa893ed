//! The settings, as JSON under `/api/v1` (docs/promises.md §3). The administrator's key names the connection, so no request
//! can name another one. Beside them, the links to recordings.

mod audit;
mod auth;
mod callback;
mod calls;
mod connection;
mod connections;
mod crm;
mod describe;
mod doors;
mod extensions;
mod failure;
mod keys;
mod mapping;
mod notices;
mod notify;
mod oauth;
mod persons;
mod provisioning;
mod recordings;
mod refresh;
mod removal;
mod rotation;
mod suggestions;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state, map_response};

pub use self::auth::Admin;
use self::auth::Who;
use self::describe::{Doc, Routes};
pub use self::failure::Refusal;
use crate::flow::{CallDeps, SettingsDeps};
use crate::http::uniform;
use crate::view::connection::Alive;

/// What the settings routes need.
#[derive(Clone)]
pub struct SettingsApi {
    /// For connections, mappings and what is on the PBX.
    pub settings: SettingsDeps,
    /// For calls and their delivery.
    pub calls: CallDeps,
}

/// The settings routes.
pub fn router(api: SettingsApi) -> Router {
    let health = Doc::new("getHealth", "Whether the process answers").open().gives::<Alive>(200, "It does");
    Routes::new()
        .merge(connections::routes())
        .merge(oauth::routes())
        .merge(connection::routes())
        .merge(refresh::routes())
        .merge(removal::routes())
        .merge(extensions::routes())
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
        .layer(from_fn_with_state(api.clone(), failure::name))
        .layer(from_fn(uniform::without_malformed))
        .layer(map_response(uniform::as_problem))
        .with_state(api)
}

/// That the process answers; says nothing of what it depends on, so that a failing store restarts nothing.
async fn alive() -> axum::Json<Alive> {
    axum::Json(Alive { status: "ok" })
}
