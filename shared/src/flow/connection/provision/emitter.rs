//! One extension or queue agent: list its handlers, plan, carry the plan out step by step. Whatever happens in between, the next
//! plan starts from what the PBX lists, so nothing is doubled and nothing is lost.

use super::Run;
use super::subject::Subject;
use crate::flow::connection::notices as pbx_notices;
use crate::flow::connection::pbx_access::{AccessError, PbxAccess};
use crate::metrics;
use crate::model::emitter::Emitter;
use crate::model::extension::{SubscribedKind, Subscriptions};
use crate::model::handler::{Handler, Handlers};
use crate::model::ids::HandlerId;
use crate::model::notice::NoticeCause;
use crate::model::secret::{Digest, Secret};
use crate::pbx::PbxError;
use crate::rules::plan::{self, NoRoom, Plan, Situation, Step, TokenChoice};
use crate::storage::StoreError;

/// What became of an extension or an agent.
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
    /// Somebody must act first, and that is so for all that come after it.
    AllParked(String),
}

/// Brings one to what is wanted of it. An error ends the run: it concerns the whole connection.
pub(super) async fn bring(
    run: &mut Run<'_>,
    access: &mut PbxAccess<'_>,
    subject: Subject,
) -> Result<Provisioned, AccessError> {
    let mut one = One { wanted: subject.events().wanted, subject, run };
    let of = one.subject.emitter();
    let listed = match access.send(move |pbx| Box::pin(pbx.handlers(of))).await {
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
        if one.subject.events().wanted != one.wanted {
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

/// One under work.
struct One<'r, 'a> {
    run: &'r mut Run<'a>,
    subject: Subject,
    /// What was wanted when the work began; when that changes meanwhile, the work that is left is somebody else's.
    wanted: bool,
}

impl One<'_, '_> {
    fn plan(&self, listed: &Handlers, limit: u32) -> Plan {
        plan::plan(&Situation {
            kind: self.subject.kind(),
            wanted: self.wanted,
            known: self.subject.events(),
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
        let (token, digest) = match &plan.token {
            TokenChoice::Keep(token) => (token.clone(), None),
            TokenChoice::Unneeded => (Secret::new(""), None),
            TokenChoice::New => {
                let (token, digest) = self.subject.new_token(self.run.deps, self.run.connection.id);
                (token, Some(digest))
            }
        };
        let events = self.subject.events();
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
        let url = plan::event_url(&self.run.deps.public_url, self.subject.kind(), &token);
        Ok((url, digest.or(kept)))
    }

    async fn create(
        &mut self,
        access: &mut PbxAccess<'_>,
        kind: SubscribedKind,
        url: &Secret,
    ) -> Result<(), AccessError> {
        let to = self.subject.emitter();
        let url = url.clone();
        let add = access.send(move |pbx| {
            let url = url.clone();
            Box::pin(async move { pbx.add_handler(to, kind, &url).await })
        });
        let handler = add.await?;
        self.change(move |events| {
            events.installed.insert(kind, handler);
        })
        .await?;
        Ok(())
    }

    async fn remove(&mut self, access: &mut PbxAccess<'_>, handler: HandlerId) -> Result<(), AccessError> {
        let of = self.subject.emitter();
        access.send(move |pbx| Box::pin(pbx.remove_handler(of, handler))).await?;
        if self.subject.events().installed.values().any(|installed| *installed == handler) {
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
        if let Emitter::Extension(extension) = self.subject.emitter() {
            self.run.resolve(&NoticeCause::ExtensionProblem { extension }.key()).await?;
        }
        Ok(Provisioned::AsWanted)
    }

    async fn no_room(&mut self, refused: &NoRoom) -> Result<Provisioned, StoreError> {
        metrics::write(self.run.deps.clock.now(), &[(metrics::EXTENSIONS_FULL, 1)]);
        self.park(&refused.sentence(), &refused.advice()).await
    }

    /// 4xx: somebody must change something. All else may pass: it waits, and in the end somebody is told.
    async fn failed(&mut self, error: &PbxError) -> Result<Provisioned, StoreError> {
        if let PbxError::Denied(denial) = error
            && denial.is_account_wide()
        {
            let problem = format!("{} {}", error.sentence(), error.advice());
            self.mark_parked(&problem).await?;
            // Calls don't need agents: what is denied for these alone is said where they are shown.
            if let Subject::Extension(_) = &self.subject {
                pbx_notices::denied(self.run.deps, self.run.connection.id, error).await?;
            }
            return Ok(Provisioned::AllParked(problem));
        }
        let failures = self.subject.events().work.as_ref().map_or(0, |work| work.failures) + 1;
        let Some(work) = self.run.work_after(failures, error).await? else {
            let foreign = match self.subject.events().foreign {
                0 => String::new(),
                foreign => format!(" Other integrations have {foreign} events on it."),
            };
            return self.park(&format!("{}{foreign}", error.sentence()), error.advice()).await;
        };
        let wanted = self.wanted;
        self.change(move |events| {
            if events.wanted == wanted {
                events.work = Some(work.clone());
            }
        })
        .await?;
        Ok(Provisioned::Waits)
    }

    async fn park(&mut self, sentence: &str, advice: &str) -> Result<Provisioned, StoreError> {
        self.mark_parked(&format!("{sentence} {advice}")).await?;
        let (deps, connection) = (self.run.deps, self.run.connection.id);
        if let Subject::Extension(extension) = &self.subject {
            pbx_notices::extension_problem(deps, connection, &extension.value, sentence, advice).await?;
        }
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
        let subject = self.subject.clone();
        self.subject = subject.changed(self.run.deps, self.run.connection.id, change).await?;
        Ok(())
    }
}
