//! `DELETE /connection`: our events off the PBX, then everything we keep. The key serves until that is done, so that
//! the administrator can ask again how far it is.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::delete;
use axum::{Json, Router};
use http::StatusCode;
use serde_json::json;

use super::auth::Leaving;
use super::{Refusal, SettingsApi};
use crate::flow::disconnect;

pub(super) fn routes() -> Router<SettingsApi> {
    Router::new().route("/api/v1/connection", delete(remove))
}

async fn remove(State(api): State<SettingsApi>, Leaving(connection): Leaving) -> Result<Response, Refusal> {
    let removal = disconnect::disconnect(&api.settings, connection).await?;
    let left: Vec<_> = removal
        .left
        .iter()
        .map(|one| {
            let (listed, message) = (&one.listed, &one.events.problem);
            json!({ "extension_id": listed.id, "number": listed.number, "message": message })
        })
        .collect();
    let (status, state) =
        if removal.finished { (StatusCode::OK, "removed") } else { (StatusCode::ACCEPTED, "removing") };
    Ok((status, Json(json!({ "state": state, "left": left }))).into_response())
}
