//! Two messages per failure: the caller gets a constant sentence and a request id, the log gets the causes with the
//! same id.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::RETRY_AFTER;

use super::SettingsApi;
use crate::error::{Classified as _, Retryability, chain};
use crate::http::Problem;
use crate::storage::StoreError;
use crate::telemetry::field;

/// Why a request is not answered as it was asked.
#[derive(Debug)]
pub enum Refusal {
    /// For what the caller can change.
    Problem(Problem),
    /// For having failed too often: how long to wait.
    Wait(Duration),
    /// For what can't be done now: when it may be.
    Later(Problem, Duration),
    /// For what they can't.
    Store(StoreError),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Travels with an answer to [`name`], and no further.
#[derive(Clone)]
struct Causes(String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = match self {
            Self::Problem(problem) => return problem.into_response(),
            Self::Wait(wait) => return too_often(wait),
            Self::Later(problem, wait) => {
                let mut response = problem.into_response();
                response.headers_mut().insert(RETRY_AFTER, seconds(wait).into());
                return response;
            }
            Self::Store(error) => error,
        };
        let status = match error.retryability() {
            Retryability::Transient { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Retryability::Permanent => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(Causes(chain(&error)));
        response
    }
}

fn too_often(wait: Duration) -> Response {
    let seconds = seconds(wait);
    let detail = format!("too many failures; try again in {seconds} seconds");
    let mut answer = Problem::new(StatusCode::TOO_MANY_REQUESTS, detail).into_response();
    answer.headers_mut().insert(RETRY_AFTER, seconds.into());
    answer
}

/// Whole seconds, one at least.
fn seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

/// Gives a failed request an id, in the log and in the answer.
pub(in crate::http) async fn name(State(api): State<SettingsApi>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let Some(Causes(causes)) = response.extensions().get() else { return response };
    let id = api.settings.random_id();
    tracing::error!({ field::REQUEST } = id, { field::ERROR } = causes, "request failed");
    let detail = format!("the request failed on our side; try again later, and name {id} to the operator");
    Problem::new(response.status(), detail).into_response()
}
