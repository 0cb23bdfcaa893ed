//! What the settings function serves: the JSON routes for programs, and the pages for people.

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::Response;
use tower::{ServiceExt as _, service_fn};

use super::api::{self, SettingsApi};
use super::{pages, uniform};

/// All of its routes.
pub fn router(api: SettingsApi) -> Router {
    served(api::routes().merge(pages::routes()), api)
}

/// The same for a process that is started for one request: of routes and pages, each is put together when it is first
/// asked for something. Together they are most of a start's instructions, and a request needs one of them.
pub fn on_demand(api: SettingsApi) -> Router {
    let halves = Arc::new([const { OnceLock::new() }; 2]);
    Router::new().fallback_service(service_fn(move |request: Request| {
        let (api, halves) = (api.clone(), Arc::clone(&halves));
        async move { answered(request, api, &halves).await }
    }))
}

async fn answered(
    request: Request,
    api: SettingsApi,
    [routes, pages]: &[OnceLock<Router>; 2],
) -> Result<Response, Infallible> {
    let half = if pages::are_asked(request.uri().path()) {
        pages.get_or_init(|| served(pages::routes(), api))
    } else {
        routes.get_or_init(|| served(api::routes(), api))
    };
    half.clone().oneshot(request).await
}

fn served(routes: Router<SettingsApi>, api: SettingsApi) -> Router {
    routes
        .layer(from_fn_with_state(api.clone(), api::name_failures))
        .layer(from_fn(uniform::without_malformed))
        .layer(map_response(uniform::as_problem))
        .layer(from_fn_with_state(api.clone(), pages::for_browsers))
        .with_state(api)
}
