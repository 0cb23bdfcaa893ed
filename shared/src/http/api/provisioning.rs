//! `GET /provisioning` and `POST /provisioning/retry`: how far the PBX is, and the administrator's "try again".

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

use super::describe::{Doc, Routes};
use super::{Admin, Refusal, SettingsApi, Who};
use crate::clock::Timestamp;
use crate::flow::connection::{audit, provision};
use crate::model::audit::Act;
use crate::model::ids::ConnectionId;
use crate::storage::StoreError;

pub(super) fn routes() -> Routes {
    let show_doc = Doc::new("How far the PBX is").gives(200, "The progress", example());
    let retry_doc = Doc::new("Tries again what was parked or waits").gives(200, "Done", example()).gives(
        202,
        "The rest goes on by itself",
        example(),
    );
    Routes::new().on("get", "/api/v1/provisioning", show, show_doc).on(
        "post",
        "/api/v1/provisioning/retry",
        retry,
        retry_doc,
    )
}

/// How progress is shown.
pub(super) fn example() -> Value {
    json!({
        "version": 1,
        "progress": { "total": 5, "done": 4, "failed": 1 },
        "problems": [{ "extension_id": 731_205, "message": "This extension may have 16 events, …" }],
        "next_attempt_at": null,
    })
}

/// How far provisioning is, as it is answered.
pub(super) struct Shown {
    /// Whether some work goes on by itself.
    pub(super) goes_on: bool,
    /// The answer's body.
    pub(super) body: Value,
}

async fn show(State(api): State<SettingsApi>, Admin(connection): Admin) -> Result<Json<Value>, Refusal> {
    Ok(Json(load(&api, connection.value.id).await?.body))
}

async fn retry(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    who: Who,
) -> Result<Response, Refusal> {
    audit::note(&api.settings, connection.value.id, &who.0, Act::ProvisioningRetried).await?;
    provision::try_again(&api.settings, &connection.value).await?;
    let shown = load(&api, connection.value.id).await?;
    let status = if shown.goes_on { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, Json(shown.body)).into_response())
}

pub(super) async fn load(api: &SettingsApi, id: ConnectionId) -> Result<Shown, StoreError> {
    let mapping = api.settings.store.mapping(id).await?.value;
    let extensions = api.settings.store.extensions(id).await?;
    let progress = provision::progress(extensions.iter().map(|extension| &extension.value));
    let problems: Vec<_> = progress
        .problems
        .iter()
        .map(|(extension, message)| json!({ "extension_id": extension, "message": message }))
        .collect();
    let body = json!({
        "version": mapping.version,
        "progress": { "total": progress.total, "done": progress.done, "failed": progress.failed },
        "problems": problems,
        "next_attempt_at": mapping.due_at.filter(|_| progress.goes_on()).map(Timestamp::rfc3339),
    });
    Ok(Shown { goes_on: progress.goes_on(), body })
}
