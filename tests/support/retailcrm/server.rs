//! RetailCRM on the wire.

use std::convert::Infallible;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::Body;
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use serde_json::Value;
use tokio::net::TcpListener;

use super::routes::{self, Asked};
use super::{RetailFault, State};
use crate::net;

/// Serves until it is dropped.
pub(super) async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    net::serve(listener, service_fn(move |request| answer(Arc::clone(&state), request))).await;
}

async fn answer(state: Arc<Mutex<State>>, request: Request<Incoming>) -> io::Result<Response> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let path = parts.uri.path();
    let path = path.strip_prefix("/api/v5/").or_else(|| path.strip_prefix("/api/"));
    let Some(path) = path else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    let pairs = |text: &[u8]| form_urlencoded::parse(text).into_owned().collect();
    let asked = Asked {
        path: path.split('/').collect(),
        method: &parts.method,
        query: pairs(parts.uri.query().unwrap_or_default().as_bytes()),
        form: pairs(&body),
        key: parts.headers.get("x-api-key").and_then(|key| key.to_str().ok()).unwrap_or_default(),
    };
    let name = format!("{} {path}", parts.method);
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    state.asked.push(name.clone());
    let understood = asked.understood(&name);
    if let Some(mut notes) = state.notes.as_ref() {
        notes.write_all(format!("{understood}\n").as_bytes())?;
    }
    state.understood.push(understood);
    let fault = state.fault(&name);
    if let Some(instead) = fault.and_then(instead) {
        return instead;
    }
    let (status, body) = routes::answer(&mut state, &asked);
    if fault == Some(RetailFault::LostAnswer) {
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    said(status, body)
}

/// An answer.
pub(crate) fn said(status: u16, body: Value) -> io::Result<Response> {
    let status = StatusCode::from_u16(status).map_err(io::Error::other)?;
    Ok(if body.is_null() { status.into_response() } else { (status, Json(body)).into_response() })
}

/// What comes instead of an answer, if the request is not to be acted on.
pub(crate) fn instead(fault: RetailFault) -> Option<io::Result<Response>> {
    Some(match fault {
        RetailFault::LostAnswer => return None,
        RetailFault::Reset => Err(io::ErrorKind::ConnectionReset.into()),
        RetailFault::Status(code) => said(code, Value::Null),
        RetailFault::Says(code, text) => said(code, serde_json::from_str(text).unwrap_or_default()),
        RetailFault::Html => Ok(Html("<html>Please sign in</html>").into_response()),
        RetailFault::Endless => {
            let chunks = futures_util::stream::repeat_with(|| {
                Ok::<_, Infallible>(Bytes::from_static(&[b' '; 16 * 1024]))
            });
            Ok(Body::from_stream(chunks).into_response())
        }
    })
}
