//! Work after the answer, in the same invocation. The caller has its answer as soon as the runtime has posted it, but
//! the invocation lasts until the runtime asks for the next one: so it asks when all that the answer left behind is done.
//! AWS's own runtime for Swift does so too (awslabs/swift-aws-lambda-runtime, its README on background tasks).

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use lambda_http::Error;
use lambda_http::lambda_runtime::LambdaInvocation;
use lambda_http::tower::{Layer, Service};
use ringbridge::clock::{Clock as _, SystemClock, Timestamp};
use ringbridge::http::Background;

/// Between giving up on what is left and the moment at which Lambda would kill the process; the sweep finds it.
const MARGIN: Duration = Duration::from_millis(500);

/// A layer around the runtime's service, which posts answers: it has what they leave behind begin then, and end
/// before the next event is asked for.
#[derive(Clone, Debug)]
pub(crate) struct AfterAnswer(pub(crate) Background);

impl<S> Layer<S> for AfterAnswer {
    type Service = Finishing<S>;

    fn layer(&self, inner: S) -> Finishing<S> {
        Finishing { inner, left: self.0.clone() }
    }
}

/// See [`AfterAnswer`].
pub(crate) struct Finishing<S> {
    inner: S,
    left: Background,
}

impl<S> Service<LambdaInvocation> for Finishing<S>
where
    S: Service<LambdaInvocation, Response = (), Error = Error, Future: Send + 'static>,
{
    type Response = ();
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let (left, time_is_up) = (self.left.clone(), Timestamp::from_millis(invocation.context.deadline));
        let posted = self.inner.call(invocation);
        Box::pin(async move {
            let result = posted.await;
            // An answer that could not be posted changes nothing for an event that is stored.
            left.posted();
            finish(&left, time_is_up).await;
            result
        })
    }
}

/// Returns when nothing is left to do, or the invocation's time is up.
async fn finish(left: &Background, time_is_up: Timestamp) {
    let time = time_is_up.since(SystemClock.now() + MARGIN);
    if tokio::time::timeout(time, left.idle()).await.is_err() {
        // Frozen work would go on in some later invocation, with what it read long ago.
        left.abort();
        tracing::warn!("invocation's time is up; the sweep finds what is not settled");
    }
}
