//! What the gateway calls a request, and the stage that it came through. The settings' function uses it too.

use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt as _};
use ringbridge::http::GatewayRequest;

/// The stage that a request came through; what the gateway calls the request goes with it, for the log.
pub(crate) fn stage(request: &mut Request) -> Option<String> {
    let (stage, id) = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(from)) => (from.stage.clone(), from.request_id.clone()),
        Some(RequestContext::ApiGatewayV2(from)) => (from.stage.clone(), from.request_id.clone()),
        Some(_) | None => (None, None),
    };
    if let Some(id) = id {
        request.extensions_mut().insert(GatewayRequest(id));
    }
    stage
}
