//! `GET /notices` and `POST /notices/{id}/dismiss`: what a person should know and do. A notice ends by itself when its
//! cause does; one that is dismissed comes back when its cause does.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Value, json};

use super::describe::{Doc, Routes};
use super::{Admin, Refusal, SettingsApi};
use crate::model::notice::{Cause, Notice};

/// Keys are short; longer ones can't be any.
const MAX_KEY: usize = 100;

pub(super) fn routes() -> Routes {
    let notice = json!({
        "id": "pbx-failing", "text": "The PBX failed (500).", "advice": "Wait.", "extension_id": null,
        "first_at": "2026-09-01T12:00:00Z", "last_at": "2026-09-01T12:05:00Z", "count": 2,
    });
    let list_doc = Doc::new("What a person should know and do").gives(
        200,
        "The latest first",
        json!({ "items": [notice], "cursor": null }),
    );
    let dismiss_doc =
        Doc::new("Takes a notice off the list until its cause comes back").ends(204, "It is gone");
    Routes::new().on("get", "/api/v1/notices", list, list_doc).on(
        "post",
        "/api/v1/notices/{id}/dismiss",
        dismiss,
        dismiss_doc,
    )
}

async fn list(State(api): State<SettingsApi>, Admin(connection): Admin) -> Result<Json<Value>, Refusal> {
    let notices = api.settings.store.notices(connection.value.id).await?;
    Ok(Json(json!({ "items": notices.iter().map(view).collect::<Vec<_>>(), "cursor": null })))
}

async fn dismiss(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    if id.len() <= MAX_KEY {
        api.settings.store.resolve_notice(connection.value.id, &id).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

fn view(notice: &Notice) -> Value {
    let extension = match &notice.cause {
        Cause::ExtensionProblem { extension } | Cause::EventFlood { extension } => Some(extension),
        Cause::CrmRefusedCredentials
        | Cause::CrmUnpaid
        | Cause::CrmEndpointDisabled
        | Cause::RecordRefused
        | Cause::GaveUp
        | Cause::PbxRefusedCredentials
        | Cause::PbxDenied
        | Cause::PbxBudget
        | Cause::PbxFailing
        | Cause::CallFull
        | Cause::EndUnknown
        | Cause::HistoryUnreadable
        | Cause::TakenOver => None,
    };
    json!({
        "id": notice.cause.key(),
        "text": notice.text,
        "advice": notice.advice,
        "extension_id": extension,
        "first_at": notice.first_at.rfc3339(),
        "last_at": notice.last_at.rfc3339(),
        "count": notice.count,
    })
}
