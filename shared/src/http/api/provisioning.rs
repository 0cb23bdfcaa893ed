//! `GET /provisioning` and `POST /provisioning/retry`: how far the PBX is, and the administrator's "try again".

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::describe::{Doc, Routes};
use super::{Admin, Refusal, SettingsApi, Who};
use crate::flow::connection::{audit, provision};
use crate::model::audit::Act;
use crate::model::ids::ConnectionId;
use crate::storage::StoreError;
use crate::view::mapping::Provisioning;

pub(super) fn routes() -> Routes {
    let show_doc =
        Doc::new("getProvisioning", "How far the PBX is").gives::<Provisioning>(200, "The progress");
    let retry_doc = Doc::new("retryProvisioning", "Tries again what was parked or waits")
        .gives::<Provisioning>(200, "Done")
        .gives::<Provisioning>(202, "The rest goes on by itself");
    Routes::new().on("get", "/api/v1/provisioning", show, show_doc).on(
        "post",
        "/api/v1/provisioning/retry",
        retry,
        retry_doc,
    )
}

/// How far provisioning is, as it is answered.
pub(super) struct Shown {
    /// Whether some work goes on by itself.
    pub(super) goes_on: bool,
    /// The answer's body.
    pub(super) body: Provisioning,
}

async fn show(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
) -> Result<Json<Provisioning>, Refusal> {
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
    let agents = provision::agents_progress(&api.settings.store.agents(id).await?);
    let body = Provisioning::of(&mapping, &progress, &agents);
    Ok(Shown { goes_on: progress.goes_on() || agents.goes_on(), body })
}
