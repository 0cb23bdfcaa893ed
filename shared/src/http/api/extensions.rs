//! `GET /extensions`: what there is to map, whose it is, and how its events are.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::describe::{Doc, Routes};
use super::{Admin, Refusal, SettingsApi};
use crate::flow::connection::provision;
use crate::model::extension::Extension;

pub(super) fn routes() -> Routes {
    let doc = Doc::new("The PBX's extensions, whose they are, and how their events are").gives(
        200,
        "All of them",
        json!({ "items": [example()], "cursor": null }),
    );
    Routes::new().on("get", "/api/v1/extensions", list, doc)
}

/// What is shown of an extension.
pub(super) fn example() -> Value {
    json!({
        "id": 731_205, "number": "4821*205", "type": "phone", "label": "Mary Example", "status": "active",
        "crm_user": "u1",
        "events": {
            "state": "installed", "installed": ["dial-in", "dial-out", "answer", "hangup"], "foreign": 3,
            "problem": null,
        },
    })
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
