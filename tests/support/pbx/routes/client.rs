//! User, client, limits and extensions (docs/pbx.md §1.6, §2, §3, §9.3).

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::IntoResponse;
use axum::{Extension as Ext, Json};
use serde_json::{Value, json};

use super::{Reply, access};
use crate::pbx::extension::Extension;
use crate::pbx::gate::Caller;
use crate::pbx::refusal::Refusal;
use crate::pbx::tenant::{Tenant, UserKind};
use crate::pbx::world::Pbx;

/// The user behind the token.
pub(super) async fn user(Ext(caller): Ext<Caller>) -> Json<Value> {
    let (dealer, extension) = match caller.user {
        UserKind::Dealer(id) => (Some(id), None),
        UserKind::ExtensionLevel(id) => (None, Some(id)),
        UserKind::ClientAdmin | UserKind::ReadOnly | UserKind::Blocked => (None, None),
    };
    let client = dealer.is_none().then_some(caller.client_id);
    let access = if caller.user == UserKind::ReadOnly { "read_only" } else { "full" };
    Json(json!({
        "id": 55_000 + caller.client_id, "login": format!("integration-{}", caller.client_id),
        "access": access, "admin": false, "dealer_id": dealer, "client_id": client,
        "extension_group_id": null, "extension_id": extension, "timezone": "Europe/London",
        "extra_params": null,
    }))
}

/// The client resource.
pub(super) async fn info(
    State(pbx): State<Arc<Pbx>>,
    Ext(caller): Ext<Caller>,
    Path(client): Path<String>,
) -> Reply {
    pbx.with(|state| {
        let tenant = access::client(state, caller, &client)?;
        let status = if tenant.user == UserKind::Blocked { "blocked" } else { "active" };
        let body = json!({
            "id": tenant.client_id, "name": tenant.name, "prefix": tenant.prefix,
            "extension_len": tenant.extension_len, "domain": tenant.domain, "domain_prefix": "00",
            "status": status, "type": "J", "language": "en", "timezone": "Europe/London",
            "create_date": "2025-02-03 09:00:00", "record_format": "mp3", "extra_params": "null",
        });
        Ok(Json(body).into_response())
    })
}

/// Limits; the field names of the real resource are not documented (docs/pbx.md §9.3).
pub(super) async fn limit(
    State(pbx): State<Arc<Pbx>>,
    Ext(caller): Ext<Caller>,
    Path(client): Path<String>,
) -> Reply {
    pbx.with(|state| {
        let tenant = access::client(state, caller, &client)?;
        let requests = state.rate_limit(tenant.client_id);
        let body = json!({"extension_event_count": state.event_limit, "request_per_hour": requests});
        Ok(Json(body).into_response())
    })
}

/// The extension list: a bare array, filtered and paged.
pub(super) async fn extensions(
    State(pbx): State<Arc<Pbx>>,
    Ext(caller): Ext<Caller>,
    Path(client): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Reply {
    pbx.with(|state| {
        let tenant = access::client(state, caller, &client)?;
        let wanted = |key: &str, value: &str| query.get(key).is_none_or(|wanted| wanted == value);
        let seen = |one: &&Extension| match caller.user {
            UserKind::ExtensionLevel(own) => one.id == own,
            UserKind::ClientAdmin | UserKind::ReadOnly | UserKind::Blocked | UserKind::Dealer(_) => true,
        };
        let matching = tenant.extensions.iter().filter(seen).filter(|one| {
            wanted("type", &one.kind.to_string())
                && wanted("status", &one.status)
                && wanted("name", &tenant.full_number(one))
        });
        let all = matching.map(|one| extension_json(tenant, one)).collect();
        Ok(Json(access::page(all, &query)).into_response())
    })
}

/// One extension.
pub(super) async fn extension(
    State(pbx): State<Arc<Pbx>>,
    Ext(caller): Ext<Caller>,
    Path((client, extension)): Path<(String, String)>,
) -> Reply {
    pbx.with(|state| {
        let tenant = access::client(state, caller, &client)?;
        let (owner, found) = access::extension(state, caller, &extension)?;
        if owner.client_id != tenant.client_id {
            return Err(Refusal::NotFound);
        }
        Ok(Json(extension_json(tenant, found)).into_response())
    })
}

fn extension_json(tenant: &Tenant, extension: &Extension) -> Value {
    json!({
        "id": extension.id, "name": tenant.full_number(extension), "domain": tenant.domain,
        "type": extension.kind, "status": extension.status, "label": extension.label,
        "caller_id_name": null, "client_id": tenant.client_id, "extension_group_id": null,
        "create_date": "2025-02-03 09:15:00", "extra_params": "null",
    })
}
