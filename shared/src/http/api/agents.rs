//! `GET /agents`: the agents of the PBX's queues, whether they take calls, and how their events are.

use axum::Json;
use axum::extract::State;

use super::describe::{Doc, Routes};
use super::{Admin, Refusal, SettingsApi};
use crate::view::agents::Agents;

pub(super) fn routes() -> Routes {
    let doc =
        Doc::new("listAgents", "The agents of the PBX's queues, whether they take calls, and since when")
            .gives::<Agents>(200, "All of them");
    Routes::new().on("get", "/api/v1/agents", list, doc)
}

async fn list(State(api): State<SettingsApi>, Admin(connection): Admin) -> Result<Json<Agents>, Refusal> {
    Ok(Json(Agents::load(&api.settings.store, connection.value.id).await?))
}
