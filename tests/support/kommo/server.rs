//! An account on the wire, and its faults.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use serde_json::Value;
use tokio::net::TcpListener;

use super::routes::{self, Answered, Asked, problem};
use super::tokens::{self, is_here};
use super::{KommoFault, LONG_LIVED, Shared};
use crate::net;

/// Serves until it is dropped.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    net::serve(listener, service_fn(move |request| answer(Arc::clone(&shared), request))).await;
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> io::Result<Response> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let host = header("host").unwrap_or_default();
    let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned();
    let asked = Asked::new(parts.method.as_str(), parts.uri.path(), query.collect(), body);
    let now = shared.clock.now();
    let mut state = shared.state();
    let name = asked.name();
    state.asked.push(name.clone());
    let fault = state.fault(&name);
    if let Some(broken) = fault.and_then(broken) {
        return broken;
    }
    let answered = match parts.uri.path() {
        "/oauth2/access_token" => tokens::give(&mut state, host, &asked.body),
        "/oauth2/account/current/subdomain" => tokens::whereabouts(&state, host, header("x-refresh-token")),
        _ => {
            let token = header("authorization").and_then(|value| value.strip_prefix("Bearer "));
            let known = token == Some(LONG_LIVED) || token == Some(&state.access());
            if !is_here(&state, host) || !known {
                problem(401, "Unauthorized", &[])
            } else if !state.paid {
                problem(402, "Payment Required", &[])
            } else if !state.may_ask(now) {
                problem(429, "Too Many Requests", &[])
            } else {
                routes::act(&mut state, &asked, now)
            }
        }
    };
    match fault {
        Some(KommoFault::LostAnswer) => Err(io::ErrorKind::ConnectionReset.into()),
        Some(KommoFault::Endless) => Ok(endless()),
        _ => Ok(written(answered)),
    }
}

fn written(answered: Answered) -> Response {
    let status = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::BAD_REQUEST);
    let kind = if status.is_success() { "application/hal+json" } else { "application/problem+json" };
    match answered.body {
        Some(body) => (status, [(header::CONTENT_TYPE, kind)], body.to_string()).into_response(),
        None => status.into_response(),
    }
}

/// What a request that meets that fault gets, where nothing is done for it.
fn broken(fault: KommoFault) -> Option<io::Result<Response>> {
    Some(match fault {
        KommoFault::Reset => Err(io::ErrorKind::ConnectionReset.into()),
        KommoFault::Status(code) => StatusCode::from_u16(code)
            .map(|status| (status, Html("<html>nginx</html>")).into_response())
            .map_err(io::Error::other),
        KommoFault::Problem(code) => Ok(written(problem(code, "Something", &[]))),
        KommoFault::Field(path) => Ok(written(problem(400, "Bad Request", &[path]))),
        KommoFault::Moved => {
            Ok((StatusCode::FOUND, [(header::LOCATION, "https://elsewhere.invalid/")]).into_response())
        }
        KommoFault::Html => Ok(Html("<html>Please sign in</html>").into_response()),
        KommoFault::LostAnswer | KommoFault::Endless => return None,
    })
}

fn endless() -> Response {
    let chunks =
        futures_util::stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(&[b' '; 16 * 1024])));
    Body::from_stream(chunks).into_response()
}
