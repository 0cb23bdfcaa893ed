//! A connection's CRM, opened: its settings, and its token if the settings need one. A token is renewed by one invocation
//! at a time, and the new pair is stored before it is used, since the one before is void by then.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::{Clock, Timestamp};
use crate::crm::{Access, Connector, Connectors, Consent, CrmError, Makers};
use crate::error::{Classified as _, Retryability, chain};
use crate::model::connection::Connection;
use crate::model::crm_target::OpenCrmTarget;
use crate::model::delivery::AttemptClass;
use crate::model::grant::OpenGrant;
use crate::model::ids::{ConnectionId, Random};
use crate::model::secret::Digest;
use crate::seal::Sealer;
use crate::storage::{CrmState, Lease, Saved, Store, StoreError, Stored, Stranger};
use crate::telemetry::field;

/// A token that ends so soon is renewed before it is used.
const SOON: Duration = Duration::from_mins(1);
/// How long a renewal may take before another invocation may try; longer than the longest attempt.
const RENEWAL: Duration = Duration::from_mins(1);
/// How often, and how many times, an invocation looks whether another one has renewed the token.
const LOOK_EVERY: Duration = Duration::from_millis(300);
const LOOKS: usize = 10;

/// What opening a CRM takes.
#[derive(Clone, Copy)]
pub struct CrmDeps<'a> {
    /// The store.
    pub store: &'a Store,
    /// Opens and seals secrets.
    pub sealer: &'a Sealer,
    /// The CRMs.
    pub connectors: &'a Connectors,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Randomness.
    pub random: &'a dyn Random,
}

/// A CRM that can be asked.
pub struct OpenCrm<'a> {
    deps: CrmDeps<'a>,
    connection: &'a Connection,
    /// The connector of its kind.
    pub connector: &'a dyn Connector,
    target: OpenCrmTarget,
    grant: Option<OpenGrant>,
    makers: StoredMakers<'a>,
}

/// Makers of contacts, each kept in the store while they make one.
#[derive(Clone, Copy)]
struct StoredMakers<'a> {
    deps: CrmDeps<'a>,
    id: ConnectionId,
}

impl fmt::Debug for StoredMakers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredMakers").finish_non_exhaustive()
    }
}

#[async_trait]
impl Makers for StoredMakers<'_> {
    async fn begin(&self, who: &Digest) -> Result<Option<String>, CrmError> {
        let now = self.deps.clock.now();
        match self.deps.store.begin_stranger(self.id, who, now).await {
            Ok(Stranger::Ours) => Ok(None),
            Ok(Stranger::Made(contact)) => Ok(Some(contact)),
            Ok(Stranger::Busy(until)) => Err(waits(Some(until.since(now)))),
            Err(error) => {
                tracing::warn!({ field::ERROR } = chain(&error), "no contact made: the store failed");
                Err(waits(None))
            }
        }
    }

    async fn made(&self, who: &Digest, contact: &str) -> Result<(), CrmError> {
        // Unremembered it may be looked for in vain for some seconds, no more.
        let remembered = self.deps.store.end_stranger(self.id, who, contact, self.deps.clock.now()).await;
        remembered.or_else(|error| {
            tracing::warn!({ field::ERROR } = chain(&error), "contact not remembered");
            Ok(())
        })
    }
}

/// An attempt that waits costs none of those that a record has.
const fn waits(retry_after: Option<Duration>) -> CrmError {
    let reason = "another call of this number is making its contact; this one waits for it";
    CrmError::Answered { status: 0, class: AttemptClass::Throttled, retry_after, reason }
}

/// What went wrong: in the CRM, or on our side.
pub type Opened<T> = Result<Result<T, CrmError>, StoreError>;

impl<'a> OpenCrm<'a> {
    /// Opens a connection's CRM, with a token that has not ended.
    pub async fn open(deps: CrmDeps<'a>, connection: &'a Connection) -> Opened<Self> {
        let opened = Connectors::open(connection, deps.sealer)
            .and_then(|target| Ok((deps.connectors.of(&target.kind)?, target)));
        let (connector, target) = match opened {
            Ok(opened) => opened,
            Err(error) => return Ok(Err(error)),
        };
        let makers = StoredMakers { deps, id: connection.id };
        let mut open = Self { deps, connection, connector, target, grant: None, makers };
        if let Some(consent) = connector.consent(&open.target) {
            let state = deps.store.crm_state(connection.id).await?;
            let Some(grant) = open.usable(&state.value)? else { return Ok(Err(CrmError::NoConsent)) };
            let ends_soon = grant.expires_at <= deps.clock.now() + SOON;
            open.grant = Some(grant);
            if ends_soon && let Err(error) = open.renew_from(consent, state).await? {
                return Ok(Err(error));
            }
        }
        Ok(Ok(open))
    }

    /// Whose it is.
    pub const fn connection_id(&self) -> ConnectionId {
        self.connection.id
    }

    /// What a connector is given.
    pub fn access(&self) -> Access<'_> {
        Access {
            target: &self.target,
            grant: self.grant.as_ref(),
            policy: &self.connection.policy,
            makers: &self.makers,
        }
    }

    /// Has the token renewed, because the CRM said that it has ended.
    pub async fn renew(&mut self) -> Opened<()> {
        let Some(consent) = self.connector.consent(&self.target) else { return Ok(Err(CrmError::NoConsent)) };
        let state = self.deps.store.crm_state(self.connection.id).await?;
        self.renew_from(consent, state).await
    }

    async fn renew_from(&mut self, consent: &dyn Consent, mut state: Stored<CrmState>) -> Opened<()> {
        let id = self.connection.id;
        for _ in 0..LOOKS {
            let now = self.deps.clock.now();
            let Some(grant) = self.usable(&state.value)? else { return Ok(Err(CrmError::NoConsent)) };
            if self.grant.as_ref().is_some_and(|used| used.access != grant.access) {
                // Somebody else was quicker.
                self.grant = Some(grant);
                return Ok(Ok(()));
            }
            if state.value.lease.as_ref().is_some_and(|lease| now < lease.until) {
                self.deps.clock.sleep(LOOK_EVERY).await;
                state = self.deps.store.crm_state(id).await?;
                continue;
            }
            // Whoever was renewing it came to no end: whether the new pair was given out is not known.
            let in_doubt = state.value.lease.is_some();
            let mut leased = state.clone();
            leased.value.lease = Some(Lease { id: self.random_id(), until: now + RENEWAL });
            match self.deps.store.save_crm_state(id, &leased).await? {
                Saved::Changed(newer) => state = newer,
                Saved::Done(leased) => return self.ask(consent, leased, (&grant, in_doubt), now).await,
            }
        }
        // Whoever is renewing takes long: this attempt waits its turn.
        Ok(Err(CrmError::TokenEnded))
    }

    async fn ask(
        &mut self,
        consent: &dyn Consent,
        mut leased: Stored<CrmState>,
        (grant, in_doubt): (&OpenGrant, bool),
        now: Timestamp,
    ) -> Opened<()> {
        let unspent = if in_doubt { consent.is_unspent(&self.target, grant, now).await } else { Ok(true) };
        let still_in_doubt = in_doubt && unspent.is_err();
        let renewed = match unspent {
            Ok(true) => consent.renew(&self.target, grant, now).await,
            Ok(false) => Err(CrmError::NoConsent),
            Err(error) => Err(error),
        };
        let lease = leased.value.lease.take();
        let answer = match renewed {
            Ok(renewed) => {
                leased.value.grant = Some(self.seal(&renewed)?);
                self.grant = Some(renewed);
                Ok(())
            }
            Err(error) => {
                let refused = matches!(error.retryability(), Retryability::Permanent);
                // What a bill stops goes on once it is paid.
                if refused && error.class() != AttemptClass::Unpaid {
                    leased.value.grant = None;
                }
                if still_in_doubt || error.class() == AttemptClass::PerhapsDelivered {
                    leased.value.lease = lease.map(|lease| Lease { until: now, ..lease });
                }
                Err(error)
            }
        };
        // Under our lease nobody else writes, except a new consent, which wins.
        match self.deps.store.save_crm_state(self.connection.id, &leased).await? {
            Saved::Done(_) => Ok(answer),
            Saved::Changed(newer) => {
                let Some(grant) = self.usable(&newer.value)? else { return Ok(Err(CrmError::NoConsent)) };
                self.grant = Some(grant);
                Ok(Ok(()))
            }
        }
    }

    /// The stored grant, if it belongs to the settings.
    fn usable(&self, state: &CrmState) -> Result<Option<OpenGrant>, StoreError> {
        open_grant(self.deps, self.connection.id, &self.target, state)
    }

    fn seal(&self, grant: &OpenGrant) -> Result<crate::model::grant::StoredGrant, StoreError> {
        seal_grant(self.deps, self.connection.id, grant)
    }

    fn random_id(&self) -> String {
        let mut bytes = [0; 8];
        self.deps.random.fill(&mut bytes);
        hex::encode(bytes)
    }
}

/// The stored grant of a connection, if it belongs to those settings.
pub fn open_grant(
    deps: CrmDeps<'_>,
    id: ConnectionId,
    target: &OpenCrmTarget,
    state: &CrmState,
) -> Result<Option<OpenGrant>, StoreError> {
    let Some(stored) = state.grant.as_ref().filter(|grant| grant.of == fingerprint(target)) else {
        return Ok(None);
    };
    let open = |field, sealed: &_| deps.sealer.open(id, field, sealed);
    Ok(Some(stored.try_map(open)?))
}

/// A grant as it is stored.
pub fn seal_grant(
    deps: CrmDeps<'_>,
    id: ConnectionId,
    grant: &OpenGrant,
) -> Result<crate::model::grant::StoredGrant, StoreError> {
    Ok(grant.try_map(|field, secret| deps.sealer.seal(id, field, secret, deps.random))?)
}

/// What a grant is bound to: with other settings it is void.
pub fn fingerprint(target: &OpenCrmTarget) -> Digest {
    target.fingerprint()
}
