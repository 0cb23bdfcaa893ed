//! `GET /extensions`: what there is to map, whose it is, and how its events are.

use axum::Json;
use axum::extract::State;

use super::describe::{Doc, Routes};
use super::{Admin, Refusal, SettingsApi};
use crate::view::Page;
use crate::view::extension::Extension;

pub(super) fn routes() -> Routes {
    let doc = Doc::new("listExtensions", "The PBX's extensions, whose they are, and how their events are")
        .lists::<Extension>(200, "All of them")
        .leads(200, "rotateExtension", &[("id", "$response.body#/items/0/id")]);
    Routes::new().on("get", "/api/v1/extensions", list, doc)
}

async fn list(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
) -> Result<Json<Page<Extension>>, Refusal> {
    let extensions = api.settings.store.extensions(connection.value.id).await?;
    let items = extensions.iter().map(|extension| Extension::from(&extension.value)).collect();
    Ok(Json(Page::whole(items)))
}
