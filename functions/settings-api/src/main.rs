//! Lambda function behind API Gateway: serves the settings.

use std::process::ExitCode;

use lambda_http::request::RequestContext;
use lambda_http::tower::ServiceExt as _;
use lambda_http::{Error, Request, RequestExt as _};
use ringbridge::http::{api, without_stage};
use ringbridge::wiring;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Error> {
    // The reason is logged.
    let Ok(settings) = wiring::start_settings().await else { return Ok(ExitCode::FAILURE) };
    let router = api::router(settings).map_request(routed);
    lambda_http::run(router).await?;
    Ok(ExitCode::SUCCESS)
}

fn routed(request: Request) -> Request {
    let stage = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.stage.clone(),
        Some(RequestContext::ApiGatewayV2(context)) => context.stage.clone(),
        Some(_) | None => None,
    };
    without_stage(request, stage.as_deref())
}
