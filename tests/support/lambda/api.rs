//! The Runtime API and the Extensions API on the wire, as far as the Rust runtime uses them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::service::{Answer, Extensions, Service, Side, Step};

/// As AWS's identifiers of extensions look.
const EXTENSION_ID: &str = "94f4b6a2-3e5b-4c4f-9a83-0f3f6d0e7c11";
const TRACE: &str = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1";

type Lambda = State<Arc<Service>>;

pub(super) fn router(service: Arc<Service>) -> Router {
    let runtime = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(runtime_next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error));
    let extensions = Router::new()
        .route("/2020-01-01/extension/register", post(register))
        .route("/2020-01-01/extension/event/next", get(extension_next));
    let router = match service.extensions {
        Extensions::Served => runtime.merge(extensions),
        Extensions::Absent => runtime,
    };
    router.with_state(service)
}

async fn runtime_next(State(service): Lambda) -> Response {
    let Some(invocation) = service.next(|state| Some(&mut state.runtime)).await else {
        return StatusCode::FORBIDDEN.into_response();
    };
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

/// Internal extensions get INVOKE only; AWS refuses those that want SHUTDOWN.
async fn register(State(service): Lambda, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let name = headers.get("lambda-extension-name").and_then(|name| name.to_str().ok());
    let (Some(name), true) = (name, body == json!({ "events": ["INVOKE"] })) else {
        return (
            StatusCode::FORBIDDEN,
            Json(json!({ "errorType": "ShutdownEventNotSupportedForInternalExtension" })),
        )
            .into_response();
    };
    service.change(|state| {
        state.extension = Some(Side::default());
        state.steps.push(Step::Registered(name.to_owned()));
    });
    let function =
        json!({ "functionName": service.name, "functionVersion": "$LATEST", "handler": "bootstrap" });
    ([("lambda-extension-identifier", EXTENSION_ID)], Json(function)).into_response()
}

async fn extension_next(State(service): Lambda, headers: HeaderMap) -> Response {
    let known = headers.get("lambda-extension-identifier").is_some_and(|id| id == EXTENSION_ID);
    let invocation = if known { service.next(|state| state.extension.as_mut()).await } else { None };
    let Some(invocation) = invocation else { return StatusCode::FORBIDDEN.into_response() };
    let event = json!({
        "eventType": "INVOKE",
        "deadlineMs": invocation.deadline_ms,
        "requestId": invocation.id.to_string(),
        "invokedFunctionArn": arn(&service),
        "tracing": { "type": "X-Amzn-Trace-Id", "value": TRACE },
    });
    Json(event).into_response()
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
