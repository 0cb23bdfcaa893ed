//! `DELETE /connection`: our events off the PBX, then everything we keep. The key serves until that is done, so that
//! the administrator can ask again how far it is.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use super::auth::Leaving;
use super::describe::{Doc, Routes};
use super::{Refusal, SettingsApi, Who};
use crate::flow::connection::disconnect;

pub(super) fn routes() -> Routes {
    let left =
        json!([{ "extension_id": 731_205, "number": "4821*205", "message": "The PBX denied access." }]);
    let doc =
        Doc::new("Takes our events off the PBX and removes everything we keep; ask again until it is done")
            .gives(
                200,
                "Removed; `left` are events that the PBX kept",
                json!({ "state": "removed", "left": left }),
            )
            .gives(202, "It goes on by itself", json!({ "state": "removing", "left": [] }));
    Routes::new().on("delete", "/api/v1/connection", remove, doc)
}

async fn remove(
    State(api): State<SettingsApi>,
    Leaving(connection): Leaving,
    who: Who,
) -> Result<Response, Refusal> {
    let removal = disconnect::disconnect(&api.settings, connection, &who.0).await?;
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
