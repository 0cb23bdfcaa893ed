//! `GET` and `PATCH /connection`: how a connection is, and what may be changed about it.

use axum::Json;
use axum::extract::State;

use super::describe::{Doc, Routes};
use super::doors::{Knocker, Proving};
use super::{Admin, Refusal, SettingsApi, Who, connections};
use crate::flow::connection::crm_account;
use crate::flow::connection::update::{self, Change};
use crate::flow::notify::settings;
use crate::http::form::bodies::{self, ConnectionChange, CrmChange, PolicyChange};
use crate::http::form::{Form, crm, notify, policy};
use crate::model::connection::Connection;
use crate::storage::StoreError;
use crate::view::connection::Connection as Shown;
use crate::view::notify::Notify;

pub(super) fn routes() -> Routes {
    let show_doc = Doc::new("getConnection", "The connection: state, health, policy, CRM")
        .gives::<Shown>(200, "The connection");
    let change = ConnectionChange {
        name: Some("Example Ltd"),
        policy: Some(PolicyChange { log_internal: Some(true), ..PolicyChange::default() }),
        crm: Some(CrmChange::example()),
        pbx: Some(bodies::Credentials::example()),
        notify: Some(bodies::NotifyChange::example()),
    };
    let update_doc = Doc::new(
        "changeConnection",
        "Changes what is given; new credentials are tried first. A webhook's secret signs beside a new one for 24 hours \
         more, unless `crm.revoke_former` is true",
    )
    .takes(&change)
    .gives::<Shown>(200, "The connection as it is now");
    Routes::new().on("get", "/api/v1/connection", show, show_doc).on(
        "patch",
        "/api/v1/connection",
        update,
        update_doc,
    )
}

async fn show(State(api): State<SettingsApi>, Admin(connection): Admin) -> Result<Json<Shown>, Refusal> {
    Ok(Json(view(&api, &connection.value).await?))
}

async fn update(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    who: Who,
    knocker: Knocker,
    mut form: Form,
) -> Result<Json<Shown>, Refusal> {
    let deps = &api.settings;
    let mut change = Change::default();
    form.only("", &["name", "policy", "crm", "pbx", "notify"]);
    form.only("pbx", &["host", "app_id", "app_secret"]);
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
    if form.has("notify") {
        let has_secret = settings::has_secret(deps, connection.value.id).await?;
        let has = (deps.postman.is_some(), has_secret);
        change.notify = notify::read(&mut form, deps.targets, has);
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

/// A connection with all that is shown of it.
pub(in crate::http) async fn view(api: &SettingsApi, connection: &Connection) -> Result<Shown, StoreError> {
    let deps = &api.settings;
    let state = deps.store.pbx_state(connection.id).await?.value;
    let mapping = deps.store.mapping(connection.id).await?.value;
    let notices = deps.store.notices(connection.id).await?;
    let addresses = crm_account::addresses(deps, connection).await?;
    let crm = (deps.connectors.as_ref(), deps.sealer.as_ref(), addresses.as_ref());
    let told = settings::shown(deps, connection.id).await?;
    let told = (notices.len(), Notify::of(&told, deps.postman.is_some()));
    Ok(Shown::of(connection, &state, mapping.version, told, crm, deps.clock.now()))
}
