//! What the settings function serves: the JSON routes for programs, and the pages for people.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state, map_response};

use super::api::{self, SettingsApi};
use super::{pages, uniform};

/// All of its routes.
pub fn router(api: SettingsApi) -> Router {
    api::routes()
        .merge(pages::routes())
        .layer(from_fn_with_state(api.clone(), api::name_failures))
        .layer(from_fn(uniform::without_malformed))
        .layer(map_response(uniform::as_problem))
        .layer(from_fn_with_state(api.clone(), pages::for_browsers))
        .with_state(api)
}
