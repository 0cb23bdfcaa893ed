//! Lambda function behind API Gateway: takes the PBX's events, answers once they are stored, settles them after.

mod after_answer;
mod answer;
mod gateway;
mod named;

use std::process::ExitCode;

use lambda_http::lambda_runtime::{Runtime, layers::TracingLayer};
use lambda_http::tower::ServiceExt as _;
use lambda_http::{Adapter, Error, Request, RequestExt as _};
use ringbridge::clock::Timestamp;
use ringbridge::http::events::{self, Deadline, EventsApi};
use ringbridge::http::{Background, followed, without_stage};
use ringbridge::wiring;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Error> {
    // The reason is logged.
    let Ok((deps, front)) = wiring::start_events().await else { return Ok(ExitCode::FAILURE) };
    let after = Background::once_posted();
    let api = EventsApi { deps: deps.into(), after: after.clone() };
    let router = followed(front.before(events::router(api))).map_request(routed).and_then(answer::read);
    let runtime = Runtime::new(gateway::Sound(Adapter::from(router))).layer(TracingLayer::new());
    // As a task: whatever wakes the main one costs two system calls more.
    tokio::spawn(runtime.layer(after_answer::AfterAnswer(after)).run()).await??;
    Ok(ExitCode::SUCCESS)
}

fn routed(mut request: Request) -> Request {
    let deadline = request.lambda_context_ref().map(|context| Timestamp::from_millis(context.deadline));
    if let Some(deadline) = deadline {
        request.extensions_mut().insert(Deadline(deadline));
    }
    let stage = named::stage(&mut request);
    without_stage(request, stage.as_deref())
}
