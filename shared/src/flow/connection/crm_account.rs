//! The CRM's side of a connection, where a person must consent in it: the addresses for the browser and for what the CRM
//! posts by itself, the consent, and the events. A consent is stored once it works, and nothing else replaces it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Duration;

use url::Url;

use super::{accepted, audit, dial};
use crate::clock::Timestamp;
use crate::crm::{Access, CallWish, Connector, Connectors, CrmError, CrmEvent, Unshared};
use crate::error::chain;
use crate::flow::crm_access::{self, Opened};
use crate::flow::deps::SettingsDeps;
use crate::model::audit::{Act, Actor};
use crate::model::connection::{Connection, Pause, PauseReason};
use crate::model::crm_target::OpenCrmTarget;
use crate::model::grant::OpenGrant;
use crate::model::ids::ConnectionId;
use crate::model::notice::NoticeCause;
use crate::model::secret::{Digest, Sealed, Secret, field};
use crate::model::token::CrmToken;
use crate::pbx::DialTarget;
use crate::storage::{CrmState, StoreError, Stored};
use crate::telemetry::field as log;
use crate::text;

/// Where CRMs send the browser back to, below the public address.
pub const CALLBACK_PATH: &str = "/api/v1/crm/callback";
/// Where CRMs post to, below the public address and before the token.
pub const EVENT_PATH: &str = "/crm-event/";

/// How long a consent may take that was begun.
const LIFETIME: Duration = Duration::from_hours(1);
/// A click that is older is not called any more: somebody would pick up and wonder.
const STALE: Duration = Duration::from_secs(15);

/// Where a person consents, and where the CRM posts.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// For the browser of somebody who may consent, where that is needed.
    pub authorise: Option<Url>,
    /// For the CRM; whoever knows it may post.
    pub events: Url,
}

/// Why a consent led to nothing.
#[derive(Debug, thiserror::Error)]
pub enum NoConsent {
    /// It was not begun here, or too long ago.
    #[error("the consent can't be continued")]
    Unknown,
    /// The CRM refused, or could not be asked.
    #[error(transparent)]
    Crm(#[from] CrmError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of something that a CRM posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// There is no such address, or it is not the CRM that posts.
    Unknown,
    /// It was dealt with, or is nothing of ours.
    Taken,
    /// What it says did not work when it was tried.
    Refused,
}

/// The addresses of a connection; none where nothing is posted. Nothing is written.
pub async fn addresses(
    deps: &SettingsDeps,
    connection: &Connection,
) -> Result<Option<Addresses>, StoreError> {
    let Ok((target, connector)) = opened(deps, connection) else { return Ok(None) };
    if !connector.posts(&target) {
        return Ok(None);
    }
    let state = deps.store.crm_state(connection.id).await?.value;
    let Some(events) = event_address(deps, connection.id, &state)? else { return Ok(None) };
    let Some(consent) = connector.consent(&target) else {
        return Ok(Some(Addresses { authorise: None, events }));
    };
    let Ok(authorise) = consent.authorise_url(&target, &begun(deps, connection.id)?, &callback(deps)) else {
        return Ok(None);
    };
    Ok(Some(Addresses { authorise: Some(authorise), events }))
}

/// Makes the address to which the CRM posts, if these settings have it post anything and there is none yet.
pub(in crate::flow) async fn make_address(
    deps: &SettingsDeps,
    id: ConnectionId,
    target: &OpenCrmTarget,
) -> Result<(), StoreError> {
    if !deps.connectors.of(&target.kind).is_ok_and(|connector| connector.posts(target)) {
        return Ok(());
    }
    let token = CrmToken::random(id, deps.random.as_ref());
    let sealed = deps.sealer.seal(id, field::CRM_ADDRESS, token.secret(), deps.random.as_ref())?;
    let state = deps.store.crm_state(id).await?;
    let put = |state: &mut CrmState| {
        if state.address.is_some() {
            return ControlFlow::Break(());
        }
        state.address = Some(sealed.clone());
        ControlFlow::Continue(())
    };
    deps.store.edit_crm_state(id, state, put).await?;
    announce(deps, id).await
}

/// Tells a CRM in which nobody consents where to post. One that can't be told now is told when it is tried.
pub(in crate::flow) async fn announce(deps: &SettingsDeps, id: ConnectionId) -> Result<(), StoreError> {
    let Some(connection) = deps.store.connection(id).await? else { return Ok(()) };
    let Ok((target, connector)) = opened(deps, &connection.value) else { return Ok(()) };
    if connector.consent(&target).is_some() {
        return Ok(());
    }
    let access = Access { target: &target, grant: None, policy: &connection.value.policy, makers: &Unshared };
    if let Err(error) = subscribe(deps, connector, access, id).await? {
        tracing::warn!({ log::CONNECTION } = %id, { log::ERROR } = chain(&error), "the CRM was not told where to post");
    }
    Ok(())
}

/// Tells a CRM where to post.
pub(in crate::flow) async fn subscribe(
    deps: &SettingsDeps,
    connector: &dyn Connector,
    access: Access<'_>,
    id: ConnectionId,
) -> Opened<()> {
    let state = deps.store.crm_state(id).await?.value;
    match event_address(deps, id, &state)? {
        Some(address) => Ok(connector.subscribe(access, &address).await),
        None => Ok(Ok(())),
    }
}

/// The browser came back from the CRM.
pub async fn consented(
    deps: &SettingsDeps,
    state: &str,
    answer: &BTreeMap<String, Secret>,
    by: &Actor,
) -> Result<(), NoConsent> {
    let id = continued(deps, state).ok_or(NoConsent::Unknown)?;
    let connection = deps.store.connection(id).await?.filter(|stored| !stored.value.closing);
    let connection = connection.ok_or(NoConsent::Unknown)?;
    let (target, connector) = opened(deps, &connection.value)?;
    let consent = connector.consent(&target).ok_or(NoConsent::Unknown)?;
    let grant = consent.exchange(&target, answer, &callback(deps), deps.clock.now()).await?;
    accept(deps, connection, (&target, connector), &grant, by).await?.map_err(NoConsent::Crm)
}

/// The CRM posted something by itself.
pub async fn posted(
    deps: &SettingsDeps,
    token: &CrmToken,
    body: &BTreeMap<String, String>,
    by: &Actor,
) -> Result<Posted, StoreError> {
    let id = token.connection;
    let state = deps.store.crm_state(id).await?.value;
    if !address_of(deps, id, &state)?.is_some_and(|known| token.is(&known)) {
        return Ok(Posted::Unknown);
    }
    let connection = deps.store.connection(id).await?.filter(|stored| !stored.value.closing);
    let Some(connection) = connection else { return Ok(Posted::Unknown) };
    let Ok((target, connector)) = opened(deps, &connection.value) else { return Ok(Posted::Unknown) };
    let Some(consent) = connector.consent(&target) else {
        return happened(deps, connection, connector.event(&target, body)).await;
    };
    if let Some(grant) = consent.installed(&target, body, deps.clock.now()) {
        let accepted = accept(deps, connection, (&target, connector), &grant, by).await?;
        return Ok(accepted.map_or_else(|error| refused(id, &error), |()| Posted::Taken));
    }
    let grant = crm_access::open_grant(deps.crm(), id, &target, &state)?;
    let Some(grant) = grant else { return Ok(Posted::Unknown) };
    happened(deps, connection, consent.event(&grant, body)).await
}

/// What a CRM posted is dealt with.
async fn happened(
    deps: &SettingsDeps,
    connection: Stored<Connection>,
    event: CrmEvent,
) -> Result<Posted, StoreError> {
    match event {
        CrmEvent::Forged => return Ok(Posted::Unknown),
        CrmEvent::Other => {}
        CrmEvent::Removed => removed(deps, connection).await?,
        CrmEvent::Call(wish) => call(deps, &connection.value, wish).await,
    }
    Ok(Posted::Taken)
}

/// Stores a consent that works, and lets what waited for it go on.
async fn accept(
    deps: &SettingsDeps,
    connection: Stored<Connection>,
    (target, connector): (&OpenCrmTarget, &dyn Connector),
    grant: &OpenGrant,
    by: &Actor,
) -> Opened<()> {
    let id = connection.value.id;
    let access = Access { target, grant: Some(grant), policy: &connection.value.policy, makers: &Unshared };
    if let Err(error) = connector.check(access).await {
        return Ok(Err(error));
    }
    audit::note(deps, id, by, Act::Changed { fields: vec!["crm.consent".to_owned()] }).await?;
    let sealed = crm_access::seal_grant(deps.crm(), id, grant)?;
    let state = deps.store.crm_state(id).await?;
    let put = |state: &mut CrmState| -> ControlFlow<()> {
        state.grant = Some(sealed.clone());
        state.lease = None;
        ControlFlow::Continue(())
    };
    deps.store.edit_crm_state(id, state, put).await?;
    if let Err(error) = subscribe(deps, connector, access, id).await? {
        return Ok(Err(error));
    }
    let go_on = |connection: &mut Connection| {
        connection.pause = None;
        connection.breaker = None;
        connection.failing_since = None;
    };
    deps.store.update_connection(connection, go_on).await?;
    accepted::crm(deps, id).await?;
    Ok(Ok(()))
}

/// The application was removed in the CRM: nothing goes there until somebody consents again.
async fn removed(deps: &SettingsDeps, connection: Stored<Connection>) -> Result<(), StoreError> {
    let (id, now) = (connection.value.id, deps.clock.now());
    let state = deps.store.crm_state(id).await?;
    let forget = |state: &mut CrmState| -> ControlFlow<()> {
        state.grant = None;
        ControlFlow::Continue(())
    };
    deps.store.edit_crm_state(id, state, forget).await?;
    let pause = |connection: &mut Connection| {
        connection.pause.get_or_insert(Pause { since: now, reason: PauseReason::CrmRefusedCredentials });
    };
    deps.store.update_connection(connection, pause).await?;
    let words = text::CRM_REMOVED_US;
    deps.store.raise_notice(id, &NoticeCause::CrmRefusedCredentials, words.sentence, words.advice, now).await
}

/// Somebody clicked on a number in the CRM. Nobody reads an answer to that: what fails is in the log.
async fn call(deps: &SettingsDeps, connection: &Connection, wish: CallWish) {
    let now = deps.clock.now();
    if wish.at.is_some_and(|at| now.since(at) > STALE) {
        tracing::info!({ log::CONNECTION } = %connection.id, "click not called: it came too late");
        return;
    }
    let Some(target) = DialTarget::parse(&wish.number) else {
        tracing::info!({ log::CONNECTION } = %connection.id, "click not called: no number that can be dialled");
        return;
    };
    let user = wish.crm_user.as_ref().map_or("", |user| user.as_str());
    let key = Digest::of(format!("click\n{user}\n{}", target.reveal()).as_bytes());
    let wish =
        dial::Wish { crm_user: wish.crm_user, target, key: (key, dial::BY_CLICK), progress: wish.progress };
    match dial::dial(deps, connection, wish).await {
        Ok(_) | Err(dial::DialError::UnderWay) => {}
        Err(error) => {
            tracing::warn!({ log::CONNECTION } = %connection.id, { log::ERROR } = chain(&error), "click not called");
        }
    }
}

fn refused(id: ConnectionId, error: &CrmError) -> Posted {
    tracing::info!({ log::CONNECTION } = %id, { log::ERROR } = chain(error), "installation refused");
    Posted::Refused
}

fn opened<'a>(
    deps: &'a SettingsDeps,
    connection: &Connection,
) -> Result<(OpenCrmTarget, &'a dyn Connector), CrmError> {
    let target = Connectors::open(connection, &deps.sealer)?;
    let connector = deps.connectors.of(&target.kind)?;
    Ok((target, connector))
}

fn address_of(deps: &SettingsDeps, id: ConnectionId, state: &CrmState) -> Result<Option<Secret>, StoreError> {
    let open = |sealed: &Sealed| deps.sealer.open(id, field::CRM_ADDRESS, sealed);
    Ok(state.address.as_ref().map(open).transpose()?)
}

fn event_address(deps: &SettingsDeps, id: ConnectionId, state: &CrmState) -> Result<Option<Url>, StoreError> {
    let token = address_of(deps, id, state)?;
    Ok(token.map(|token| below(deps, &format!("{EVENT_PATH}{}", token.reveal()))))
}

/// What a consent is begun with: sealed, so that nobody else can make one, and with its end inside.
fn begun(deps: &SettingsDeps, id: ConnectionId) -> Result<String, StoreError> {
    let ends = Secret::new((deps.clock.now() + LIFETIME).micros().to_string());
    let sealed = deps.sealer.seal(id, field::CRM_STATE, &ends, deps.random.as_ref())?;
    Ok(format!("{id}.{}", sealed.0))
}

/// Whose consent goes on, if it was begun here and in time.
fn continued(deps: &SettingsDeps, state: &str) -> Option<ConnectionId> {
    let (id, sealed) = state.split_once('.')?;
    let id = ConnectionId::parse(id)?;
    let ends = deps.sealer.open(id, field::CRM_STATE, &Sealed(sealed.to_owned())).ok()?;
    let ends = Timestamp::from_micros(ends.reveal().parse().ok()?);
    (deps.clock.now() < ends).then_some(id)
}

fn callback(deps: &SettingsDeps) -> Url {
    below(deps, CALLBACK_PATH)
}

/// An address below the public one, whatever path that has.
fn below(deps: &SettingsDeps, path: &str) -> Url {
    let mut url = deps.public_url.clone();
    url.set_path(&format!("{}{path}", deps.public_url.path().trim_end_matches('/')));
    url
}
