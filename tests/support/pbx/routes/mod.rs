//! The REST API below `/api/ver1.0`. Trailing slashes are significant (docs/pbx.md §0.3), so each path is
//! written as it is and the other spelling is a 404.

mod access;
mod agents;
mod calls;
mod client;
mod events;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::gate;
use super::oauth;
use super::refusal::Refusal;
use super::world::Pbx;

/// What a route answers.
type Reply = Result<Response, Refusal>;

/// Everything that the vendor's PBX serves.
pub(super) fn vendor(pbx: &Arc<Pbx>) -> Router {
    let api = api().fallback(not_found).layer(from_fn_with_state(Arc::clone(pbx), gate::admit));
    Router::new()
        .route("/oauth/token", post(oauth::token))
        .route("/oauth/authorize", get(oauth::authorize))
        .route("/storage/{file}", get(calls::storage))
        .nest(gate::API, api)
        .fallback(not_found)
        .layer(from_fn_with_state(Arc::clone(pbx), gate::watch))
        .with_state(Arc::clone(pbx))
}

fn api() -> Router<Arc<Pbx>> {
    Router::new()
        .route("/user/", get(client::user))
        .route("/client/{client}/client/", get(client::info))
        .route("/client/client_info/{client}/", get(client::info))
        .route("/client/{client}/limit/", get(client::limit))
        .route("/client/{client}/extension/", get(client::extensions))
        .route("/client/{client}/extension/{extension}", get(client::extension))
        .route(
            "/extension/{extension}/event/",
            get(events::list).post(events::create).delete(events::delete_all),
        )
        .route(
            "/extension/{extension}/event/{event}",
            get(events::show).put(events::replace).delete(events::delete),
        )
        .route("/extension/{extension}/callback/", post(calls::callback))
        .route("/client/{client}/call_history/", get(calls::history))
        .route("/client/{client}/call_history/{call}", get(calls::history_item))
        .route("/client/{client}/record/{record}/storage_url/", get(calls::storage_url))
        .route("/extension/{extension}/agent/", get(agents::of_extension))
        .route("/client/{client}/agent/{kind}/", get(agents::list))
        .route("/client/{client}/agent/{kind}/{agent}", get(agents::show))
        .route(
            "/client/{client}/agent/{kind}/{agent}/event/",
            get(agents::events).post(agents::subscribe).delete(agents::unsubscribe_all),
        )
        .route(
            "/client/{client}/agent/{kind}/{agent}/event/{event}",
            get(agents::event).delete(agents::unsubscribe),
        )
}

async fn not_found() -> Response {
    Refusal::NotFound.into_response()
}
