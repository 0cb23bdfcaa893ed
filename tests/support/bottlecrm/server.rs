//! BottleCRM on the wire.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use serde_json::Value;
use tokio::net::TcpListener;

use super::routes::{self, Asked};
use super::{BottleFault, Shared};
use crate::net;

/// Serves until it is dropped.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    net::serve(listener, service_fn(move |request| answer(Arc::clone(&shared), request))).await;
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> io::Result<Response> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let path = parts.uri.path();
    let Some(below) = path.strip_prefix("/api/") else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    let Some(below) = below.strip_suffix('/') else { return Ok(moved(&format!("{path}/"))) };
    let segments: Vec<_> = below.split('/').collect();
    let bearer = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let asked = Asked {
        method: &parts.method,
        path: segments.clone(),
        query: form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        token: bearer.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default(),
        now: shared.clock.now(),
    };
    let is_id = |segment: &&str| segment.len() == 36 && segment.contains('-');
    let name: Vec<_> = segments.iter().map(|one| if is_id(one) { "{id}" } else { one }).collect();
    let name = format!("{} {}", parts.method, name.join("/"));
    let mut state = shared.state();
    state.asked.push((name.clone(), asked.body.clone()));
    let fault = state.fault(&name);
    if let Some(instead) = fault.and_then(instead) {
        return instead;
    }
    let (status, body, wait) = routes::answer(&mut state, &asked);
    if fault == Some(BottleFault::LostAnswer) {
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    let mut response = said(status, body)?;
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
    Ok(response)
}

fn said(status: u16, body: Value) -> io::Result<Response> {
    let status = StatusCode::from_u16(status).map_err(io::Error::other)?;
    Ok(if body.is_null() { status.into_response() } else { (status, Json(body)).into_response() })
}

fn moved(to: &str) -> Response {
    (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, to.to_owned())]).into_response()
}

/// What comes instead of an answer, if the request is not to be acted on.
fn instead(fault: BottleFault) -> Option<io::Result<Response>> {
    Some(match fault {
        BottleFault::LostAnswer => return None,
        BottleFault::Reset => Err(io::ErrorKind::ConnectionReset.into()),
        BottleFault::Status(code) => said(code, Value::Null),
        BottleFault::Says(code, text) => said(code, serde_json::from_str(text).unwrap_or_default()),
        BottleFault::Moved => Ok(moved("https://elsewhere.invalid/")),
        BottleFault::Html => Ok(Html("<html>Please sign in</html>").into_response()),
        BottleFault::Empty => Ok(StatusCode::OK.into_response()),
        BottleFault::Endless => {
            let chunks = futures_util::stream::repeat_with(|| {
                Ok::<_, Infallible>(Bytes::from_static(&[b' '; 16 * 1024]))
            });
            Ok(Body::from_stream(chunks).into_response())
        }
    })
}
