//! Work after the answer, in the same invocation. The caller has its answer as soon as the runtime has posted it,
//! but the invocation ends only when the runtime *and* every extension ask for the next one: so this process
//! registers itself as an extension too, and asks once whatever the answer left behind is done.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use lambda_extension::{Extension, NextEvent};
use lambda_http::Error;
use lambda_http::lambda_runtime::LambdaInvocation;
use lambda_http::tower::{Layer, Service};
use ringbridge::clock::{Clock as _, SystemClock, Timestamp};
use ringbridge::error::chain;
use ringbridge::http::{AfterAnswer, Background};
use ringbridge::telemetry::field;
use ringbridge::wiring;
use tokio::sync::watch;

/// Between giving up on what is left and the moment at which Lambda would kill the process; the sweep finds it.
const MARGIN: Duration = Duration::from_millis(500);

type Running = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// Registrations that are tried: the first may fail by chance, and decides for the process's whole life.
const TRIES: usize = 3;

/// Registers the extension: where work goes, the layer that the runtime needs for it, and the extension's run.
/// Without the Extensions API, as in some emulators, events are settled before they are answered; in Lambda itself,
/// which has it, a process that can't register ends, so that another one is started. The extension asks for its first
/// event when the table's connection is open: a start lasts until then, while the runtime asks at once.
pub(crate) async fn register(
    opening: impl Future<Output: Send> + Send + 'static,
) -> Result<(AfterAnswer, Answered, Running), Error> {
    let answered = Answered(Arc::new(watch::Sender::new(String::new())));
    let background = Background::after(answered.0.subscribe());
    let mut tries = 1;
    loop {
        let (work, answers) = (background.clone(), answered.clone());
        let hold_open = lambda_extension::service_fn(move |event: lambda_extension::LambdaEvent| {
            hold_open(event.next, answers.clone(), work.clone())
        });
        let extension = Extension::new().with_extension_name("settle").with_events(&["INVOKE"]);
        let error = match extension.with_events_processor(hold_open).register().await {
            Ok(extension) => {
                let run = Box::pin(async {
                    // However it ended.
                    let _ = opening.await;
                    extension.run().await
                });
                return Ok((AfterAnswer::Beside(background), answered, run));
            }
            Err(error) => error,
        };
        if tries < TRIES {
            tries += 1;
            continue;
        }
        if wiring::is_in_lambda() {
            tracing::error!({ field::ERROR } = chain(error.as_ref()), "not started: no extension");
            return Err(error);
        }
        tracing::warn!(
            { field::ERROR } = chain(error.as_ref()),
            "no extension; events are settled before they are answered"
        );
        return Ok((AfterAnswer::Inline, answered, Box::pin(std::future::pending())));
    }
}

/// Returns when the invocation may end: its answer is posted and nothing is left to do, or its time is up.
async fn hold_open(event: NextEvent, answered: Answered, background: Background) -> Result<(), Error> {
    let NextEvent::Invoke(invoke) = event else { return Ok(()) };
    let time_is_up = Timestamp::from_millis(invoke.deadline_ms);
    let left = time_is_up.since(SystemClock.now() + MARGIN);
    let done = async {
        answered.wait_for(&invoke.request_id).await;
        background.idle().await;
    };
    if tokio::time::timeout(left, done).await.is_err() {
        // Frozen work would go on in some later invocation, with what it read long ago.
        background.abort();
        tracing::warn!("invocation's time is up; the sweep finds what is not settled");
    }
    Ok(())
}

/// A layer around the runtime's service that tells which invocation's answer was posted last.
#[derive(Clone)]
pub(crate) struct Answered(Arc<watch::Sender<String>>);

impl Answered {
    async fn wait_for(&self, request_id: &str) {
        // The sender lives in `self`, so waiting can't fail.
        let _ = self.0.subscribe().wait_for(|last| last == request_id).await;
    }
}

impl<S> Layer<S> for Answered {
    type Service = Announcing<S>;

    fn layer(&self, inner: S) -> Announcing<S> {
        Announcing { inner, answered: self.clone() }
    }
}

/// See [`Answered`].
pub(crate) struct Announcing<S> {
    inner: S,
    answered: Answered,
}

impl<S> Service<LambdaInvocation> for Announcing<S>
where
    S: Service<LambdaInvocation, Response = (), Error = Error, Future: Send + 'static>,
{
    type Response = ();
    type Error = Error;
    type Future = Running;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Running {
        let (answered, request_id) = (self.answered.clone(), invocation.context.request_id.clone());
        let posted = self.inner.call(invocation);
        Box::pin(async move {
            let result = posted.await;
            answered.0.send_replace(request_id);
            result
        })
    }
}
