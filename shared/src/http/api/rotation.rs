//! `POST /extensions/{id}/rotate` and `/extensions/rotate-all`: new event URLs, for whoever fears that one is known.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::describe::{Doc, Routes};
use super::{Admin, Refusal, SettingsApi, Who, provisioning};
use crate::flow::connection::{audit, provision};
use crate::http::Problem;
use crate::model::audit::{Act, Actor};
use crate::model::connection::Connection;
use crate::model::ids::ExtensionId;
use crate::view::mapping::Provisioning;

pub(super) fn routes() -> Routes {
    let doc = |id, summary| {
        Doc::new(id, summary)
            .gives::<Provisioning>(200, "The new URLs are on the PBX, and the old ones are revoked")
            .gives::<Provisioning>(202, "The rest goes on by itself")
    };
    let one_doc = doc(
        "rotateExtension",
        "Replaces the event URLs of an extension and of the queue agent at it; calls that began on the old one go on for \
         two hours",
    )
    .at::<u64>("id")
    .ends(404, "There is no such extension, or it sends no events");
    let all_doc =
        doc("rotateAll", "Replaces the event URLs of all extensions and queue agents that send events");
    Routes::new().on("post", "/api/v1/extensions/{id}/rotate", one, one_doc).on(
        "post",
        "/api/v1/extensions/rotate-all",
        all,
        all_doc,
    )
}

async fn one(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    who: Who,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let unknown = || Problem::new(StatusCode::NOT_FOUND, "there is no such extension, or it sends no events");
    let id = id.parse::<ExtensionId>().map_err(|_| unknown())?;
    let rotated = rotate(&api, &connection.value, &who.0, Some(id)).await?;
    rotated.ok_or_else(|| unknown().into())
}

async fn all(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    who: Who,
) -> Result<Response, Refusal> {
    match rotate(&api, &connection.value, &who.0, None).await? {
        Some(rotated) => Ok(rotated),
        None => Ok(Json(provisioning::load(&api, connection.value.id).await?.body).into_response()),
    }
}

async fn rotate(
    api: &SettingsApi,
    connection: &Connection,
    by: &Actor,
    extension: Option<ExtensionId>,
) -> Result<Option<Response>, Refusal> {
    let deps = &api.settings;
    audit::note(deps, connection.id, by, Act::EventUrlsRotated { extension }).await?;
    if !provision::rotate(deps, connection, extension).await? {
        return Ok(None);
    }
    let shown = provisioning::load(api, connection.id).await?;
    let status = if shown.goes_on { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok(Some((status, Json(shown.body)).into_response()))
}
