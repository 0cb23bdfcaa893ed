//! `GET` and `PATCH /connection`: how a connection is, and what may be changed about it.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::describe::{Doc, Routes};
use super::doors::{Knocker, Proving};
use super::{Admin, Refusal, SettingsApi, Who, connections};
use crate::flow::connection::pbx_health;
use crate::flow::connection::update::{self, Change};
use crate::http::form::Form;
use crate::http::form::{crm, policy};
use crate::model::connection::{Connection, PauseReason, Policy};
use crate::storage::StoreError;

pub(super) fn routes() -> Routes {
    let show_doc =
        Doc::new("The connection: state, health, policy, CRM").gives(200, "The connection", example());
    let change = json!({
        "name": "Example Ltd",
        "policy": { "log_internal": true },
        "crm": { "kind": "webhook", "url": "https://crm.example/hook", "secret": "whsec_…" },
        "pbx": { "host": "https://pbx.example", "app_id": "5d2c…", "app_secret": "c0ff…" },
    });
    let update_doc = Doc::new(
        "Changes what is given; new credentials are tried first. A webhook's secret signs beside a new one for 24 hours more, \
         unless `crm.revoke_former` is true",
    ).takes(change).gives(
        200,
        "The connection as it is now",
        example(),
    );
    Routes::new().on("get", "/api/v1/connection", show, show_doc).on(
        "patch",
        "/api/v1/connection",
        update,
        update_doc,
    )
}

fn example() -> Value {
    json!({
        "id": "0f3c…", "name": "Example Ltd", "state": "active", "pause": null,
        "health": {
            "pbx": "ok", "crm": "ok", "notices": 0,
            "pbx_requests": { "limit": 1_000, "remaining": 976, "resets_at": "2026-09-01T13:00:00Z" },
        },
        "pbx": {
            "host": "https://pbx.example", "app_id": "5d2c…", "client_id": 90_417, "prefix": "4821",
            "extension_len": 3,
        },
        "crm": { "kind": "webhook", "url": "https://crm.example/hook" },
        "policy": Policy::default(),
        "mapping_version": 1,
        "created_at": "2026-09-01T12:00:00Z",
    })
}

async fn show(State(api): State<SettingsApi>, Admin(connection): Admin) -> Result<Json<Value>, Refusal> {
    Ok(Json(view(&api, &connection.value).await?))
}

async fn update(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    who: Who,
    knocker: Knocker,
    mut form: Form,
) -> Result<Json<Value>, Refusal> {
    let deps = &api.settings;
    let mut change = Change::default();
    form.only("", &["name", "policy", "crm", "pbx"]);
    form.only("pbx", &["host", "app_id", "app_secret"]);
    form.only("crm", &["kind", "url", "secret", "revoke_former"]);
    if form.has("name") {
        change.name = form.text("name", connections::MAX_NAME);
    }
    if form.has("policy") {
        change.policy = policy::read(&mut form, &connection.value.policy);
    }
    if form.has("crm") {
        change.crm = crm::read(&mut form, &deps.connectors, deps.targets);
        change.revoke_former = form.flag("crm.revoke_former").unwrap_or_default();
    }
    if form.has("pbx") {
        change.pbx = connections::credentials(&mut form, deps);
    }
    let change = form.finish(Some(change))?;
    let proving = change.pbx.as_ref().map(|pbx| Proving::begin(deps, knocker, pbx)).transpose()?;
    let changed = match (update::change(deps, connection, change, &who.0).await, proving) {
        (Ok(changed), _) => changed,
        (Err(error), proving) => {
            if let Some(proving) = proving {
                proving.refused(deps, &error).await;
            }
            return Err(connections::refusal(error));
        }
    };
    Ok(Json(view(&api, &changed.value).await?))
}

async fn view(api: &SettingsApi, connection: &Connection) -> Result<Value, StoreError> {
    let store = &api.settings.store;
    let state = store.pbx_state(connection.id).await?.value;
    let mapping = store.mapping(connection.id).await?.value;
    let notices = store.notices(connection.id).await?;
    let pause = connection.pause.as_ref().map(|pause| {
        let reason = match pause.reason {
            PauseReason::CrmRefusedCredentials => "crm_refused_credentials",
            PauseReason::CrmUnpaid => "crm_unpaid",
            PauseReason::EndpointDisabled => "endpoint_disabled",
        };
        json!({ "since": pause.since.rfc3339(), "reason": reason })
    });
    let requests = state.budget.map(|budget| {
        json!({
            "limit": budget.limit,
            "remaining": budget.remaining,
            "resets_at": budget.resets_at.rfc3339(),
        })
    });
    Ok(json!({
        "id": connection.id,
        "name": connection.name,
        "state": if connection.pause.is_some() { "paused" } else { "active" },
        "pause": pause,
        "health": {
            "pbx": pbx_health(connection, &state, api.settings.clock.now()).as_str(),
            "crm": if connection.pause.is_some() { "paused" } else { "ok" },
            "notices": notices.len(),
            "pbx_requests": requests,
        },
        "pbx": {
            "host": connection.pbx.origin.as_str(),
            "app_id": connection.pbx.app_id,
            "client_id": connection.pbx.client_id,
            "prefix": connection.numbers.prefix(),
            "extension_len": connection.numbers.extension_len(),
        },
        "crm": crm::view(
            connection,
            &api.settings.connectors,
            &api.settings.sealer,
            api.settings.clock.now(),
        ),
        "policy": connection.policy,
        "mapping_version": mapping.version,
        "created_at": connection.created_at.rfc3339(),
    }))
}
