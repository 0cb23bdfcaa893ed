//! A connection is removed: first our events on the PBX, and only ours, then everything we keep. It may take several
//! runs; each starts from what is still there. What the PBX refuses to remove is said.

use std::time::Duration;

use super::audit;
use super::pbx_access::{Priority, credentials};
use super::{mapping, provision, reseal};
use crate::alert::{Alert, AlertKind};
use crate::clock::Timestamp;
use crate::flow::deps::SettingsDeps;
use crate::flow::keep;
use crate::model::agent::Agent;
use crate::model::audit::{Act, Actor};
use crate::model::connection::Connection;
use crate::model::extension::{Extension, Subscriptions};
use crate::model::ids::ConnectionId;
use crate::model::secret::Sealed;
use crate::storage::{Span, StoreError, Stored};

/// A person waits at most this long; the rest goes on without them.
const PATIENCE: Duration = Duration::from_secs(15);

/// The retry job leaves a connection after this long, and comes back to it.
const TURN: Duration = Duration::from_mins(1);

/// Records of one look at the log.
const PAGE: i32 = 50;

/// How far a connection's removal is.
#[derive(Clone, Debug)]
pub struct Removal {
    /// Whether nothing is left to do.
    pub finished: bool,
    /// Extensions on which events of ours stay, with the reason in their `events.problem`.
    pub left: Vec<Extension>,
    /// Queue agents on whom they do.
    pub left_agents: Vec<Agent>,
}

/// Begins a removal, or goes on with one, as far as a person can wait.
pub async fn disconnect(
    deps: &SettingsDeps,
    connection: Stored<Connection>,
    by: &Actor,
) -> Result<Removal, StoreError> {
    let close = |connection: &mut Connection| {
        connection.closing = true;
        // Nobody reads it any more.
        connection.list.due_at = None;
    };
    // Due first, so that the retry job goes on if this invocation dies.
    provision::schedule_at(deps, connection.value.id, deps.clock.now() + PATIENCE).await?;
    let connection = if connection.value.closing {
        connection
    } else {
        audit::note(deps, connection.value.id, by, Act::Disconnected).await?;
        deps.store.update_connection(connection, close).await?
    };
    go_on(deps, connection, Priority::Interactive, PATIENCE).await
}

/// Goes on in the background.
pub(in crate::flow) async fn resume(
    deps: &SettingsDeps,
    connection: Stored<Connection>,
) -> Result<(), StoreError> {
    let connection = reseal::connection(deps, connection).await?;
    go_on(deps, connection, Priority::Background, TURN).await.map(drop)
}

async fn go_on(
    deps: &SettingsDeps,
    connection: Stored<Connection>,
    priority: Priority,
    patience: Duration,
) -> Result<Removal, StoreError> {
    let id = connection.value.id;
    let deadline = deps.clock.now() + patience;
    mapping::clear(deps, id).await?;
    provision::run_for(deps, &connection.value, priority).await?;
    let paused = deps.store.pbx_state(id).await?.value.refused == Some(credentials(&connection.value.pbx));
    let extensions = deps.store.extensions(id).await?.into_iter().map(|one| one.value).collect();
    let agents = deps.store.agents(id).await?.items.into_iter().map(|one| one.value).collect();
    let all = Subscribed { extensions, agents };
    if !paused && all.events().any(|events| events.work.is_some()) {
        return Ok(Removal { finished: false, left: Vec::new(), left_agents: Vec::new() });
    }
    let left = all.left_behind();
    let count = left.extensions.len() + left.agents.len();
    let finished = forget_calls(deps, id, deadline).await?;
    if finished {
        let told = priority == Priority::Interactive || count == 0;
        forget(deps, connection, &all, if told { None } else { Some(&left) }).await?;
        if count > 0 {
            let text = format!(
                "A connection was removed, but the PBX kept our events on {count} extensions or agents."
            );
            deps.operator.tell(&Alert { connection: id, kind: AlertKind::LeftBehind, text }).await;
        }
    } else {
        provision::remind(deps, id, deps.clock.now()).await;
    }
    Ok(Removal { finished, left: left.extensions, left_agents: left.agents })
}

/// What has, or had, events of ours.
struct Subscribed {
    extensions: Vec<Extension>,
    agents: Vec<Agent>,
}

impl Subscribed {
    fn events(&self) -> impl Iterator<Item = &Subscriptions> {
        let extensions = self.extensions.iter().map(|one| &one.events);
        extensions.chain(self.agents.iter().map(|one| &one.events))
    }

    /// Those that keep events of ours, and why.
    fn left_behind(&self) -> Self {
        let extensions = self
            .extensions
            .iter()
            .filter_map(|one| Some(Extension { events: left_behind(&one.events)?, ..one.clone() }));
        let agents = self
            .agents
            .iter()
            .filter_map(|one| Some(Agent { events: left_behind(&one.events)?, ..one.clone() }));
        Self { extensions: extensions.collect(), agents: agents.collect() }
    }
}

/// Events of ours that the PBX keeps, and why.
fn left_behind(events: &Subscriptions) -> Option<Subscriptions> {
    if events.problem.is_none() && events.work.is_none() {
        return None;
    }
    let mut left = events.clone();
    left.problem.get_or_insert_with(|| {
        "The PBX refuses the stored credentials, so our events on it could not be removed; delete them on the PBX."
            .to_owned()
    });
    Some(left)
}

/// Removes what we keep. Whoever was not told yet what is left keeps their key, and can ask.
async fn forget(
    deps: &SettingsDeps,
    connection: Stored<Connection>,
    all: &Subscribed,
    kept: Option<&Subscribed>,
) -> Result<(), StoreError> {
    let (store, id) = (&deps.store, connection.value.id);
    let keeps = |one: &Extension| {
        kept.is_some_and(|kept| kept.extensions.iter().any(|k| k.listed.id == one.listed.id))
    };
    let gone = all.extensions.iter().filter(|one| !keeps(one)).map(|one| one.listed.id);
    store.delete_extensions(id, gone).await?;
    let keeps =
        |one: &Agent| kept.is_some_and(|kept| kept.agents.iter().any(|k| k.listed.key == one.listed.key));
    let gone = all.agents.iter().filter(|one| !keeps(one)).map(|one| one.listed.key);
    store.delete_agents(id, gone).await?;
    store.end_reconciling(id).await?;
    store.delete_pbx_state(id).await?;
    store.delete_crm_state(id).await?;
    store.delete_resends(id).await?;
    store.delete_notify(id).await?;
    store.end_reconciling(id).await?;
    store.release_ownership(&connection.value.pbx, id).await?;
    if kept.is_none() {
        for notice in store.notices(id).await? {
            store.resolve_notice(id, &notice.cause.key()).await?;
        }
        store.forget_administration(id).await?;
        store.delete_connection(id).await?;
    } else {
        let without_secrets = |connection: &mut Connection| {
            connection.pbx.app_secret = Sealed::default();
            connection.crm.former = None;
            for (_, secret) in connection.crm.secrets_mut() {
                *secret = Sealed::default();
            }
        };
        store.update_connection(connection, without_secrets).await?;
    }
    // Last: as long as it is there, a run that died is taken up again.
    store.delete_mapping(id).await
}

/// Removes the calls that are listed: records, legs without one, legs that go on. Whether it got through.
async fn forget_calls(
    deps: &SettingsDeps,
    id: ConnectionId,
    deadline: Timestamp,
) -> Result<bool, StoreError> {
    let mut cursor = None;
    loop {
        let page = deps.store.records(id, span(cursor.as_deref())).await?;
        let ids: Vec<_> = page.items.iter().map(|listed| listed.id).collect();
        let (bucket, kept) = (deps.bucket.as_deref(), keep::recorded_of(deps, id, &ids).await?);
        keep::forget(bucket, id, &kept, deps.clock.now()).await?;
        deps.store.delete_calls(id, ids).await?;
        // A copy that was on its way meanwhile.
        keep::forget(bucket, id, &kept, deps.clock.now()).await?;
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
        if deps.clock.now() >= deadline {
            return Ok(false);
        }
    }
    for goes_on in [false, true] {
        loop {
            let span = span(cursor.as_deref());
            let legs =
                if goes_on { deps.store.live(id, span).await } else { deps.store.unlogged(id, span).await };
            let page = legs?;
            deps.store.delete_calls(id, page.items).await?;
            cursor = page.cursor;
            if cursor.is_none() {
                break;
            }
            if deps.clock.now() >= deadline {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

const fn span(cursor: Option<&str>) -> Span<'_> {
    Span { from: Timestamp::from_micros(0), to: Timestamp::from_micros(i64::MAX), cursor, limit: PAGE }
}
