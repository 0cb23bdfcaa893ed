//! The PBX is read again: client, limits, extensions and queue agents, since the administrator asks for it, or, without the
//! agents, since an event came of an extension that is not in the list. Nothing that they mapped is taken away, however little the PBX answers, and no event
//! is added or removed: that happens when they save a mapping (R5).

use std::time::Duration;

use super::agents;
use super::extensions::{self, Difference, Listing};
use super::pbx_access::{AccessError, PbxAccess, Priority};
use crate::clock::Timestamp;
use crate::error::chain;
use crate::flow::deps::SettingsDeps;
use crate::model::connection::{Connection, ListAge};
use crate::model::ids::ConnectionId;
use crate::pbx::{Customer, PbxError};
use crate::storage::{Saved, StoreError, Stored};
use crate::telemetry::field;

/// When a list is read whose reader died.
const GRACE: Duration = Duration::from_mins(10);

/// What a refresh found.
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// What it changed.
    pub difference: Difference,
    /// Why the list is not whole, if it isn't.
    pub problem: Option<String>,
}

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The PBX does not answer as it should: what happened, and what to do.
    #[error("the PBX could not be read")]
    Pbx(String),
    /// The PBX refused the credentials.
    #[error("the PBX refused the credentials")]
    Paused,
    /// The hour's requests are used up.
    #[error("the hour's requests are used up")]
    NoBudget {
        /// When there are new ones.
        until: Timestamp,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AccessError> for RefreshError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Store(error) => Self::Store(error),
            AccessError::Request(error) | AccessError::Token(error) => {
                Self::Pbx(format!("{} {}", error.sentence(), error.advice()))
            }
            AccessError::Paused => Self::Paused,
            AccessError::NoBudget { until } => Self::NoBudget { until },
            AccessError::OutOfTurn | AccessError::Failing | AccessError::LeaseLost => {
                Self::Pbx("The PBX could not be read.".to_owned())
            }
        }
    }
}

/// Reads the PBX again and says what has changed.
pub async fn refresh(deps: &SettingsDeps, connection: Stored<Connection>) -> Result<Refreshed, RefreshError> {
    again(deps, connection, Priority::Interactive).await
}

/// Reads the list of extensions in the background, if an event has proved it too old: once, and what the budget does
/// not allow when it does. What fails otherwise is not repeated before another event asks for it.
pub(in crate::flow) async fn if_stale(deps: &SettingsDeps, id: ConnectionId) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let Some(mut connection) = deps.store.connection(id).await? else { return Ok(()) };
    if connection.value.closing || connection.value.list.due_at.is_none_or(|due_at| now < due_at) {
        return Ok(());
    }
    // Whoever puts it off reads it; if that one dies, it is read then.
    connection.value.list = ListAge { marked_at: Some(now), due_at: Some(now + GRACE) };
    let Saved::Done(connection) = deps.store.save_connection(&connection).await? else { return Ok(()) };
    let next = match again(deps, connection.clone(), Priority::Background).await {
        Ok(_) => {
            tracing::info!({ field::CONNECTION } = %id, "list of extensions read again");
            return Ok(());
        }
        Err(RefreshError::Store(error)) => return Err(error),
        Err(RefreshError::NoBudget { until }) => Some(until),
        Err(error) => {
            tracing::info!(
                { field::CONNECTION } = %id,
                { field::ERROR } = chain(&error),
                "list of extensions not read"
            );
            None
        }
    };
    deps.store.update_connection(connection, |connection| connection.list.due_at = next).await.map(drop)
}

async fn again(
    deps: &SettingsDeps,
    connection: Stored<Connection>,
    priority: Priority,
) -> Result<Refreshed, RefreshError> {
    let known = connection.value.clone();
    let mut access = PbxAccess::open(deps, &known, priority).await?;
    let read = read(&mut access).await;
    let agents = match (&read, priority) {
        // What an event proves too old is the list of extensions.
        (Ok((_, _, None)), Priority::Interactive) => read_agents(deps, &mut access, known.id).await,
        (Ok(_) | Err(_), Priority::Interactive | Priority::Background) => Ok(()),
    };
    access.close().await?;
    agents?;
    let (customer, listing, failed) = read?;
    if customer.id != known.pbx.client_id {
        return Err(RefreshError::Pbx("The application belongs to another PBX account by now.".to_owned()));
    }
    let difference = extensions::merge(deps, known.id, listing).await?;
    let numbers = extensions::numbering(deps, known.id, customer.numbers).await?;
    let rest_at = match &failed {
        Some(AccessError::NoBudget { until }) => Some(*until),
        Some(_) | None => None,
    };
    let put = |connection: &mut Connection| {
        connection.numbers.clone_from(&numbers);
        // Read, unless the budget ended before the list did.
        connection.list.due_at = connection.list.due_at.and(rest_at);
    };
    deps.store.update_connection(connection, put).await?;
    let problem = failed.map(|failed| match RefreshError::from(failed) {
        RefreshError::Pbx(text) => text,
        RefreshError::Paused => "The PBX refused the credentials.".to_owned(),
        RefreshError::NoBudget { .. } => "The PBX's hourly limit of requests is used up.".to_owned(),
        RefreshError::Store(error) => error.to_string(),
    });
    let incomplete =
        || "The PBX's list is empty or could not be read whole, so nothing counts as missing.".to_owned();
    let problem = problem.or_else(|| (!difference.whole).then(incomplete));
    Ok(Refreshed { difference, problem })
}

/// Reads the lists of agents again, if agents are wanted. What fails then leaves them as they are, and the list of
/// extensions is none the worse for it.
async fn read_agents(
    deps: &SettingsDeps,
    access: &mut PbxAccess<'_>,
    id: ConnectionId,
) -> Result<(), StoreError> {
    if !deps.store.agents(id).await?.list.value.wanted {
        return Ok(());
    }
    let mut listing = agents::Listing::begun(deps.clock.now());
    match listing.read(access).await {
        Ok(()) => agents::merge(deps, id, listing, agents::Wanting::AsBefore).await.map(drop),
        Err(AccessError::Store(error)) => Err(error),
        Err(error) => {
            tracing::info!(
                { field::CONNECTION } = %id,
                { field::ERROR } = chain(&error),
                "lists of agents not read"
            );
            Ok(())
        }
    }
}

/// The customer, and the list as far as it goes.
async fn read(access: &mut PbxAccess<'_>) -> Result<(Customer, Listing, Option<AccessError>), AccessError> {
    let customer = match access.send(|pbx| Box::pin(pbx.client())).await {
        Err(AccessError::Request(PbxError::NotFound)) => {
            access.send(|pbx| Box::pin(pbx.client_info())).await?
        }
        answer => answer?,
    };
    match access.send(|pbx| Box::pin(pbx.limits())).await {
        Ok(limits) => access.set_event_limit(limits.events).await?,
        // Undocumented (docs/pbx.md §9.3): what can't be read is not needed.
        Err(AccessError::Request(_)) => {}
        Err(error) => return Err(error),
    }
    let mut listing = Listing::default();
    while let Some(page) = listing.next_page() {
        match access.send(move |pbx| Box::pin(pbx.extensions_page(page))).await {
            Ok(read) => listing.take(read),
            Err(error) if page > 1 => return Ok((customer, listing, Some(error))),
            Err(error) => return Err(error),
        }
    }
    Ok((customer, listing, None))
}
