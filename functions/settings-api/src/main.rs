//! Lambda function behind API Gateway: serves the settings.

#[path = "../../event-receiver/src/answer.rs"]
mod answer;
#[path = "../../event-receiver/src/gateway.rs"]
mod gateway;
#[path = "../../event-receiver/src/named.rs"]
mod named;

use std::process::ExitCode;

use lambda_http::request::RequestContext;
use lambda_http::tower::ServiceExt as _;
use lambda_http::{Adapter, Error, Request, RequestExt as _};
use ringbridge::http::{followed, settings, without_stage};
use ringbridge::model::source::Source;
use ringbridge::wiring;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Error> {
    // The reason is logged.
    let Ok((api, front)) = wiring::start_settings() else { return Ok(ExitCode::FAILURE) };
    let router = followed(front.before(settings::on_demand(api))).map_request(routed).and_then(answer::read);
    // As a task: whatever wakes the main one costs two system calls more.
    tokio::spawn(lambda_http::lambda_runtime::run(gateway::Sound(Adapter::from(router)))).await??;
    Ok(ExitCode::SUCCESS)
}

fn routed(mut request: Request) -> Request {
    let stage = named::stage(&mut request);
    let address = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(from)) => from.identity.source_ip.clone(),
        Some(RequestContext::ApiGatewayV2(from)) => from.http.source_ip.clone(),
        Some(_) | None => None,
    };
    if let Some(source) = address.as_deref().and_then(Source::parse) {
        request.extensions_mut().insert(source);
    }
    without_stage(request, stage.as_deref())
}
