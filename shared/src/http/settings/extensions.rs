//! `GET /extensions`: what there is to map, whose it is, and how its events are.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Admin, Refusal, SettingsApi};
use crate::extension::Extension;
use crate::flow::provision;

pub(super) fn routes() -> Router<SettingsApi> {
    Router::new().route("/api/v1/extensions", get(list))
}

async fn list(State(api): State<SettingsApi>, Admin(connection): Admin) -> Result<Json<Value>, Refusal> {
    let extensions = api.settings.store.extensions(connection.value.id).await?;
    let items: Vec<_> = extensions.iter().map(|extension| view(&extension.value)).collect();
    Ok(Json(json!({ "items": items, "cursor": null })))
}

pub(super) fn view(extension: &Extension) -> Value {
    let Extension { listed, present, crm_user, events, .. } = extension;
    let status = match (present, listed.active) {
        (false, _) => "missing",
        (true, true) => "active",
        (true, false) => "blocked",
    };
    json!({
        "id": listed.id,
        "number": listed.number,
        "type": listed.kind.as_str(),
        "label": listed.label,
        "status": status,
        "crm_user": crm_user,
        "events": {
            "state": provision::state(events).as_str(),
            "installed": events.installed.keys().collect::<Vec<_>>(),
            "foreign": events.foreign,
            "problem": events.problem,
        },
    })
}
