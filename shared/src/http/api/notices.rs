//! `GET /notices` and `POST /notices/{id}/dismiss`: what a person should know and do. A notice ends by itself when its
//! cause does; one that is dismissed comes back when its cause does.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;

use super::describe::{Doc, Routes};
use super::{Admin, Refusal, SettingsApi};
use crate::view::Page;
use crate::view::notice::Notice;

/// Keys are short; longer ones can't be any.
const MAX_KEY: usize = 100;

pub(super) fn routes() -> Routes {
    let list_doc = Doc::new("listNotices", "What a person should know and do")
        .lists::<Notice>(200, "The latest first")
        .leads(200, "dismissNotice", &[("id", "$response.body#/items/0/id")]);
    let dismiss_doc = Doc::new("dismissNotice", "Takes a notice off the list until its cause comes back")
        .ends(204, "It is gone");
    Routes::new().on("get", "/api/v1/notices", list, list_doc).on(
        "post",
        "/api/v1/notices/{id}/dismiss",
        dismiss,
        dismiss_doc,
    )
}

async fn list(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
) -> Result<Json<Page<Notice>>, Refusal> {
    let notices = api.settings.store.notices(connection.value.id).await?;
    Ok(Json(Page::whole(notices.iter().map(Notice::from).collect())))
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
