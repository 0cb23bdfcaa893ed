//! Lambda function on a schedule: finds what is due and settles it, as far as the invocation's time goes.

use std::process::ExitCode;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use ringbridge::clock::Timestamp;
use ringbridge::flow::RetryDeps;
use ringbridge::flow::retry::{self, Report};
use ringbridge::wiring;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Error> {
    // The reason is logged.
    let Ok(deps) = wiring::start_retry().await else { return Ok(ExitCode::FAILURE) };
    let deps = &deps;
    lambda_runtime::run(service_fn(move |event| scheduled(deps, event))).await?;
    Ok(ExitCode::SUCCESS)
}

/// The schedule's event says nothing but that it is time.
async fn scheduled(deps: &RetryDeps, event: LambdaEvent<Value>) -> Result<Report, Error> {
    let time_is_up = Timestamp::from_millis(event.context.deadline);
    // What is begun last must end too.
    let budget = time_is_up.since(deps.calls.clock.now() + deps.calls.timing.lease);
    Ok(retry::run(deps, budget).await)
}
