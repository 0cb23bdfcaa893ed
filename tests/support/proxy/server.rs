//! The proxy on the wire.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use tokio::net::TcpListener;

use super::{Exchange, ProxyFault, Shared};
use crate::net;

/// Serves until it is dropped.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    net::serve(listener, service_fn(move |request| answer(Arc::clone(&shared), request))).await;
}

/// An error breaks the connection off without an answer.
async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> io::Result<Response> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let target = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).map(str::to_owned);
    // What is not of AWS is told by method and path.
    let target = target.unwrap_or_else(|| format!("{} {}", parts.method, parts.uri.path()));
    let (service, operation) = target.split_once('.').unwrap_or(("", &target));
    let fault = shared.plan().meet(operation, &body);
    let sqs = service == "AmazonSQS";
    match fault {
        None => forward(&shared, operation, parts, body).await,
        Some(ProxyFault::Throttle) if sqs => refusal(StatusCode::BAD_REQUEST, "RequestThrottled"),
        Some(ProxyFault::Throttle) => {
            refusal(StatusCode::BAD_REQUEST, "ProvisionedThroughputExceededException")
        }
        Some(ProxyFault::ThrottleAccount) => refusal(StatusCode::BAD_REQUEST, "ThrottlingException"),
        Some(ProxyFault::ServerError) => refusal(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
        Some(ProxyFault::TooMany) => Ok(too_many()),
        Some(ProxyFault::Refuse(code)) => refusal(StatusCode::BAD_REQUEST, code),
        Some(ProxyFault::Drop) => Err(io::ErrorKind::ConnectionReset.into()),
        Some(ProxyFault::LoseAnswer) => {
            forward(&shared, operation, parts, body).await?;
            Err(io::ErrorKind::ConnectionReset.into())
        }
        Some(ProxyFault::Hang) => hang(&shared).await,
        Some(ProxyFault::HangAfter) => {
            forward(&shared, operation, parts, body).await?;
            hang(&shared).await
        }
        Some(ProxyFault::Hold) => {
            let mut released = shared.released.subscribe();
            shared.hangs.begin();
            // The sender lives in `shared`, so waiting can't fail.
            let _ = released.changed().await;
            forward(&shared, operation, parts, body).await
        }
        Some(ProxyFault::Undone) => undone(operation, &body),
        Some(ProxyFault::Empty) => Ok(Response::new(Body::from("{}"))),
        Some(ProxyFault::Garbage) => Ok(Response::new(Body::from("<html>"))),
    }
}

fn too_many() -> Response {
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")]).into_response()
}

async fn hang(shared: &Shared) -> io::Result<Response> {
    shared.hangs.begin();
    std::future::pending().await
}

async fn forward(
    shared: &Shared,
    operation: &str,
    parts: http::request::Parts,
    body: Bytes,
) -> io::Result<Response> {
    let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let url = format!("{}{path}", shared.upstream);
    let request = shared.client.request(parts.method, url).headers(passed_on(&parts.headers));
    let answer = request.body(body.clone()).send().await.map_err(io::Error::other)?;
    let (status, headers) = (answer.status(), passed_on(answer.headers()));
    let answer = answer.bytes().await.map_err(io::Error::other)?;
    if let Some(exchanges) = &mut shared.plan().exchanges {
        let operation = operation.to_owned();
        exchanges.push(Exchange { operation, request: body, answer: answer.clone() });
    }
    let mut response = Response::new(Body::from(answer));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Without the headers that belong to one connection.
fn passed_on(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for own in [header::HOST, header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
        headers.remove(own);
    }
    headers
}

/// All that a batch asks for, as what is left of it.
fn undone(operation: &str, body: &Bytes) -> io::Result<Response> {
    let asked: serde_json::Value = serde_json::from_slice(body).map_err(io::Error::other)?;
    let left = if operation == "BatchWriteItem" { "UnprocessedItems" } else { "UnprocessedKeys" };
    let answer = serde_json::json!({ left: asked["RequestItems"] });
    Ok(Response::new(Body::from(answer.to_string())))
}

fn refusal(status: StatusCode, code: &str) -> io::Result<Response> {
    let body = serde_json::json!({ "__type": format!("com.amazonaws#{code}"), "message": "as asked for" });
    let response = http::Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/x-amz-json-1.0")
        .header("x-amzn-requestid", "00000000-0000-0000-0000-000000000000");
    response.body(Body::from(body.to_string())).map_err(io::Error::other)
}
