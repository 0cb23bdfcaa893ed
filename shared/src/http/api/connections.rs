//! `POST /connections`: connects a PBX account. The only route without a key: valid PBX credentials are the proof.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::describe::{Doc, Routes};
use super::doors::{Knocker, Proving};
use super::{Refusal, SettingsApi, Who};
use crate::flow::SettingsDeps;
use crate::flow::connection::account::Credentials;
use crate::flow::connection::connect::{self, ConnectError, Connected, NewConnection};
use crate::flow::connection::crm_account;
use crate::http::Problem;
use crate::http::form::crm;
use crate::http::form::{Form, bodies};
use crate::model::connection::Origin;
use crate::model::secret::Secret;
use crate::storage::StoreError;
use crate::view::connection::Connected as Shown;

/// The longest name, App ID and App Secret.
pub(in crate::http) const MAX_NAME: usize = 200;
const MAX_CREDENTIAL: usize = 512;

pub(super) fn routes() -> Routes {
    let doc = Doc::new(
        "connect",
        "Connects a PBX account; one that is connected already is taken over, its keys are void, and whoever had them is told",
    )
    .open()
    .takes(&bodies::NewConnection::example())
    .gives::<Shown>(201, "Connected; the key is shown this once")
    .ends(409, "The connection of this PBX account is being removed")
    .leads(201, "saveMapping", &[]);
    Routes::new().on("post", "/api/v1/connections", create, doc)
}

async fn create(
    State(api): State<SettingsApi>,
    who: Who,
    knocker: Knocker,
    mut form: Form,
) -> Result<Response, Refusal> {
    let name = form.text("name", MAX_NAME);
    let pbx = credentials(&mut form, &api.settings);
    let crm = crm::read(&mut form, &api.settings.connectors, api.settings.targets);
    let new = name.zip(pbx).zip(crm).map(|((name, pbx), crm)| NewConnection { name, pbx, crm });
    let new = form.finish(new)?;
    let proving = Proving::begin(&api.settings, knocker, &new.pbx)?;
    let connected = match connect::connect(&api.settings, new, &who.0).await {
        Ok(connected) => connected,
        Err(error) => {
            proving.refused(&api.settings, &error).await;
            return Err(refusal(error));
        }
    };
    Ok((StatusCode::CREATED, Json(shown(&api.settings, &connected).await?)).into_response())
}

/// What is shown of a connection that was just made: its key, and where one consents in its CRM.
pub(super) async fn shown(deps: &SettingsDeps, made: &Connected) -> Result<Shown, StoreError> {
    let connection = deps.store.connection(made.id).await?;
    let addresses = match &connection {
        Some(connection) => crm_account::addresses(deps, &connection.value).await?,
        None => None,
    };
    Ok(Shown::of(made, addresses.as_ref()))
}

/// Reads `pbx`; a host that the operator did not list is refused before anything is sent.
pub(in crate::http) fn credentials(form: &mut Form, deps: &SettingsDeps) -> Option<Credentials> {
    let origin = form.text("pbx.host", MAX_CREDENTIAL).and_then(|host| listed(form, deps, &host));
    let app_id = form.text("pbx.app_id", MAX_CREDENTIAL);
    let app_secret = form.text("pbx.app_secret", MAX_CREDENTIAL).map(Secret::new);
    Some(Credentials { origin: origin?, app_id: app_id?, app_secret: app_secret? })
}

/// The PBX of that name, if the operator listed it: `https://pbx.example`, or the bare host of a listed one.
pub(in crate::http) fn listed(form: &mut Form, deps: &SettingsDeps, host: &str) -> Option<Origin> {
    let named = |origin: &&Origin| {
        Origin::parse(host).as_ref() == Some(*origin) || origin.authority().eq_ignore_ascii_case(host)
    };
    let found = deps.pbx_hosts.iter().find(named).cloned();
    if found.is_none() {
        let names: Vec<_> = deps.pbx_hosts.iter().map(Origin::as_str).collect();
        form.wrong(
            "pbx.host",
            format!("this PBX is not on the operator's list; there are: {}", names.join(", ")),
        );
    }
    found
}

/// What a connection that did not come about is answered with.
pub(in crate::http) fn refusal(error: ConnectError) -> Refusal {
    match error {
        ConnectError::Account(problem) => {
            Problem::field(format!("pbx.{}", problem.field), problem.message).into()
        }
        ConnectError::Closing => Problem::new(
            StatusCode::CONFLICT,
            "the connection of this PBX account is being removed; try again when that is done",
        )
        .into(),
        ConnectError::OtherAccount => Problem::field(
            "pbx.app_id",
            "this application belongs to another PBX account; connect that one as a connection of its own",
        )
        .into(),
        ConnectError::Crm(error) => Problem::field("crm", error.to_string()).into(),
        ConnectError::Store(error) => error.into(),
    }
}
