//! An authorised way to one connection's PBX account. The token, the hour's budget and the lease stand in the store,
//! so that all invocations share them; a token is renewed early, and once at once when the PBX refuses it; what
//! the PBX refused altogether is not tried again until somebody acts (R8, R10).

mod health;
mod token;

use std::ops::ControlFlow;
use std::time::Duration;

use futures_util::future::BoxFuture;

pub use self::health::{PbxHealth, pbx_health};
use crate::clock::Timestamp;
use crate::flow::deps::SettingsDeps;
use crate::metrics;
use crate::model::budget::{Permit, RateBudget};
use crate::model::connection::{Connection, PbxAccount};
use crate::model::secret::Digest;
use crate::pbx::{AccessToken, PbxError, Session};
use crate::storage::{Edited, Lease, PbxState, StoreError, Stored};

/// How long a run may be silent before others take over: a request with a renewal in it takes at most half of it.
const LEASE: Duration = Duration::from_secs(45);

/// So many requests are sent before the store is told of them.
const UNTOLD: u32 = 10;

/// How much of the hour's requests may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::flow) enum Priority {
    /// A person waits: the whole budget.
    Interactive,
    /// Nobody waits: all but a reserve for people.
    Background,
}

/// A request that was not sent, or failed.
#[derive(Debug, thiserror::Error)]
pub(in crate::flow) enum AccessError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The request failed.
    #[error("the request failed")]
    Request(#[source] PbxError),
    /// No token could be had, and that may pass by itself.
    #[error("no token could be had")]
    Token(#[source] PbxError),
    /// The PBX refused the credentials, now or earlier.
    #[error("the PBX refused the credentials")]
    Paused,
    /// The hour's requests are used up, or what is left is reserved.
    #[error("the hour's requests are used up")]
    NoBudget {
        /// When there are new ones.
        until: Timestamp,
    },
    /// This run's time or requests are used up.
    #[error("this run has done its share")]
    OutOfTurn,
    /// One extension after another failed: the PBX is down.
    #[error("the PBX fails again and again")]
    Failing,
    /// Somebody else took over.
    #[error("another run has taken over")]
    LeaseLost,
}

/// What a request needs of the session: named so that call sites stay short.
pub(in crate::flow) type Asking<'s, T> = BoxFuture<'s, Result<T, PbxError>>;

/// The way to one account.
pub(in crate::flow) struct PbxAccess<'a> {
    deps: &'a SettingsDeps,
    connection: &'a Connection,
    priority: Priority,
    state: Stored<PbxState>,
    session: Option<Session>,
    lease: Option<String>,
    /// What the last answer said of the budget, until it is stored.
    learnt: Option<RateBudget>,
    /// Requests sent.
    pub(in crate::flow) sent: u32,
}

/// The end of an attempt to be the only one at work.
pub(in crate::flow) enum Claimed<'a> {
    /// We are.
    Ours(Box<PbxAccess<'a>>),
    /// Somebody else is, perhaps until then.
    Busy(Timestamp),
}

impl<'a> PbxAccess<'a> {
    /// For single requests that disturb nobody's work, such as reading.
    pub(in crate::flow) async fn open(
        deps: &'a SettingsDeps,
        connection: &'a Connection,
        priority: Priority,
    ) -> Result<Self, StoreError> {
        let state = deps.store.pbx_state(connection.id).await?;
        Ok(Self { deps, connection, priority, state, session: None, lease: None, learnt: None, sent: 0 })
    }

    /// For work that only one run may do at a time; a crashed run's lease ends by itself.
    pub(in crate::flow) async fn claim(
        deps: &'a SettingsDeps,
        connection: &'a Connection,
        priority: Priority,
    ) -> Result<Claimed<'a>, StoreError> {
        let mut access = Self::open(deps, connection, priority).await?;
        let id = deps.random_id();
        let take = |state: &mut PbxState| {
            let now = deps.clock.now();
            if let Some(lease) = state.lease.as_ref().filter(|lease| now < lease.until) {
                return ControlFlow::Break(lease.until);
            }
            state.lease = Some(Lease { id: id.clone(), until: now + LEASE });
            ControlFlow::Continue(())
        };
        match deps.store.edit_pbx_state(connection.id, access.state.clone(), take).await? {
            Edited::Left(_, until) => Ok(Claimed::Busy(until)),
            Edited::Written(state) => {
                access.state = state;
                access.lease = Some(id);
                Ok(Claimed::Ours(Box::new(access)))
            }
        }
    }

    /// Events that one extension may have, all integrations together.
    pub(in crate::flow) fn event_limit(&self) -> u32 {
        self.state.value.event_limit.unwrap_or(self.deps.event_limit)
    }

    /// Remembers what the PBX says of it.
    pub(in crate::flow) async fn set_event_limit(&mut self, limit: Option<u32>) -> Result<(), AccessError> {
        self.remember(|state| state.event_limit = limit.or(state.event_limit)).await
    }

    /// Sends one request. Refused for its token, it is sent once more with a new one; nothing else is repeated.
    pub(in crate::flow) async fn send<T>(
        &mut self,
        ask: impl for<'s> Fn(&'s Session) -> Asking<'s, T> + Send + Sync,
    ) -> Result<T, AccessError>
    where
        T: Send,
    {
        let mut renewed = false;
        loop {
            if self.must_keep_up() {
                self.keep_up().await?;
            }
            self.permit()?;
            let session = self.session().await?;
            let result = ask(&session).await;
            self.sent += 1;
            self.learnt = session.budget();
            self.session = Some(session);
            match result {
                Err(PbxError::Unauthorised) if !renewed => {
                    renewed = true;
                    self.session = None;
                    self.remember(PbxState::end_token).await?;
                }
                Err(PbxError::Unauthorised) => {
                    self.pause(&PbxError::Unauthorised).await?;
                    return Err(AccessError::Paused);
                }
                Err(PbxError::RateLimited { reset_in }) => {
                    let until = self.deps.clock.now() + reset_in;
                    // At once: nobody may send before the reset.
                    self.keep_up().await?;
                    return Err(AccessError::NoBudget { until });
                }
                Err(error) => return Err(AccessError::Request(error)),
                Ok(answer) => return Ok(answer),
            }
        }
    }

    /// A person wants refused credentials to be tried once more.
    pub(in crate::flow) async fn forgive(&mut self) -> Result<(), AccessError> {
        self.remember(|state| {
            state.refused = None;
            state.token_failures = 0;
        })
        .await
    }

    /// Stores what was learnt, and lets others work.
    pub(in crate::flow) async fn close(mut self) -> Result<(), StoreError> {
        let lease = self.lease.take();
        let budget = self.learnt;
        if let Some(budget) = budget {
            let left = (metrics::PBX_REQUESTS_LEFT, u64::from(budget.remaining));
            metrics::write(self.deps.clock.now(), &[left]);
        }
        let ended = self
            .remember(|state| {
                newer_budget(state, budget);
                state.lease.take_if(|held| Some(&held.id) == lease.as_ref());
            })
            .await;
        match ended {
            Err(AccessError::Store(error)) => Err(error),
            Err(_) | Ok(()) => Ok(()),
        }
    }

    /// Whether others should learn now what is left, or our lease must be looked after before the next request. Not
    /// each time: a large PBX takes thousands of requests.
    fn must_keep_up(&self) -> bool {
        let state = &self.state.value;
        let news = match (self.learnt, state.budget) {
            (Some(learnt), Some(stored)) => {
                let near = learnt.remaining <= learnt.reserve() + UNTOLD;
                near || learnt.remaining > stored.remaining || stored.remaining - learnt.remaining >= UNTOLD
            }
            (learnt, stored) => learnt.is_some() && stored.is_none(),
        };
        let lease = state.lease.as_ref().filter(|_| self.lease.is_some());
        news || lease.is_some_and(|lease| lease.until <= self.deps.clock.now() + LEASE / 3 * 2)
    }

    /// Whether the budget allows a request now.
    fn permit(&self) -> Result<(), AccessError> {
        let Some(budget) = self.budget() else { return Ok(()) };
        let reserve = match self.priority {
            Priority::Interactive => 0,
            Priority::Background => budget.reserve(),
        };
        match budget.allows(self.deps.clock.now(), reserve) {
            Permit::Go => Ok(()),
            Permit::WaitUntil(until) => Err(AccessError::NoBudget { until }),
        }
    }

    /// Stores the budget and extends the lease, in one write.
    async fn keep_up(&mut self) -> Result<(), AccessError> {
        let budget = self.learnt;
        self.remember(|state| newer_budget(state, budget)).await
    }

    /// What was said last, to us or to others.
    fn budget(&self) -> Option<RateBudget> {
        let stored = self.state.value.budget;
        match (self.learnt, stored) {
            (Some(learnt), Some(stored)) if learnt.as_of < stored.as_of => Some(stored),
            (learnt, stored) => learnt.or(stored),
        }
    }

    async fn session(&mut self) -> Result<Session, AccessError> {
        let now = self.deps.clock.now();
        let fresh = match self.stored_token()? {
            Some(token) if token.is_fresh(now) => Some(token),
            Some(_) | None => None,
        };
        match (self.session.take(), fresh) {
            (Some(session), Some(_)) => Ok(session.knowing(self.budget())),
            (_, Some(token)) => Ok(self.begin(&token)),
            (_, None) => {
                let token = self.new_token().await?;
                Ok(self.begin(&token))
            }
        }
    }

    fn begin(&self, token: &AccessToken) -> Session {
        self.deps.pbx.session(&self.connection.pbx.origin, token).knowing(self.budget())
    }

    /// Changes the shared state; extends the lease on the way, and notices if it is lost.
    async fn remember(&mut self, change: impl Fn(&mut PbxState) + Send + Sync) -> Result<(), AccessError> {
        let learn = |state: &mut PbxState| {
            let before = state.clone();
            change(state);
            if let Some(ours) = &self.lease {
                match state.lease.as_mut().filter(|lease| lease.id == *ours) {
                    Some(lease) => lease.until = self.deps.clock.now() + LEASE,
                    None => return ControlFlow::Break(Err(AccessError::LeaseLost)),
                }
            }
            if *state == before { ControlFlow::Break(Ok(())) } else { ControlFlow::Continue(()) }
        };
        let edited = self.deps.store.edit_pbx_state(self.connection.id, self.state.clone(), learn).await?;
        let (state, end) = match edited {
            Edited::Written(state) => (state, Ok(())),
            Edited::Left(state, end) => (state, end),
        };
        self.state = state;
        end
    }
}

/// What a token or a refusal belongs to: other credentials, or the same ones entered again, start anew.
pub(in crate::flow) fn credentials(account: &PbxAccount) -> Digest {
    let parts = [account.origin.as_str(), &account.app_id, &account.entered_at.rfc3339()];
    Digest::of(parts.join("\n").as_bytes())
}

/// Of two things that the PBX said, the later one.
fn newer_budget(state: &mut PbxState, budget: Option<RateBudget>) {
    if let Some(budget) = budget
        && state.budget.is_none_or(|stored| stored.as_of <= budget.as_of)
    {
        state.budget = Some(budget);
    }
}
