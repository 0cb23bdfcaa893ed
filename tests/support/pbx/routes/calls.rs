//! Click-to-call, call history and recordings (docs/pbx.md §10).

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::IntoResponse;
use axum::{Extension as Ext, Json};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::{Reply, access};
use crate::pbx::extension::ExtensionKind;
use crate::pbx::fault;
use crate::pbx::gate::Caller;
use crate::pbx::gmt;
use crate::pbx::history::{Call, HistoryAccess};
use crate::pbx::player::{Cast, Order, Scenario};
use crate::pbx::refusal::Refusal;
use crate::pbx::state::Callback;
use crate::pbx::world::Pbx;
use crate::range;

type Shared = State<Arc<Pbx>>;

/// What makes an address of the storage a signed one.
const SIGN: &str = "simulated";
/// The header of an empty MPEG frame: enough to be recognised as audio.
const SILENCE: &[u8] = &[0xff, 0xfb, 0x90, 0x64];

/// The fields of a callback that matter here; the others are accepted and ignored.
#[derive(Deserialize)]
struct CallbackRequest {
    src_num: Vec<String>,
    dst_num: String,
}

/// Takes a click-to-call and, if the settings say so, makes the call.
pub(super) async fn callback(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path(extension): Path<String>,
    body: String,
) -> Reply {
    let request: CallbackRequest = serde_json::from_str(&body)
        .map_err(|_| Refusal::invalid("Fields src_num (array of strings) and dst_num are required"))?;
    let (call_id, cast) = pbx.change(|state| {
        let (tenant, extension) = access::extension(state, caller, &extension)?;
        if extension.kind != ExtensionKind::Phone {
            return Err(Refusal::invalid("A callback is made on behalf of a phone"));
        }
        if request.src_num.is_empty() || request.dst_num.is_empty() {
            return Err(Refusal::invalid("Fields src_num and dst_num must not be empty"));
        }
        let (extension_id, mut cast) = (extension.id, Cast::of(tenant));
        let call_id = state.stored.rng.hex32();
        cast.lead_with(extension_id);
        cast.dialled.clone_from(&request.dst_num);
        cast.call_id = Some(call_id.clone());
        let CallbackRequest { src_num, dst_num } = request;
        state.callbacks.push(Callback { extension_id, src_num, dst_num, call_id: call_id.clone() });
        Ok((call_id, cast))
    })?;
    if pbx.settings().callback_rings {
        let pbx = Arc::clone(&pbx);
        tokio::spawn(async move { pbx.play(&Scenario::Callback, &cast, Order::InOrder).await });
    }
    let body = json!({"call_api_id": call_id, "call_id": call_id});
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// The history list with its envelope.
pub(super) async fn history(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path(client): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Reply {
    let Some(_only) = alone(&pbx, caller).await? else { return Ok(fault::dropped()) };
    pbx.with(|state| {
        let tenant = access::client(state, caller, &client)?;
        let view = state.view(pbx.now());
        let given = |key: &str| query.get(key).map(String::as_str);
        let mut calls: Vec<_> = state
            .stored
            .calls
            .iter()
            .filter(|call| {
                let started = gmt::text(call.started);
                call.client_id == tenant.client_id
                    && call.is_shown(view)
                    && given("start_datetime").is_none_or(|from| from <= started.as_str())
                    && given("end_datetime").is_none_or(|to| started.as_str() <= to)
                    && given("flow").is_none_or(|flow| flow == call.flow())
                    && given("extension_id").is_none_or(|id| id.parse().is_ok_and(|id| call.involves(id)))
            })
            .collect();
        calls.sort_by_key(|call| call.started);
        let order = given("order").unwrap_or("desc");
        if order == "desc" {
            calls.reverse();
        }
        let number = |key: &str, default: u64| given(key).and_then(|n| n.parse().ok()).unwrap_or(default);
        let page: Vec<_> = access::page(calls, &query).iter().map(|call| call.json(tenant, view)).collect();
        let body = json!({"page": number("page", 1), "per_page": number("per_page", 20), "order": order,
            "call_history": page});
        Ok(Json(body).into_response())
    })
}

/// One call, by its id in either case.
pub(super) async fn history_item(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path((client, call)): Path<(String, String)>,
) -> Reply {
    let Some(_only) = alone(&pbx, caller).await? else { return Ok(fault::dropped()) };
    pbx.with(|state| {
        let tenant = access::client(state, caller, &client)?;
        let view = state.view(pbx.now());
        let own = |one: &&Call| one.client_id == tenant.client_id && one.is_shown(view);
        let mut calls = state.stored.calls.iter().filter(own);
        let found = calls.find(|one| one.uuid.eq_ignore_ascii_case(&call)).ok_or(Refusal::NotFound)?;
        Ok(Json(found.json(tenant, view)).into_response())
    })
}

/// Where a recording can be downloaded.
pub(super) async fn storage_url(
    State(pbx): Shared,
    Ext(caller): Ext<Caller>,
    Path((client, record)): Path<(String, String)>,
) -> Reply {
    pbx.with(|state| {
        let tenant = access::client(state, caller, &client)?;
        let mut calls = state.stored.calls.iter().filter(|one| one.client_id == tenant.client_id);
        let view = state.view(pbx.now());
        if !calls.any(|one| one.has_record(&record, view)) {
            return Err(Refusal::RecordNotFound);
        }
        let url = format!("{}/storage/{}.mp3?sign={SIGN}", pbx.origin, record.to_lowercase());
        Ok(Json(json!({"record_url": url})).into_response())
    })
}

/// The recording itself, for whoever has its signed address; no token is needed, as with any storage.
pub(super) async fn storage(
    State(pbx): Shared,
    Path(file): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Reply {
    let record = file.strip_suffix(".mp3").filter(|_| query.get("sign").is_some_and(|sign| sign == SIGN));
    let record = record.ok_or(Refusal::AccessDenied)?;
    pbx.with(|state| {
        let view = state.view(pbx.now());
        if !state.stored.calls.iter().any(|call| call.has_record(record, view)) {
            return Err(Refusal::RecordNotFound);
        }
        Ok(range::answer(&headers, "audio/mpeg", SILENCE))
    })
}

/// The one statistics request that a client may have at a time.
struct Alone(Arc<Pbx>, u64);

impl Drop for Alone {
    fn drop(&mut self) {
        self.0.with(|state| state.stats_running.remove(&self.1));
    }
}

/// Waits while the test holds history back; a second request meanwhile is refused (docs/pbx.md §9.1). None when the
/// history can't be reached.
async fn alone(pbx: &Arc<Pbx>, caller: Caller) -> Result<Option<Alone>, Refusal> {
    match pbx.with(|state| state.trouble.access) {
        HistoryAccess::Open => {}
        HistoryAccess::Forbidden => return Err(Refusal::AccessDenied),
        HistoryAccess::Unreachable => return Ok(None),
    }
    if !pbx.with(|state| state.stats_running.insert(caller.client_id)) {
        return Err(Refusal::ConcurrentStats);
    }
    let guard = Alone(Arc::clone(pbx), caller.client_id);
    pbx.history_released().await;
    Ok(Some(guard))
}
