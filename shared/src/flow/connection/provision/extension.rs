//! One extension: list its handlers, plan, carry the plan out step by step. Whatever happens in between, the next
//! plan starts from what the PBX lists, so nothing is doubled and nothing is lost.

use super::Run;
use crate::error::{Classified as _, Retryability};
use crate::flow::connection::notices as pbx_notices;
use crate::flow::connection::pbx_access::{AccessError, PbxAccess};
use crate::model::extension::{Extension, SubscribedKind, Subscriptions, Work};
use crate::model::handler::{Handler, Handlers};
use crate::model::ids::HandlerId;
use crate::model::notice::NoticeCause;
use crate::model::secret::{Digest, Secret};
use crate::model::token::EventToken;
use crate::pbx::PbxError;
use crate::rules::plan::{self, NoRoom, Plan, Situation, Step, TokenChoice};
use crate::storage::{StoreError, Stored};

/// What became of an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Provisioned {
    /// It is as it should be.
    AsWanted,
    /// Somebody must act first.
    Parked,
    /// It is tried again later.
    Waits,
    /// Another mapping was saved meanwhile, which wants something else: it has work of its own.
    Overtaken,
    /// Somebody must act first, and that is so for all extensions of the account.
    AllParked(String),
}

/// Brings one extension to what is wanted of it. An error ends the run: it concerns the whole connection.
pub(super) async fn bring(
    run: &mut Run<'_>,
    access: &mut PbxAccess<'_>,
    extension: Stored<Extension>,
) -> Result<Provisioned, AccessError> {
    let mut one = One { wanted: extension.value.events.wanted, extension, run };
    let id = one.extension.value.listed.id;
    let listed = match access.send(move |pbx| Box::pin(pbx.handlers(id))).await {
        Ok(listed) => listed,
        // What is gone needs nothing removed.
        Err(AccessError::Request(PbxError::NotFound)) if !one.wanted => Handlers::default(),
        Err(AccessError::Request(error)) => return Ok(one.failed(&error).await?),
        Err(error) => return Err(error),
    };
    let plan = one.plan(&listed, access.event_limit());
    let (token, serving) = one.adopt(&plan, &listed).await?;
    for step in plan.steps() {
        // Whoever wanted something else before the first token was stored found nothing to be removed: nothing may
        // follow.
        if one.extension.value.events.wanted != one.wanted {
            return Ok(Provisioned::Overtaken);
        }
        let done = match step {
            Step::Create(kind) => one.create(access, kind, &token).await,
            Step::Delete(handler) => one.remove(access, handler).await,
        };
        match done {
            Ok(()) => {}
            Err(AccessError::Request(error)) => return Ok(one.failed(&error).await?),
            Err(error) => return Err(error),
        }
    }
    Ok(match plan.refused {
        Some(refused) => one.no_room(&refused).await?,
        None => one.done(serving).await?,
    })
}

/// An extension under work.
struct One<'r, 'a> {
    run: &'r mut Run<'a>,
    extension: Stored<Extension>,
    /// What was wanted when the work began; when that changes meanwhile, the work that is left is somebody else's.
    wanted: bool,
}

impl One<'_, '_> {
    fn plan(&self, listed: &Handlers, limit: u32) -> Plan {
        plan::plan(&Situation {
            kind: self.extension.value.listed.kind,
            wanted: self.wanted,
            known: &self.extension.value.events,
            listed,
            limit,
            public_url: &self.run.deps.public_url,
            former_urls: &[],
        })
    }

    /// Stores what is installed already, and, before its first use, the digest of a new token.
    /// The URL of what is added, and the token's digest that all our handlers carry in the end.
    async fn adopt(
        &mut self,
        plan: &Plan,
        listed: &Handlers,
    ) -> Result<(Secret, Option<Digest>), StoreError> {
        let id = self.extension.value.listed.id;
        let (token, digest) = match &plan.token {
            TokenChoice::Keep(token) => (token.clone(), None),
            TokenChoice::Unneeded => (Secret::new(""), None),
            TokenChoice::New => {
                let token = EventToken::random(self.run.connection.id, id, self.run.deps.random.as_ref());
                (Secret::new(token.reveal()), Some(token.digest()))
            }
        };
        let events = &self.extension.value.events;
        if digest.is_some() || events.installed != plan.adopt || events.foreign != plan.foreign {
            let (adopt, foreign) = (plan.adopt.clone(), plan.foreign);
            self.change(move |events| {
                events.installed.clone_from(&adopt);
                events.foreign = foreign;
                events.add_token(digest);
            })
            .await?;
        }
        let kept = match &plan.token {
            TokenChoice::Keep(token) => Some(Digest::of(token.reveal().as_bytes())),
            TokenChoice::New | TokenChoice::Unneeded => {
                let adopted = |handler: &&Handler| plan.adopt.values().any(|id| *id == handler.id);
                let url = listed.items.iter().find(adopted).map(|handler| handler.url.reveal());
                url.and_then(|url| url.rsplit('/').next()).map(|token| Digest::of(token.as_bytes()))
            }
        };
        Ok((plan::event_url(&self.run.deps.public_url, &token), digest.or(kept)))
    }

    async fn create(
        &mut self,
        access: &mut PbxAccess<'_>,
        kind: SubscribedKind,
        url: &Secret,
    ) -> Result<(), AccessError> {
        let id = self.extension.value.listed.id;
        let url = url.clone();
        let add = access.send(move |pbx| {
            let url = url.clone();
            Box::pin(async move { pbx.add_handler(id, kind, &url).await })
        });
        let handler = add.await?;
        self.change(move |events| {
            events.installed.insert(kind, handler);
        })
        .await?;
        Ok(())
    }

    async fn remove(&mut self, access: &mut PbxAccess<'_>, handler: HandlerId) -> Result<(), AccessError> {
        let id = self.extension.value.listed.id;
        access.send(move |pbx| Box::pin(pbx.remove_handler(id, handler))).await?;
        if self.extension.value.events.installed.values().any(|installed| *installed == handler) {
            self.change(move |events| events.installed.retain(|_, installed| *installed != handler)).await?;
        }
        Ok(())
    }

    async fn done(&mut self, serving: Option<Digest>) -> Result<Provisioned, StoreError> {
        let (wanted, now) = (self.wanted, self.run.deps.clock.now());
        self.change(move |events| {
            if events.wanted == wanted {
                events.work = None;
                events.problem = None;
                events.retire_all_but(serving.as_ref(), now);
            }
        })
        .await?;
        let cause = NoticeCause::ExtensionProblem { extension: self.extension.value.listed.id };
        self.run.resolve(&cause.key()).await?;
        Ok(Provisioned::AsWanted)
    }

    async fn no_room(&mut self, refused: &NoRoom) -> Result<Provisioned, StoreError> {
        self.park(&refused.sentence(), refused.advice()).await
    }

    /// 4xx: somebody must change something. All else may pass: it waits, and in the end somebody is told.
    async fn failed(&mut self, error: &PbxError) -> Result<Provisioned, StoreError> {
        if let PbxError::Denied(denial) = error
            && denial.is_account_wide()
        {
            let problem = format!("{} {}", error.sentence(), error.advice());
            self.mark_parked(&problem).await?;
            pbx_notices::denied(self.run.deps, self.run.connection.id, error).await?;
            return Ok(Provisioned::AllParked(problem));
        }
        let failures = self.extension.value.events.work.as_ref().map_or(0, |work| work.failures) + 1;
        let delay = match error.retryability() {
            Retryability::Permanent => None,
            Retryability::Transient { retry_after } => {
                pbx_notices::pbx_failing(self.run.deps, self.run.connection.id, error).await?;
                let delay = self.run.deps.delay_after(failures);
                delay.map(|delay| delay.max(retry_after.unwrap_or_default()))
            }
        };
        let Some(delay) = delay else {
            let foreign = match self.extension.value.events.foreign {
                0 => String::new(),
                foreign => format!(" Other integrations have {foreign} events on it."),
            };
            return self.park(&format!("{}{foreign}", error.sentence()), error.advice()).await;
        };
        let not_before = self.run.deps.clock.now() + delay;
        let wanted = self.wanted;
        self.change(move |events| {
            if events.wanted == wanted {
                events.work = Some(Work { failures, not_before });
            }
        })
        .await?;
        Ok(Provisioned::Waits)
    }

    async fn park(&mut self, sentence: &str, advice: &str) -> Result<Provisioned, StoreError> {
        self.mark_parked(&format!("{sentence} {advice}")).await?;
        let (deps, connection) = (self.run.deps, self.run.connection.id);
        pbx_notices::extension_problem(deps, connection, &self.extension.value, sentence, advice).await?;
        Ok(Provisioned::Parked)
    }

    async fn mark_parked(&mut self, problem: &str) -> Result<(), StoreError> {
        let wanted = self.wanted;
        self.change(move |events| {
            if events.wanted == wanted {
                events.park(problem);
            }
        })
        .await
    }

    async fn change(&mut self, change: impl Fn(&mut Subscriptions) + Send + Sync) -> Result<(), StoreError> {
        let (store, connection) = (&self.run.deps.store, self.run.connection.id);
        let extension = self.extension.clone();
        self.extension =
            store.update_extension(connection, extension, |extension| change(&mut extension.events)).await?;
        Ok(())
    }
}
