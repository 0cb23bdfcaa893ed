//! A PBX that only remembers: who its extensions are, which events were added, and the history of calls that it is
//! told. It makes no calls and knows no rule, so it can't agree with the product by accident.

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::cast::{DOMAIN, PREFIX, everybody};
use super::clock::TickingClock;
use super::gmt;

/// The history shows a call this long after its end.
const APPEARS_AFTER: i64 = 60_000_000;

/// A call of the history.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// When it ended, in microseconds.
    pub ended: i64,
    /// As the API shows it.
    pub json: Value,
}

/// The PBX; it stops when it is dropped.
#[derive(Debug)]
pub struct RememberingPbx {
    origin: String,
    shared: Arc<Shared>,
    server: AbortHandle,
}

#[derive(Debug)]
struct Shared {
    clock: Arc<TickingClock>,
    state: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    handlers: BTreeMap<u64, Vec<Value>>,
    last_id: u64,
    history: Vec<Remembered>,
    looks: usize,
}

impl Shared {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RememberingPbx {
    /// Listens on 127.0.0.1.
    pub async fn start(clock: Arc<TickingClock>) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared { clock, state: Mutex::default() });
        let router = router(Arc::clone(&shared));
        let server = tokio::spawn(async move { drop(axum::serve(listener, router).await) }).abort_handle();
        Ok(Self { origin, shared, server })
    }

    /// Its address.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Remembers calls.
    pub fn remember(&self, calls: impl IntoIterator<Item = Remembered>) {
        self.shared.memory().history.extend(calls);
    }

    /// How many pages of the history were asked for.
    pub fn looks(&self) -> usize {
        self.shared.memory().looks
    }

    /// The path of the URL that an extension's events go to.
    pub fn event_path(&self, extension: u64) -> Option<String> {
        let memory = self.shared.memory();
        let url = memory.handlers.get(&extension)?.first()?["url"].as_str()?;
        url::Url::parse(url).ok().map(|url| url.path().to_owned())
    }

    /// How many events were added.
    pub fn handlers(&self) -> usize {
        self.shared.memory().handlers.values().map(Vec::len).sum()
    }
}

impl Drop for RememberingPbx {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn router(shared: Arc<Shared>) -> Router {
    let api = Router::new()
        .route("/user/", get(async || Json(json!({ "id": 55_001, "access": "full", "client_id": 90_417 }))))
        .route("/client/{client}/client/", get(client))
        .route("/client/{client}/limit/", get(async || Json(json!({ "extension_event_count": 16 }))))
        .route("/client/{client}/extension/", get(extensions))
        .route("/extension/{extension}/event/", get(events).post(add_event))
        .route("/extension/{extension}/event/{event}", delete(remove_event))
        .route("/client/{client}/call_history/", get(history))
        .route("/client/{client}/call_history/{call}", get(one_call));
    Router::new().route("/oauth/token", post(token)).nest("/api/ver1.0", api).with_state(shared)
}

async fn token() -> Json<Value> {
    Json(json!({ "access_token": "t0ken", "token_type": "bearer", "expires_in": 3_600, "scope": "all" }))
}

async fn client() -> Json<Value> {
    Json(json!({
        "id": 90_417, "name": "Example Ltd", "prefix": PREFIX, "extension_len": 3, "domain": DOMAIN,
        "status": "active", "timezone": "Europe/London",
    }))
}

async fn extensions(Query(query): Query<HashMap<String, String>>) -> Json<Value> {
    let all = everybody().map(|one| {
        json!({
            "id": one.id, "name": one.number(), "domain": DOMAIN, "type": one.kind.name(),
            "status": "active", "label": one.name(), "client_id": 90_417,
        })
    });
    Json(Value::Array(page(all.collect(), &query)))
}

async fn events(State(shared): State<Arc<Shared>>, Path(extension): Path<u64>) -> Json<Value> {
    Json(Value::Array(shared.memory().handlers.get(&extension).cloned().unwrap_or_default()))
}

async fn add_event(
    State(shared): State<Arc<Shared>>,
    Path(extension): Path<u64>,
    Json(mut event): Json<Value>,
) -> Response {
    let mut memory = shared.memory();
    memory.last_id += 1;
    event["id"] = json!(880_000 + memory.last_id);
    memory.handlers.entry(extension).or_default().push(event.clone());
    (StatusCode::CREATED, Json(event)).into_response()
}

async fn remove_event(
    State(shared): State<Arc<Shared>>,
    Path((extension, id)): Path<(u64, u64)>,
) -> StatusCode {
    if let Some(handlers) = shared.memory().handlers.get_mut(&extension) {
        handlers.retain(|one| one["id"] != json!(id));
    }
    StatusCode::NO_CONTENT
}

/// Calls that have ended, by when they began.
async fn history(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<HashMap<String, String>>,
) -> Json<Value> {
    let now = shared.clock.micros();
    let mut memory = shared.memory();
    memory.looks += 1;
    let bound = |key: &str| query.get(key).map(String::as_str);
    let (from, to) = (bound("start_datetime").unwrap_or_default(), bound("end_datetime").unwrap_or("9"));
    let told = memory.history.iter().filter(|call| call.ended + APPEARS_AFTER <= now);
    let mut calls: Vec<_> = told.map(|call| call.json.clone()).collect();
    let began = |call: &Value| call["init_time_gmt"].as_str().unwrap_or_default().to_owned();
    calls.retain(|call| (from..=to).contains(&began(call).as_str()));
    calls.sort_by_key(began);
    if query.get("order").is_none_or(|order| order != "asc") {
        calls.reverse();
    }
    Json(json!({ "page": 1, "per_page": 20, "order": "asc", "call_history": page(calls, &query) }))
}

async fn one_call(State(shared): State<Arc<Shared>>, Path((_, id)): Path<(String, String)>) -> Response {
    let now = shared.clock.micros();
    let mut memory = shared.memory();
    memory.looks += 1;
    let same =
        |call: &&Remembered| call.json["call_uuid"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(&id));
    match memory.history.iter().filter(|call| call.ended + APPEARS_AFTER <= now).find(same) {
        Some(call) => Json(call.json.clone()).into_response(),
        None => (StatusCode::NOT_FOUND, Json(json!({ "message": "Not found" }))).into_response(),
    }
}

fn page(all: Vec<Value>, query: &HashMap<String, String>) -> Vec<Value> {
    let number =
        |key: &str, default: usize| query.get(key).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (page, size) = (number("page", 1).max(1), number("per_page", 20));
    all.into_iter().skip((page - 1) * size).take(size).collect()
}

/// A moment as the history writes it; nothing for nothing.
pub fn moment(micros: Option<i64>) -> Value {
    micros.map_or(Value::Null, |micros| Value::String(gmt::text(micros)))
}
