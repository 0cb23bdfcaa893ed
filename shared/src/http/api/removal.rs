//! `DELETE /connection`: our events off the PBX, then everything we keep. The key serves until that is done, so that
//! the administrator can ask again how far it is.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::auth::Leaving;
use super::describe::{Doc, Routes};
use super::{Refusal, SettingsApi, Who};
use crate::flow::connection::disconnect;
use crate::view::removal::{Left, LeftAgent, Removal, RemovalState};

pub(super) fn routes() -> Routes {
    let doc = Doc::new(
        "disconnect",
        "Takes our events off the PBX and removes everything we keep; ask again until it is done",
    )
    .gives::<Removal>(200, "Removed; `left` and `left_agents` are events that the PBX kept")
    .gives::<Removal>(202, "It goes on by itself");
    Routes::new().on("delete", "/api/v1/connection", remove, doc)
}

async fn remove(
    State(api): State<SettingsApi>,
    Leaving(connection): Leaving,
    who: Who,
) -> Result<Response, Refusal> {
    let removal = disconnect::disconnect(&api.settings, connection, &who.0).await?;
    let left = removal.left.iter().map(|one| Left {
        extension_id: one.listed.id.get(),
        number: one.listed.number.to_string(),
        message: one.events.problem.clone(),
    });
    let left_agents = removal.left_agents.iter().map(|one| LeftAgent {
        agent_id: one.listed.key.id.get(),
        kind: one.listed.key.kind,
        message: one.events.problem.clone(),
    });
    let (status, state) = if removal.finished {
        (StatusCode::OK, RemovalState::Removed)
    } else {
        (StatusCode::ACCEPTED, RemovalState::Removing)
    };
    Ok((status, Json(Removal { state, left: left.collect(), left_agents: left_agents.collect() }))
        .into_response())
}
