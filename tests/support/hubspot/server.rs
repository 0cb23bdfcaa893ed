//! HubSpot on the wire.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::routes::{self, Asked};
use super::{HubFault, Shared};
use crate::net;

/// Serves until it is dropped.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    net::serve(listener, service_fn(move |request| answer(Arc::clone(&shared), request))).await;
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> io::Result<Response> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let path = parts.uri.path().trim_matches('/').to_owned();
    let bearer = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let pairs = |text: &[u8]| form_urlencoded::parse(text).into_owned().collect();
    let asked = Asked {
        method: &parts.method,
        path: path.split('/').collect(),
        query: pairs(parts.uri.query().unwrap_or_default().as_bytes()),
        form: pairs(&body),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        token: bearer.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default(),
        now: shared.clock.now(),
    };
    shared.note(parts.method.as_str(), parts.uri.path(), &asked.body)?;
    let is_id = |one: &&str| one.bytes().all(|byte| byte.is_ascii_digit());
    let name: Vec<_> = asked.path.iter().map(|one| if is_id(one) { "{id}" } else { one }).collect();
    let name = format!("{} {}", parts.method, name.join("/"));
    let mut state = shared.state();
    state.asked.push((name.clone(), asked.body.clone()));
    let fault = state.fault(&name);
    if let Some(instead) = fault.and_then(instead) {
        return instead;
    }
    let (status, body) = routes::answer(&mut state, &asked);
    if fault == Some(HubFault::LostAnswer) {
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    said(status, body)
}

fn said(status: u16, body: Value) -> io::Result<Response> {
    let status = StatusCode::from_u16(status).map_err(io::Error::other)?;
    Ok(if body.is_null() { status.into_response() } else { (status, Json(body)).into_response() })
}

/// What comes instead of an answer, if the request is not to be acted on.
fn instead(fault: HubFault) -> Option<io::Result<Response>> {
    Some(match fault {
        HubFault::LostAnswer => return None,
        HubFault::Reset => Err(io::ErrorKind::ConnectionReset.into()),
        HubFault::Status(code) => said(code, Value::Null),
        HubFault::Says(code, text) => said(code, serde_json::from_str(text).unwrap_or_default()),
        HubFault::Html => Ok(Html("<html>Please sign in</html>").into_response()),
        HubFault::Empty => Ok(StatusCode::OK.into_response()),
        HubFault::Partial(category, message) => {
            let error = json!({ "status": "error", "category": category, "message": message, "context": {},
                "links": {}, "errors": [] });
            let now = "2026-09-01T12:00:00Z";
            let body = json!({ "status": "COMPLETE", "results": [], "numErrors": 1, "errors": [error],
                "startedAt": now, "completedAt": now });
            said(207, body)
        }
        HubFault::Endless => {
            let chunks = futures_util::stream::repeat_with(|| {
                Ok::<_, Infallible>(Bytes::from_static(&[b' '; 16 * 1024]))
            });
            Ok(Body::from_stream(chunks).into_response())
        }
    })
}
