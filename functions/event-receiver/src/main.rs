//! Lambda function behind API Gateway: takes the PBX's events, answers once they are stored, settles them after.

mod after_answer;
mod gateway;

use std::process::ExitCode;

use lambda_http::lambda_runtime::{Runtime, layers::TracingLayer};
use lambda_http::request::RequestContext;
use lambda_http::tower::ServiceExt as _;
use lambda_http::{Adapter, Error, Request, RequestExt as _};
use ringbridge::clock::Timestamp;
use ringbridge::http::events::{self, Deadline, EventsApi};
use ringbridge::http::without_stage;
use ringbridge::wiring;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Error> {
    // The reason is logged.
    let Ok((deps, front, opening)) = wiring::start_events().await else { return Ok(ExitCode::FAILURE) };
    let (after, answered, extension) = after_answer::register(opening).await?;
    let router = front.before(events::router(EventsApi { deps: deps.into(), after })).map_request(routed);
    let runtime =
        Runtime::new(gateway::Sound(Adapter::from(router))).layer(TracingLayer::new()).layer(answered);
    tokio::try_join!(runtime.run(), extension)?;
    Ok(ExitCode::SUCCESS)
}

fn routed(mut request: Request) -> Request {
    let deadline = request.lambda_context_ref().map(|context| Timestamp::from_millis(context.deadline));
    if let Some(deadline) = deadline {
        request.extensions_mut().insert(Deadline(deadline));
    }
    let stage = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.stage.clone(),
        Some(RequestContext::ApiGatewayV2(context)) => context.stage.clone(),
        Some(_) | None => None,
    };
    without_stage(request, stage.as_deref())
}
