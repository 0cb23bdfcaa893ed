//! The Runtime API on the wire, as far as the Rust runtime uses it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde_json::{Value, json};

use super::service::{Answer, Service, Step};

const TRACE: &str = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1";

type Lambda = State<Arc<Service>>;

pub(super) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .with_state(service)
}

async fn next(State(service): Lambda) -> Response {
    let Some(invocation) = service.next().await else { return StatusCode::FORBIDDEN.into_response() };
    let headers = [
        ("lambda-runtime-aws-request-id", invocation.id.to_string()),
        ("lambda-runtime-deadline-ms", invocation.deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", arn(&service)),
        ("lambda-runtime-trace-id", TRACE.to_owned()),
        ("content-type", "application/json".to_owned()),
    ];
    (headers, invocation.event).into_response()
}

async fn response(State(service): Lambda, Path(id): Path<String>, body: Bytes) -> Response {
    let known = service.change(|state| state.take(&id, Answer::Response(json(&body))));
    service.pass().await;
    taken(known)
}

async fn error(State(service): Lambda, Path(id): Path<String>, body: Bytes) -> Response {
    taken(service.change(|state| state.take(&id, Answer::Error(json(&body)))))
}

async fn init_error(State(service): Lambda, body: Bytes) -> Response {
    service.change(|state| state.steps.push(Step::InitFailed(json(&body).to_string())));
    taken(true)
}

/// The runtime names no content type; what is not JSON counts as null.
fn json(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

fn taken(known: bool) -> Response {
    if known {
        (StatusCode::ACCEPTED, Json(json!({ "status": "OK" }))).into_response()
    } else {
        (StatusCode::BAD_REQUEST, Json(json!({ "errorType": "InvalidRequestID" }))).into_response()
    }
}

fn arn(service: &Service) -> String {
    format!("arn:aws:lambda:eu-west-1:123456789012:function:{}", service.name)
}
