//! Lambda function on a schedule: finds what is due and settles it, as far as the invocation's time goes. It takes
//! batches of the retry queue too, and says which messages failed.

use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use ringbridge::clock::Timestamp;
use ringbridge::flow::{RetryDeps, retry};
use ringbridge::queue::Trigger;
use ringbridge::wiring;
use serde_json::{Value, to_value};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Error> {
    // The reason is logged.
    let Ok(deps) = wiring::start_retry() else { return Ok(ExitCode::FAILURE) };
    let deps = Arc::new(deps);
    let woken = service_fn(move |event| woken(Arc::clone(&deps), event));
    // As a task: whatever wakes the main one costs two system calls more.
    tokio::spawn(lambda_runtime::run(woken)).await??;
    Ok(ExitCode::SUCCESS)
}

async fn woken(deps: Arc<RetryDeps>, event: LambdaEvent<Value>) -> Result<Value, Error> {
    let time_is_up = Timestamp::from_millis(event.context.deadline);
    // What is begun last must end too.
    let budget = time_is_up.since(deps.calls.clock.now() + deps.calls.timing.lease);
    Ok(match Trigger::read(event.payload)? {
        Trigger::Schedule => to_value(retry::run(&deps, budget).await)?,
        Trigger::Messages(messages) => to_value(retry::run_messages(&deps, messages, budget).await)?,
    })
}
