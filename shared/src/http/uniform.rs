//! What the framework refuses by itself (no such route, a method that is not taken, a path that is no text) looks like
//! every other refusal; and `HEAD`, which link scanners send, reaches no route that stores something.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode};

use super::problem::Problem;

/// Gives a refusal without a body of its own, or with one line of text, the shape of a problem. Headers stay.
pub(super) async fn as_problem(response: Response) -> Response {
    let status = response.status();
    let refused = status.is_client_error() || status.is_server_error();
    let bare =
        response.headers().get(CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !refused || !bare {
        return response;
    }
    let mut problem = Problem::new(status, detail(status)).into_response();
    for (name, value) in response.headers() {
        if name != CONTENT_TYPE && name != CONTENT_LENGTH {
            problem.headers_mut().append(name, value.clone());
        }
    }
    problem
}

/// The header that marks what a gateway passed on and is no request; whoever sends it themselves is refused as well.
pub const MALFORMED: &str = "x-ringbridge-malformed";

/// Refuses what is no request.
pub(super) async fn without_malformed(request: Request, next: Next) -> Response {
    if request.headers().contains_key(MALFORMED) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    next.run(request).await
}

/// Refuses `HEAD` on routes whose `GET` stores what it is given.
pub(super) async fn without_head(request: Request, next: Next) -> Response {
    if request.method() != Method::HEAD {
        return next.run(request).await;
    }
    let mut refused = StatusCode::METHOD_NOT_ALLOWED.into_response();
    refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET,POST"));
    refused
}

const fn detail(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "the address, its query or its headers can't be read",
        404 => "there is nothing at this address",
        405 => "this address does not take this method; see Allow",
        408 => "the request took too long to arrive",
        413 => "the body is too long",
        415 => "the body must be JSON, with Content-Type: application/json",
        429 => "too many requests; see Retry-After",
        500.. => "the request failed on our side; try again later",
        _ => "the request can't be answered",
    }
}
