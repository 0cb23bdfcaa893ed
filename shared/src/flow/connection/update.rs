//! An administrator changes their connection: its name, its policy, its CRM or its PBX credentials. New credentials
//! are tried before they are stored, and what waited for them goes on.

use std::time::Duration;

use url::Url;

use super::accepted;
use super::account::{self, Credentials};
use super::audit;
use super::connect::{self, ConnectError};
use super::crm_account;
use super::crm_check;
use crate::crm::{Connectors, FieldKind};
use crate::flow::deps::SettingsDeps;
use crate::flow::notify::settings::{self as notify, NotifyChange};
use crate::model::audit::{Act, Actor};
use crate::model::connection::{Connection, Policy};
use crate::model::crm_target::{Former, OpenCrmTarget, SIGNING_SECRET};
use crate::storage::Stored;

/// How long a secret signs beside the one that replaced it.
pub const OVERLAP: Duration = Duration::from_hours(24);

/// What is to be changed; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// What the administrator calls it.
    pub name: Option<String>,
    /// How calls are logged.
    pub policy: Option<Policy>,
    /// Where records go.
    pub crm: Option<OpenCrmTarget>,
    /// The secret before a new one is known to others: it signs nothing any more.
    pub revoke_former: bool,
    /// The application on the PBX.
    pub pbx: Option<Credentials>,
    /// Who is told of notices.
    pub notify: Option<NotifyChange>,
}

/// Changes a connection, all of it or nothing.
pub async fn change(
    deps: &SettingsDeps,
    connection: Stored<Connection>,
    change: Change,
    by: &Actor,
) -> Result<Stored<Connection>, ConnectError> {
    let id = connection.value.id;
    if let Some(crm) = &change.crm {
        crm_check::prove(deps, crm).await.map_err(ConnectError::Crm)?;
    }
    let mut pbx = None;
    if let Some(credentials) = &change.pbx {
        let account = account::prove(deps, credentials).await?;
        let same = credentials.origin == connection.value.pbx.origin
            && account.customer.id == connection.value.pbx.client_id;
        if !same {
            return Err(ConnectError::OtherAccount);
        }
        let sealed = connect::seal_account(deps, id, credentials, account.customer.id)?;
        connect::remember(deps, id, &sealed, &account).await?;
        pbx = Some(sealed);
    }
    let fields = names(&connection.value, &change);
    if !fields.is_empty() {
        audit::note(deps, id, by, Act::Changed { fields }).await?;
    }
    if let Some(notify) = &change.notify {
        notify::change(deps, id, notify).await?;
    }
    let crm = change.crm.as_ref().map(|crm| overlapping(deps, &connection.value, crm, change.revoke_former));
    let crm = crm.map(|crm| connect::seal_crm(deps, id, &crm)).transpose()?;
    let put = |connection: &mut Connection| {
        if let Some(name) = &change.name {
            connection.name.clone_from(name);
        }
        if let Some(policy) = &change.policy {
            connection.policy.clone_from(policy);
        }
        if let Some(pbx) = &pbx {
            connection.pbx.clone_from(pbx);
        }
        if let Some(crm) = &crm {
            connection.crm.clone_from(crm);
            connection.pause = None;
            connection.breaker = None;
            connection.failing_since = None;
        }
    };
    let changed = deps.store.update_connection(connection, put).await?;
    if let Some(crm) = &change.crm {
        crm_account::make_address(deps, id, crm).await?;
        accepted::crm(deps, id).await?;
    }
    if pbx.is_some() {
        accepted::pbx(deps, id).await?;
    }
    Ok(changed)
}

/// A new signing secret does not replace the one before at once: both are valid until its receivers must know the new
/// one, unless records go elsewhere by now, or the one before is revoked.
fn overlapping(
    deps: &SettingsDeps,
    connection: &Connection,
    new: &OpenCrmTarget,
    revoke_former: bool,
) -> OpenCrmTarget {
    let mut new = new.clone();
    let old = Connectors::open(connection, &deps.sealer).ok();
    let old = old.filter(|old| !revoke_former && is_same_place(deps, old, &new));
    let old_secret = old.as_ref().and_then(|old| old.field(SIGNING_SECRET));
    new.former = match (old_secret, new.field(SIGNING_SECRET)) {
        (Some(old), Some(secret)) if old != secret => {
            Some(Former { secret: old.clone(), until: deps.clock.now() + OVERLAP })
        }
        (Some(_), Some(_)) => old.and_then(|old| old.former),
        (None, _) | (_, None) => None,
    };
    new
}

/// Whether records go to the same server as before.
fn is_same_place(deps: &SettingsDeps, old: &OpenCrmTarget, new: &OpenCrmTarget) -> bool {
    let Ok(connector) = deps.connectors.of(&new.kind) else { return false };
    let origin = |target: &OpenCrmTarget, name| {
        target.text(name).and_then(|text| Url::parse(text).ok()).map(|url| url.origin())
    };
    let mut addresses = connector.about().fields.iter().filter(|field| field.kind == FieldKind::Address);
    old.kind == new.kind && addresses.all(|field| origin(old, field.name) == origin(new, field.name))
}

/// The names of what is changed, as the settings call it.
fn names(connection: &Connection, change: &Change) -> Vec<String> {
    let renamed = change.name.as_ref().is_some_and(|name| *name != connection.name);
    let whole = [("name", renamed), ("crm", change.crm.is_some()), ("pbx", change.pbx.is_some())];
    let whole = whole.into_iter().filter(|(_, given)| *given).map(|(name, _)| name.to_owned());
    let fields = |policy: &Policy| serde_json::to_value(policy).unwrap_or_default();
    let (before, after) = (fields(&connection.policy), change.policy.as_ref().map(fields));
    let policy = after.as_ref().and_then(|after| after.as_object()).into_iter().flatten();
    let policy = policy.filter(|(name, value)| before.get(name.as_str()) != Some(*value));
    let policy = policy.map(|(name, _)| format!("policy.{name}"));
    whole.chain(policy).chain(change.notify.iter().flat_map(notify::names)).collect()
}
