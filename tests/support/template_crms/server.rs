//! The four on the wire.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::response::Response;
use http::Request;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use tokio::net::TcpListener;

use super::routes::{self, Asked};
use super::{Crm, State, TOKEN};
use crate::net;
use crate::retailcrm::{RetailFault, instead, said};

/// Serves until it is dropped.
pub(super) async fn serve(listener: TcpListener, crm: Crm, state: Arc<Mutex<State>>) {
    net::serve(listener, service_fn(move |request| answer(crm, Arc::clone(&state), request))).await;
}

async fn answer(crm: Crm, state: Arc<Mutex<State>>, request: Request<Incoming>) -> io::Result<Response> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let header =
        |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let shown = match crm {
        Crm::Pipedrive => header("x-api-token"),
        Crm::EspoCrm => header("x-api-key"),
        Crm::Zoho => header("authorization").strip_prefix("Zoho-oauthtoken ").unwrap_or_default(),
        Crm::Odoo => header("authorization").strip_prefix("bearer ").unwrap_or_default(),
    };
    let asked = Asked {
        method: parts.method.as_str(),
        path: parts.uri.path().trim_start_matches('/').split('/').collect(),
        query: form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    state.asked.push((format!("{} {}", parts.method, parts.uri.path()), asked.body.clone()));
    let fault = (!state.faults.is_empty()).then(|| state.faults.remove(0));
    if let Some(instead) = fault.and_then(instead) {
        return instead;
    }
    let (status, body) =
        if shown == TOKEN { routes::answer(&mut state, crm, &asked) } else { routes::stranger(crm) };
    if fault == Some(RetailFault::LostAnswer) {
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    said(status, body)
}
