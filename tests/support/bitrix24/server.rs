//! A portal on the wire: tokens, methods, batches, and faults.

use std::collections::BTreeMap;
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
use ringbridge::clock::Timestamp;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use super::state::State;
use super::{CLIENT_ID, CLIENT_SECRET, CODE, MEMBER, PortalFault, Shared, methods, page};
use crate::net;

/// How many seconds an access token lives.
const LIFE: i64 = 3600;

/// Serves until it is dropped.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    net::serve(listener, service_fn(move |request| answer(Arc::clone(&shared), request))).await;
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> io::Result<Response> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let path = parts.uri.path().to_owned();
    if path == "/oauth/token/" {
        return Ok(written(tokens(&shared, parts.uri.query().unwrap_or_default())));
    }
    match path.as_str() {
        "/" => return Ok(Html(page::html(&shared.state())).into_response()),
        "/calls" => return Ok(Json(json!({ "items": page::calls(&shared.state()) })).into_response()),
        _ => {}
    }
    let Some(method) = path.strip_prefix("/rest/") else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    // The ending says which format is wanted, and JSON is what there is without one.
    let method = method.strip_suffix(".json").unwrap_or(method);
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    rest(&shared, method, body)
}

/// A status and a body.
pub(super) type Answered = (u16, Value);

/// An error.
pub(super) fn failed(status: u16, code: &str, words: &str) -> Answered {
    (status, json!({ "error": code, "error_description": words }))
}

fn written((status, body): Answered) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, Json(body)).into_response()
}

fn tokens(shared: &Shared, query: &str) -> Answered {
    let given: BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let given = |name: &str| given.get(name).map(String::as_str).unwrap_or_default();
    let mut state = shared.state();
    if let Some((status, code)) = state.refuses_tokens {
        return failed(status, code, "");
    }
    if given("client_id") != CLIENT_ID || given("client_secret") != CLIENT_SECRET {
        return failed(401, "wrong_client", "");
    }
    let known = match given("grant_type") {
        "authorization_code" => given("code") == CODE,
        "refresh_token" => given("refresh_token") == state.refresh(),
        _ => false,
    };
    if !known {
        return failed(400, "invalid_grant", "");
    }
    // The pair before is void from now on.
    state.generation += 1;
    state.renewals += 1;
    let endpoint = |host: &str| format!("{host}/rest/");
    let own = state.seen_at.clone().unwrap_or_else(|| format!("http://{}", shared.address));
    let fields = json!({ "access_token": state.access(), "refresh_token": state.refresh(), "expires_in": LIFE,
        "expires": shared.clock.now().secs() + LIFE, "member_id": MEMBER, "user_id": 1, "status": "L",
        "client_endpoint": endpoint(&own),
        "server_endpoint": endpoint("https://oauth.bitrix24.tech"), "domain": "oauth.bitrix24.tech",
        "scope": "telephony,crm,user" });
    (200, fields)
}

fn rest(shared: &Shared, method: &str, body: Value) -> io::Result<Response> {
    let now = shared.clock.now();
    let mut state = shared.state();
    state.requests += 1;
    let fault = state.fault(method);
    if let Some(journal) = shared.journal.get() {
        journal.note(&state, fault, (method, &body), now)?;
    }
    if let Some(broken) = fault.and_then(broken) {
        return broken;
    }
    let answer = act(&mut state, method, body, now);
    if fault == Some(PortalFault::LostAnswer) {
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    Ok(written(answer))
}

/// What a request that meets that fault gets, where nothing is done for it.
fn broken(fault: PortalFault) -> Option<io::Result<Response>> {
    Some(match fault {
        PortalFault::Reset => Err(io::ErrorKind::ConnectionReset.into()),
        PortalFault::Status(code) => {
            StatusCode::from_u16(code).map(IntoResponse::into_response).map_err(io::Error::other)
        }
        PortalFault::Error(status, code, words) => Ok(written(failed(status, code, words))),
        PortalFault::Moved => {
            Ok((StatusCode::FOUND, [(header::LOCATION, "https://elsewhere.invalid/")]).into_response())
        }
        PortalFault::Html => Ok(Html("<html>Please sign in</html>").into_response()),
        PortalFault::Empty => Ok(StatusCode::OK.into_response()),
        PortalFault::Endless => {
            let chunks = futures_util::stream::repeat_with(|| {
                Ok::<_, Infallible>(Bytes::from_static(&[b' '; 16 * 1024]))
            });
            Ok(Body::from_stream(chunks).into_response())
        }
        PortalFault::LostAnswer | PortalFault::NoLead | PortalFault::Inside(..) => return None,
    })
}

/// Does what a request asks for.
pub(super) fn act(state: &mut State, method: &str, body: Value, now: Timestamp) -> Answered {
    let Value::Object(mut params) = body else { return failed(400, "ERROR_ARGUMENT", "") };
    let token = params.remove("auth");
    if token.as_ref().and_then(Value::as_str) != Some(&state.access()) {
        return failed(401, "expired_token", "The access token provided has expired.");
    }
    if !state.pour(now) {
        return failed(503, "QUERY_LIMIT_EXCEEDED", "Too many requests");
    }
    let result = if method == "batch" {
        Ok(batch(state, &params, now))
    } else {
        methods::ask(state, method, &Value::Object(params), false, now)
    };
    let time = json!({ "start": now.secs(), "operating": 0.1, "operating_reset_at": now.secs() + 600 });
    match result {
        Ok(result) => (200, json!({ "result": result, "time": time })),
        Err((code, words)) => failed(400, &code, &words),
    }
}

fn batch(state: &mut State, params: &Map<String, Value>, now: Timestamp) -> Value {
    // PHP reads 1 and true alike, and the vendor's own SDK writes true.
    let halt = params.get("halt").is_some_and(|halt| halt == &json!(1) || halt == &json!(true));
    let (mut results, mut errors) = (Map::new(), Map::new());
    for (name, method, query) in commands(params) {
        let read = unflatten(query, Some(&results));
        match methods::ask(state, method, &read, true, now) {
            Ok(result) => drop(results.insert(name.clone(), result)),
            Err((code, words)) => {
                errors.insert(name.clone(), json!({ "error": code, "error_description": words }));
                if halt {
                    break;
                }
            }
        }
    }
    // PHP writes an empty map as an empty list.
    let map = |map: Map<String, Value>| if map.is_empty() { json!([]) } else { Value::Object(map) };
    json!({ "result": map(results), "result_error": map(errors), "result_total": [], "result_next": [] })
}

/// The commands of a batch: key, method, query.
pub(super) fn commands(params: &Map<String, Value>) -> impl Iterator<Item = (&String, &str, &str)> {
    let all = params.get("cmd").and_then(Value::as_object).into_iter().flatten();
    all.map(|(name, line)| {
        let line = line.as_str().unwrap_or_default();
        let (method, query) = line.split_once('?').unwrap_or((line, ""));
        (name, method, query)
    })
}

/// Reads `a[b][0]=c`, and puts `$result[KEY][FIELD]` in where there are results.
pub(super) fn unflatten(query: &str, results: Option<&Map<String, Value>>) -> Value {
    let mut root = json!({});
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        let path = value.strip_prefix("$result[").and_then(|rest| rest.strip_suffix(']'));
        let value = match path.zip(results) {
            Some((path, results)) => {
                let (name, field) = path.split_once("][").unwrap_or((path, ""));
                results.get(name).and_then(|result| result.get(field)).cloned().unwrap_or_default()
            }
            None => json!(value),
        };
        let mut place = &mut root;
        for part in key.split('[') {
            let part = part.trim_end_matches(']');
            if !place.is_object() {
                *place = json!({});
            }
            place = &mut place[part];
        }
        *place = value;
    }
    lists(root)
}

/// Maps whose keys are 0, 1, … are lists.
fn lists(value: Value) -> Value {
    let Value::Object(fields) = value else { return value };
    let is_list = !fields.is_empty() && fields.keys().all(|key| key.parse::<usize>().is_ok());
    let fields = fields.into_iter().map(|(name, value)| (name, lists(value)));
    if is_list { fields.map(|(_, value)| value).collect() } else { Value::Object(fields.collect()) }
}
