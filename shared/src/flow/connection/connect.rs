//! Connecting: valid PBX credentials are the proof. A PBX account has one connection; whoever proves that it is theirs
//! gets it, with a new key; the keys before are void, and whoever had them is told.

use std::ops::ControlFlow;

use super::accepted;
use super::account::{self, Account, AccountProblem, Credentials};
use super::audit;
use super::crm_account;
use super::crm_check;
use super::extensions;
use super::keys;
use super::notices;
use super::pbx_access;
use crate::crm::CrmError;
use crate::flow::deps::SettingsDeps;
use crate::flow::reconcile;
use crate::model::audit::{Act, Actor};
use crate::model::connection::{Connection, ListAge, PbxAccount, Policy};
use crate::model::crm_target::{CrmTarget, OpenCrmTarget};
use crate::model::ids::{ConnectionId, PbxClientId};
use crate::model::keyring::Keyring;
use crate::model::number::NumberPlan;
use crate::model::secret::{Sealed, Secret};
use crate::model::secret::{crm_field, field};
use crate::model::token::AdminKey;
use crate::storage::{PbxState, Saved, StoreError, Stored, StoredToken};

/// What an administrator enters.
#[derive(Clone, Debug)]
pub struct NewConnection {
    /// What the administrator calls it.
    pub name: String,
    /// The PBX account.
    pub pbx: Credentials,
    /// Where records go.
    pub crm: OpenCrmTarget,
}

/// What the administrator gets.
#[derive(Clone, Debug)]
pub struct Connected {
    /// The connection.
    pub id: ConnectionId,
    /// Its key, shown once.
    pub admin_key: AdminKey,
    /// The customer on the PBX.
    pub client_id: PbxClientId,
    /// Its numbering.
    pub numbers: NumberPlan,
}

/// Why a connection did not come about.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The PBX account can't be used.
    #[error(transparent)]
    Account(#[from] AccountProblem),
    /// The connection of this account is being removed.
    #[error("the connection of this PBX account is being removed")]
    Closing,
    /// The credentials belong to another account than the connection's.
    #[error("the credentials belong to another PBX account")]
    OtherAccount,
    /// The CRM refuses its settings.
    #[error("the CRM refuses its settings")]
    Crm(#[source] CrmError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was found on a PBX account.
#[derive(Clone, Debug)]
pub struct Found {
    /// The customer.
    pub client: PbxClientId,
    /// Its numbering.
    pub numbers: NumberPlan,
    /// How many phones it has.
    pub phones: u64,
    /// How many queues and voice menus.
    pub places: u64,
}

/// Looks at an account that may be connected; nothing is stored.
pub async fn look(deps: &SettingsDeps, pbx: &Credentials) -> Result<Found, AccountProblem> {
    let account = account::read(deps, pbx).await?;
    let (phones, places) = account.listing.counted();
    Ok(Found { client: account.customer.id, numbers: account.customer.numbers, phones, places })
}

/// Connects a PBX account, or proves that it is one's own and takes it over.
pub async fn connect(deps: &SettingsDeps, new: NewConnection, by: &Actor) -> Result<Connected, ConnectError> {
    let account = account::read(deps, &new.pbx).await?;
    take(deps, new, account, by).await
}

/// Makes or takes over the connection of an account that was read.
pub(in crate::flow) async fn take(
    deps: &SettingsDeps,
    new: NewConnection,
    account: Account,
    by: &Actor,
) -> Result<Connected, ConnectError> {
    crm_check::prove(deps, &new.crm).await.map_err(ConnectError::Crm)?;
    let origin = &new.pbx.origin;
    let client = account.customer.id;
    let id = if let Some(id) = deps.store.owner(origin, client).await? {
        id
    } else {
        let id = ConnectionId::random(deps.random.as_ref());
        deps.store.take_ownership(origin, client, id).await?
    };
    let existing = deps.store.connection(id).await?;
    if existing.as_ref().is_some_and(|existing| existing.value.closing) {
        return Err(ConnectError::Closing);
    }
    let admin_key = AdminKey::random(id, deps.random.as_ref());
    let void_keys: Vec<_> =
        existing.iter().flat_map(|one| one.value.keys.keys()).map(|key| key.id.clone()).collect();
    let act = match &existing {
        Some(_) => Act::TakenOver { void_keys: void_keys.clone() },
        None => Act::Connected,
    };
    audit::note(deps, id, by, act).await?;
    let keys = Keyring::of(admin_key.digest());
    for key in keys.keys() {
        keys::name(deps, id, &key.id, keys::FIRST.to_owned()).await?;
    }
    let pbx = seal_account(deps, id, &new.pbx, client)?;
    let crm = seal_crm(deps, id, &new.crm)?;
    let numbers = account.customer.numbers.clone();
    remember(deps, id, &pbx, &account).await?;
    extensions::merge(deps, id, account.listing).await?;
    let numbers = extensions::numbering(deps, id, numbers).await?;
    let replace = |connection: &mut Connection| {
        connection.name.clone_from(&new.name);
        connection.pbx.clone_from(&pbx);
        connection.crm.clone_from(&crm);
        connection.numbers.clone_from(&numbers);
        connection.keys.clone_from(&keys);
        connection.pause = None;
        connection.breaker = None;
        connection.failing_since = None;
    };
    let fresh = || {
        Stored::new(Connection {
            id,
            name: new.name.clone(),
            pbx: pbx.clone(),
            numbers: numbers.clone(),
            crm: crm.clone(),
            policy: Policy::default(),
            keys: keys.clone(),
            created_at: deps.clock.now(),
            pause: None,
            failing_since: None,
            breaker: None,
            list: ListAge::default(),
            closing: false,
        })
    };
    let existed = match existing {
        Some(existing) => Some(existing),
        None => match deps.store.save_connection(&fresh()).await? {
            Saved::Done(_) => None,
            // Two connected the same account at once: the later one has it.
            Saved::Changed(other) => Some(other),
        },
    };
    if let Some(existing) = existed {
        deps.store.update_connection(existing, replace).await?;
        notices::taken_over(deps, id).await?;
        for void in &void_keys {
            deps.store.delete_key_label(id, void).await?;
        }
        accepted::crm(deps, id).await?;
        accepted::pbx(deps, id).await?;
    }
    crm_account::make_address(deps, id, &new.crm).await?;
    reconcile::begin(deps, id).await?;
    Ok(Connected { id, admin_key, client_id: client, numbers })
}

/// Stores what the PBX said on the way: the token, the budget and the limit.
pub(in crate::flow) async fn remember(
    deps: &SettingsDeps,
    id: ConnectionId,
    pbx: &PbxAccount,
    account: &Account,
) -> Result<(), StoreError> {
    let token = StoredToken {
        of: pbx_access::credentials(pbx),
        value: seal(deps, id, field::PBX_TOKEN, &account.token.value)?,
        expires_at: account.token.expires_at,
        refresh: account
            .token
            .refresh
            .as_ref()
            .map(|refresh| seal(deps, id, field::PBX_REFRESH, refresh))
            .transpose()?,
    };
    let learn = |state: &mut PbxState| -> ControlFlow<()> {
        state.token = Some(token.clone());
        state.refused = None;
        state.token_failures = 0;
        state.budget = account.budget.or(state.budget);
        state.event_limit = account.event_limit.or(state.event_limit);
        ControlFlow::Continue(())
    };
    let state = deps.store.pbx_state(id).await?;
    deps.store.edit_pbx_state(id, state, learn).await?;
    Ok(())
}

/// A PBX account with its secret sealed.
pub(in crate::flow) fn seal_account(
    deps: &SettingsDeps,
    id: ConnectionId,
    credentials: &Credentials,
    client: PbxClientId,
) -> Result<PbxAccount, StoreError> {
    Ok(PbxAccount {
        origin: credentials.origin.clone(),
        client_id: client,
        app_id: credentials.app_id.clone(),
        app_secret: seal(deps, id, field::PBX_SECRET, &credentials.app_secret)?,
        entered_at: deps.clock.now(),
    })
}

/// A CRM target with its settings sealed.
pub(in crate::flow) fn seal_crm(
    deps: &SettingsDeps,
    id: ConnectionId,
    crm: &OpenCrmTarget,
) -> Result<CrmTarget, StoreError> {
    crm.try_map(|name, value| seal(deps, id, &crm_field(name), value))
}

fn seal(deps: &SettingsDeps, id: ConnectionId, field: &str, secret: &Secret) -> Result<Sealed, StoreError> {
    Ok(deps.sealer.seal(id, field, secret, deps.random.as_ref())?)
}
