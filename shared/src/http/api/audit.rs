//! `GET /audit`: who changed what, when and from where.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use serde_json::{Value, json};

use super::describe::{Doc, Routes};
use super::{Admin, Refusal, SettingsApi};
use crate::http::Problem;
use crate::model::audit::Entry;
use crate::storage::Store;

pub(super) fn routes() -> Routes {
    let entry = json!({
        "at": "2026-09-01T12:00:00Z", "action": "changed", "key_id": "5f0c9a1b2d3e", "from": "203.0.113.0/24",
        "details": { "fields": ["name", "policy.log_internal"] },
    });
    let doc = Doc::new("The audit trail: who changed what, when and from where; kept for 180 days")
        .query("cursor", "From the page before")
        .gives(200, "One page, the newest first", json!({ "items": [entry], "cursor": null }))
        .ends(422, "The cursor is not one of this list");
    Routes::new().on("get", "/api/v1/audit", list, doc)
}

/// Where a page begins.
struct From(Option<String>);

impl FromRequestParts<SettingsApi> for From {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &SettingsApi) -> Result<Self, Response> {
        let mut cursor = None;
        for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                _ if value.is_empty() => {}
                "cursor" if Store::is_entry(&value) => cursor = Some(value.into_owned()),
                "cursor" => {
                    let message = "this must be the cursor of a page of this list, whole";
                    return Err(Problem::field("cursor", message).into_response());
                }
                _ => {
                    return Err(Problem::field(name, "this is not a filter; there is cursor").into_response());
                }
            }
        }
        Ok(Self(cursor))
    }
}

async fn list(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    From(cursor): From,
) -> Result<Json<Value>, Refusal> {
    let page = api.settings.store.entries(connection.value.id, cursor.as_deref()).await?;
    let items: Vec<_> = page.items.iter().map(view).collect();
    Ok(Json(json!({ "items": items, "cursor": page.cursor })))
}

fn view(entry: &Entry) -> Value {
    let mut details = serde_json::to_value(&entry.act).unwrap_or_default();
    let action = details.as_object_mut().and_then(|fields| fields.remove("action"));
    json!({
        "at": entry.at.rfc3339(),
        "action": action,
        "key_id": entry.by.key,
        "from": entry.by.from,
        "details": details,
    })
}
