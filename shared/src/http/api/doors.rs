//! The doors that a stranger can knock at: whoever fails too often is told how long to wait, before anything is sent
//! to a PBX or read from the store.

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::{Refusal, SettingsApi};
use crate::flow::SettingsDeps;
use crate::flow::connection::account::Credentials;
use crate::flow::connection::connect::ConnectError;
use crate::flow::connection::limits::Try;
use crate::model::connection::Origin;
use crate::model::secret::Digest;
use crate::model::source::Source;
use crate::rules::limits::Door;

/// Who knocks, as far as it can be told; nobody is counted together with others whose address is unknown.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct Knocker(Option<Digest>);

impl FromRequestParts<SettingsApi> for Knocker {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &SettingsApi) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}

impl Knocker {
    pub(in crate::http) fn of(parts: &Parts) -> Self {
        let source = parts.extensions.get::<Source>();
        Self(source.map(|source| Digest::of(source.subscriber().as_bytes())))
    }

    /// Refused while a wait lasts.
    pub(in crate::http) fn may(self, deps: &SettingsDeps, door: Door) -> Result<(), Refusal> {
        let wait = self.0.and_then(|who| deps.limits.wait(door, &who, deps.clock.now()));
        wait.map_or(Ok(()), |wait| Err(Refusal::Wait(wait)))
    }

    /// Counts a failure.
    pub(in crate::http) async fn failed(self, deps: &SettingsDeps, door: Door) {
        if let Some(who) = self.0 {
            deps.limits.failed(&deps.store, door, &who, deps.clock.now()).await;
        }
    }

    fn begin(self, deps: &SettingsDeps, door: Door) -> Result<Option<Try>, Refusal> {
        let begin = |who| deps.limits.begin(door, who, deps.clock.now()).map_err(Refusal::Wait);
        self.0.map(begin).transpose()
    }
}

/// A try with the credentials of a PBX account.
pub(in crate::http) struct Proving {
    knocker: Knocker,
    application: Digest,
    _tries: (Option<Try>, Try),
}

impl Proving {
    /// Refused while the address or the application waits.
    pub(in crate::http) fn begin(deps: &SettingsDeps, knocker: Knocker, pbx: &Credentials) -> Result<Self, Refusal> {
        let application = application(&pbx.origin, &pbx.app_id);
        let address = knocker.begin(deps, Door::Accounts)?;
        let begun = deps.limits.begin(Door::Application, application, deps.clock.now());
        Ok(Self { knocker, application, _tries: (address, begun.map_err(Refusal::Wait)?) })
    }

    /// Counts what the PBX refused; a wrong secret counts against the application too.
    pub(in crate::http) async fn refused(self, deps: &SettingsDeps, error: &ConnectError) {
        let ConnectError::Account(problem) = error else { return };
        self.knocker.failed(deps, Door::Accounts).await;
        if problem.field == "app_secret" {
            deps.limits.failed(&deps.store, Door::Application, &self.application, deps.clock.now()).await;
        }
    }
}

fn application(origin: &Origin, app_id: &str) -> Digest {
    Digest::of(format!("{origin}\n{app_id}").as_bytes())
}
