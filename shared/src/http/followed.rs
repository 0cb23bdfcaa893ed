//! Requests that can be followed: what is logged of one says what the gateway calls it, as its access log does.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use tracing::Instrument as _;

use crate::telemetry::field;

/// What the gateway calls a request.
#[derive(Clone, Debug)]
pub struct GatewayRequest(pub String);

/// Has everything that is logged of a request carry the gateway's name for it, if it came through one.
pub fn followed(router: Router) -> Router {
    router.layer(from_fn(in_span))
}

async fn in_span(request: Request, next: Next) -> Response {
    let Some(GatewayRequest(id)) = request.extensions().get() else { return next.run(request).await };
    let span = tracing::info_span!("request", { field::GATEWAY } = id);
    next.run(request).instrument(span).await
}
