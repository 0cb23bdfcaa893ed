//! A function like the event receiver, but for routes that panic: what is around them is the receiver's own.

#[path = "../../functions/event-receiver/src/after_answer.rs"]
mod after_answer;
#[path = "../../functions/event-receiver/src/gateway.rs"]
mod gateway;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use lambda_http::lambda_runtime::{Runtime, layers::TracingLayer};
use lambda_http::{Adapter, Error};
use ringbridge::http::Background;

use crate::after_answer::AfterAnswer;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let after = Background::once_posted();
    let router = Router::new().route("/{moment}", get(panic_at)).with_state(after.clone());
    let runtime = Runtime::new(gateway::Sound(Adapter::from(router)));
    runtime.layer(TracingLayer::new()).layer(AfterAnswer(after)).run().await
}

/// Panics `at-once`, `afterwards` in the work that the answer leaves behind, or `never`; `without-end` that work never ends.
async fn panic_at(State(after): State<Background>, Path(moment): Path<String>) -> &'static str {
    assert_ne!(moment, "at-once", "as the path says");
    let in_flight = after.begin();
    after.spawn(async move {
        assert_ne!(moment, "afterwards", "as the path says");
        if moment == "without-end" {
            std::future::pending::<()>().await;
        }
        drop(in_flight);
    });
    "ok"
}
