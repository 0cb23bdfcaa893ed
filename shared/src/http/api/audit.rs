//! `GET /audit`: who changed what, when and from where.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use http::request::Parts;

use super::describe::{Doc, Routes};
use super::{Admin, Refusal, SettingsApi};
use crate::http::Problem;
use crate::storage::Store;
use crate::view::Page;
use crate::view::audit::AuditEntry;

pub(super) fn routes() -> Routes {
    let doc =
        Doc::new("listAudit", "The audit trail: who changed what, when and from where; kept for 180 days")
            .query("cursor", "From the page before")
            .lists::<AuditEntry>(200, "One page, the newest first")
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
) -> Result<Json<Page<AuditEntry>>, Refusal> {
    let page = api.settings.store.entries(connection.value.id, cursor.as_deref()).await?;
    let items = page.items.iter().map(AuditEntry::from).collect();
    Ok(Json(Page { items, cursor: page.cursor }))
}
