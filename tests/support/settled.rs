//! Event routes that answer when all that an event leaves behind is done, for whoever looks at the outcome next.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use ringbridge::flow::CallDeps;
use ringbridge::http::Background;
use ringbridge::http::events::{self, EventsApi};
use tower::{ServiceExt as _, service_fn};

/// The product's routes, with such answers.
pub fn router(calls: impl Into<Arc<CallDeps>>) -> Router {
    let deps = calls.into();
    let settled = service_fn(move |mut request: Request| {
        let (deps, after) = (Arc::clone(&deps), Background::default());
        // What this router read off the path is read once more by the other.
        request.extensions_mut().clear();
        async move {
            let answer = events::router(EventsApi { deps, after: after.clone() }).oneshot(request).await;
            after.idle().await;
            answer
        }
    });
    Router::new()
        .route_service("/ext-event/{token}", settled.clone())
        .route_service("/agent-event/{token}", settled)
}
