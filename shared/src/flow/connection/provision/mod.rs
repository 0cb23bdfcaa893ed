//! Brings the PBX to what the mapping wants: extension after extension, then the queue agents, one request at a time, each
//! result stored before the next request (P5). One run at a time per connection; what does not fit goes on in the retry job.

mod agents;
mod due;
mod emitter;
mod progress;
mod schedule;
mod subject;

use std::collections::BTreeSet;
use std::time::Duration;

pub use progress::{ExtensionState, Progress, agents_progress, progress, state};

use self::due::Due;
use self::emitter::Provisioned;
pub(in crate::flow) use self::schedule::{at as schedule_at, remind};
use super::notices as pbx_notices;
use super::pbx_access::{AccessError, Claimed, PbxAccess, Priority};
use crate::clock::Timestamp;
use crate::error::{Classified as _, Retryability, chain};
use crate::flow::deps::SettingsDeps;
use crate::model::connection::Connection;
use crate::model::emitter::Emitter;
use crate::model::extension::Work;
use crate::model::ids::{ConnectionId, ExtensionId};
use crate::model::notice::{Notice, NoticeCause};
use crate::pbx::PbxError;
use crate::storage::StoreError;
use crate::telemetry::field;

/// A person waits at most this long for what they asked; the rest goes on without them.
const PATIENCE: Duration = Duration::from_secs(15);

/// Of what they asked, at most so many requests are sent while they wait, so that a large PBX is answered at once.
const WHILE_WAITING: u32 = 150;

/// The retry job serves many connections: it leaves one after this long, and comes back to it.
const TURN: Duration = Duration::from_mins(1);

/// When so many in a row fail, the PBX is down, and the others are spared.
const FAILURES_IN_A_ROW: u32 = 3;

/// Why a run ended before the work did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// Time or requests for this run were used up: the next one goes on.
    Turn,
    /// Nothing may be sent before that moment.
    Until(Timestamp),
    /// Nothing may be sent until somebody acts.
    Paused,
    /// Another run is at work.
    Elsewhere,
}

/// Those that a run is for; none stands for all.
pub(super) type Touched = Option<BTreeSet<Emitter>>;

/// Does for a connection what a person asked for and waits for; the rest is scheduled.
pub async fn for_person(deps: &SettingsDeps, connection: &Connection) -> Result<(), StoreError> {
    for_person_of(deps, connection, None).await
}

/// The same for some of its extensions and agents.
pub(super) async fn for_person_of(
    deps: &SettingsDeps,
    connection: &Connection,
    touched: Touched,
) -> Result<(), StoreError> {
    run(deps, connection, Priority::Interactive, touched, (WHILE_WAITING, PATIENCE)).await
}

/// Does what is due, as far as the one who asks can wait.
pub(in crate::flow) async fn run_for(
    deps: &SettingsDeps,
    connection: &Connection,
    priority: Priority,
) -> Result<(), StoreError> {
    match priority {
        Priority::Interactive => for_person(deps, connection).await,
        Priority::Background => run(deps, connection, priority, None, (u32::MAX, TURN)).await,
    }
}

/// The administrator's "try again": what was parked is due again, and so is what waited.
pub async fn try_again(deps: &SettingsDeps, connection: &Connection) -> Result<(), StoreError> {
    let now = deps.clock.now();
    schedule::at(deps, connection.id, now).await?;
    let mut access = PbxAccess::open(deps, connection, Priority::Interactive).await?;
    if let Err(AccessError::Store(error)) = access.forgive().await {
        return Err(error);
    }
    due::ask_again(deps, connection.id, now).await?;
    for_person(deps, connection).await
}

/// Replaces the event URLs of one extension and the agent at it, or of all: events come in on the old ones until the new
/// ones are on the PBX. Whether there was anything to replace.
pub async fn rotate(
    deps: &SettingsDeps,
    connection: &Connection,
    only: Option<ExtensionId>,
) -> Result<bool, StoreError> {
    let now = deps.clock.now();
    let meant = due::sending(deps, connection.id, only).await?;
    if meant.is_empty() {
        return Ok(false);
    }
    schedule::at(deps, connection.id, now).await?;
    for one in meant {
        one.changed(deps, connection.id, |events| events.rotate(now)).await?;
    }
    for_person(deps, connection).await?;
    Ok(true)
}

/// What waited for somebody to act is due now; the retry job does it.
pub(in crate::flow) async fn trigger(deps: &SettingsDeps, id: ConnectionId) -> Result<(), StoreError> {
    let mapping = deps.store.mapping(id).await?;
    if mapping.value.version > 0 {
        let now = deps.clock.now();
        schedule::at(deps, id, now).await?;
        schedule::remind(deps, id, now).await;
    }
    Ok(())
}

async fn run(
    deps: &SettingsDeps,
    connection: &Connection,
    priority: Priority,
    touched: Touched,
    (requests, patience): (u32, Duration),
) -> Result<(), StoreError> {
    let mut access = match PbxAccess::claim(deps, connection, priority).await? {
        Claimed::Ours(access) => access,
        Claimed::Busy(until) => {
            schedule::remind(deps, connection.id, until).await;
            return Ok(());
        }
    };
    let mut run = Run {
        deps,
        connection,
        deadline: deps.clock.now() + patience,
        requests,
        touched,
        notices: deps.store.notices(connection.id).await?,
    };
    let ended = run.work(&mut access).await;
    let delay = access.token_delay();
    // The lease ends whatever happened; an error of the work itself counts more than one of this.
    let closed = access.close().await;
    let stop = match ended {
        Ok(()) => None,
        Err(AccessError::Store(error)) => return Err(error),
        Err(error) => Some(run.stop(&error, delay).await?),
    };
    closed?;
    schedule::after(deps, connection, stop).await
}

/// One run over a connection.
struct Run<'a> {
    deps: &'a SettingsDeps,
    connection: &'a Connection,
    deadline: Timestamp,
    requests: u32,
    touched: Touched,
    /// What the administrator was told before, so that only that is taken back.
    notices: Vec<Notice>,
}

impl Run<'_> {
    async fn work(&mut self, access: &mut PbxAccess<'_>) -> Result<(), AccessError> {
        loop {
            let mut due = due::now(self.deps, self.connection.id).await?;
            due.retain(|one| self.touched.as_ref().is_none_or(|touched| one.is_among(touched)));
            if due.is_empty() {
                return Ok(());
            }
            let mut failures = 0;
            let mut due = due.into_iter();
            while let Some(one) = due.next() {
                if self.deps.clock.now() >= self.deadline || access.sent >= self.requests {
                    return Err(AccessError::OutOfTurn);
                }
                let done = match one {
                    Due::Emitter(subject) => emitter::bring(self, access, subject).await?,
                    Due::AgentList(list) => agents::read(self, access, list).await?,
                };
                match done {
                    Provisioned::AsWanted => {
                        failures = 0;
                        self.recovered().await?;
                    }
                    Provisioned::Parked | Provisioned::Overtaken => {}
                    Provisioned::Waits => failures += 1,
                    Provisioned::AllParked(problem) => {
                        return Ok(due::park(self.deps, self.connection.id, due, &problem).await?);
                    }
                }
                if failures >= FAILURES_IN_A_ROW {
                    return Err(AccessError::Failing);
                }
            }
        }
    }

    /// When work goes on that has failed so often, if it does. 4xx: somebody must change something. All else may pass,
    /// and somebody is told that it must.
    async fn work_after(&self, failures: u32, error: &PbxError) -> Result<Option<Work>, StoreError> {
        let Retryability::Transient { retry_after } = error.retryability() else { return Ok(None) };
        pbx_notices::pbx_failing(self.deps, self.connection.id, error).await?;
        let delay = self.deps.delay_after(failures);
        let delay = delay.map(|delay| delay.max(retry_after.unwrap_or_default()));
        Ok(delay.map(|delay| Work { failures, not_before: self.deps.clock.now() + delay }))
    }

    /// Takes back what a working PBX disproves.
    async fn recovered(&mut self) -> Result<(), StoreError> {
        for cause in [NoticeCause::PbxFailing, NoticeCause::PbxBudget, NoticeCause::PbxDenied] {
            self.resolve(&cause.key()).await?;
        }
        Ok(())
    }

    async fn resolve(&mut self, key: &str) -> Result<(), StoreError> {
        let known = self.notices.len();
        self.notices.retain(|notice| notice.cause.key() != key);
        if self.notices.len() < known {
            self.deps.store.resolve_notice(self.connection.id, key).await?;
        }
        Ok(())
    }

    async fn stop(&self, error: &AccessError, token_delay: Duration) -> Result<Stop, StoreError> {
        tracing::info!(
            { field::CONNECTION } = %self.connection.id,
            { field::ERROR } = chain(error),
            "provisioning goes on later"
        );
        Ok(match error {
            AccessError::OutOfTurn | AccessError::Store(_) => Stop::Turn,
            AccessError::NoBudget { until } => {
                pbx_notices::budget_used_up(self.deps, self.connection.id).await?;
                Stop::Until(*until)
            }
            AccessError::Token(_) | AccessError::Request(_) => {
                Stop::Until(self.deps.clock.now() + token_delay)
            }
            AccessError::Failing => {
                let delay = self.deps.delay_after(1).unwrap_or_default();
                Stop::Until(self.deps.clock.now() + delay)
            }
            AccessError::Paused => Stop::Paused,
            AccessError::LeaseLost => Stop::Elsewhere,
        })
    }
}
