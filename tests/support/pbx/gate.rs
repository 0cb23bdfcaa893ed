//! What every request passes: the ledger and scripted faults first, then token, rights and hourly limit.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::fault::{self, DropConnection, PbxFault};
use super::ledger::{Entry, Violation};
use super::refusal::Refusal;
use super::state::Quota;
use super::tenant::UserKind;
use super::world::Pbx;

/// Below this path lives the REST API; `/oauth` does not (docs/pbx.md §0.3).
pub(super) const API: &str = "/api/ver1.0";

/// For whom a request acts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    pub(super) client_id: u64,
    pub(super) user: UserKind,
}

/// Records the request and lets a scripted fault have it, if there is one.
pub(super) async fn watch(State(pbx): State<Arc<Pbx>>, request: Request, next: Next) -> Response {
    let token = bearer(request.headers()).map(str::to_owned);
    let (index, fault) = arrive(&pbx, &request, token.as_deref());
    let api = request.uri().path().starts_with(API);
    let response = match fault {
        None => next.run(request).await,
        Some(PbxFault::Hang) => {
            pbx.hangs.begin();
            std::future::pending().await
        }
        Some(PbxFault::Reset) => fault::dropped(),
        Some(PbxFault::LostAnswer) => {
            next.run(request).await;
            fault::dropped()
        }
        Some(PbxFault::Html) => fault::html(),
        Some(PbxFault::EndlessBody) => fault::endless(),
        Some(PbxFault::Redirect(location)) => fault::redirect(&location),
        Some(PbxFault::Status(code, body)) => scripted_status(&pbx, api, token.as_deref(), code, body),
    };
    if response.extensions().get::<DropConnection>().is_none() {
        pbx.with(|state| state.answered(index, response.status().as_u16()));
    }
    response
}

/// Writes the request into the ledger and takes the fault that is meant for it.
fn arrive(pbx: &Pbx, request: &Request, token: Option<&str>) -> (usize, Option<PbxFault>) {
    let (at, uri, method) = (pbx.now(), request.uri(), request.method().as_str());
    pbx.with(|state| {
        let tenant = token.and_then(|token| state.tokens.get(token)).map(|token| token.client_id);
        let fault = state.faults.take(method, uri.path());
        let entry = Entry {
            at,
            method: method.into(),
            path: uri.path().into(),
            query: uri.query().map(str::to_owned),
            tenant,
            status: None,
            fault: fault.as_ref().map(PbxFault::name),
        };
        if let Some(client_id) = tenant.filter(|_| uri.path().starts_with(API))
            && state.limited_until(client_id, at).is_some()
        {
            state.violations.push(Violation::SentWhileLimited { client_id, request: entry.line(), at });
        }
        (state.arrived(entry), fault)
    })
}

/// A scripted status carries the API's headers too, and a scripted rate limit counts as having been told.
fn scripted_status(pbx: &Pbx, api: bool, token: Option<&str>, code: u16, body: String) -> Response {
    let now = pbx.now();
    let limited = code == StatusCode::TOO_MANY_REQUESTS.as_u16() && body.contains("rate_limit_exceeded");
    let mut response = fault::status(code, body);
    let quota = pbx.with(|state| {
        let client_id = state.tokens.get(token.filter(|_| api)?)?.client_id;
        if limited {
            state.limit_until_next_hour(client_id, now);
        }
        Some(state.count(client_id, now))
    });
    if let Some(quota) = quota {
        add_headers(response.headers_mut(), quota);
    }
    response
}

/// Lets a request into the API: token, blocked user, hourly limit, read-only user.
pub(super) async fn admit(State(pbx): State<Arc<Pbx>>, mut request: Request, next: Next) -> Response {
    let now = pbx.now();
    let admitted = pbx.with(|state| {
        let token = bearer(request.headers()).and_then(|token| state.tokens.get(token));
        let client_id = token.filter(|token| now < token.expires_at)?.client_id;
        let user = state.tenant(client_id)?.user;
        let quota = state.count(client_id, now);
        if quota.exceeded {
            state.limit_until_next_hour(client_id, now);
        }
        Some((Caller { client_id, user }, quota))
    });
    let Some((caller, quota)) = admitted else {
        return Refusal::Unauthorized.into_response();
    };
    let mut response = if quota.exceeded {
        Refusal::RateLimit.into_response()
    } else if caller.user == UserKind::Blocked {
        Refusal::UserBlocked.into_response()
    } else if caller.user == UserKind::ReadOnly && request.method() != Method::GET {
        Refusal::ReadOnlyUser.into_response()
    } else {
        request.extensions_mut().insert(caller);
        next.run(request).await
    };
    add_headers(response.headers_mut(), quota);
    response
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// `X-RateLimit-*` (docs/pbx.md §9.1).
fn add_headers(headers: &mut HeaderMap, quota: Quota) {
    headers.insert(HeaderName::from_static("x-ratelimit-limit"), quota.limit.into());
    headers.insert(HeaderName::from_static("x-ratelimit-remaining"), quota.remaining.into());
    headers.insert(HeaderName::from_static("x-ratelimit-reset"), HeaderValue::from(quota.reset));
}
