//! Click-to-call: a number that a person clicked on is called from their phone. The wish is stored before the PBX is asked,
//! and the PBX is asked once: a repeat is answered with what became of the first, since each request rings a telephone.

use std::time::Duration;

use super::pbx_access::{AccessError, PbxAccess, Priority};
use crate::clock::Timestamp;
use crate::error::{Classified as _, Retryability, chain};
use crate::flow::deps::SettingsDeps;
use crate::model::connection::Connection;
use crate::model::delivery::Progress;
use crate::model::ids::{CallId, CrmUserId};
use crate::model::secret::Digest;
pub use crate::pbx::DialTarget;
use crate::pbx::PbxError;
use crate::rules::dial;
use crate::storage::{Dial, DialEnd, Dialled, StoreError};
use crate::telemetry::field;

/// How long a program's key stands for its first wish.
pub const BY_KEY: Duration = Duration::from_hours(24);
/// How long a CRM's click stands for one wish: people click twice, and CRMs repeat events.
pub const BY_CLICK: Duration = Duration::from_secs(5);

/// A number that somebody wants to call.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Who; none: whoever answers for calls of nobody.
    pub crm_user: Option<CrmUserId>,
    /// Which number.
    pub target: DialTarget,
    /// What makes two wishes one, and for how long.
    pub key: (Digest, Duration),
    /// What the CRM calls the call, if it was begun there.
    pub progress: Progress,
}

/// Why nothing rings.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The user has no phone.
    #[error("no phone is mapped to this user")]
    NoPhone,
    /// The key stands for another wish.
    #[error("the key was used for another call")]
    KeyReused,
    /// A wish under that key is under way.
    #[error("a call under this key is under way")]
    UnderWay,
    /// The PBX refused, or its answer was lost: the telephone may ring.
    #[error("{0}")]
    Failed(String),
    /// The PBX can't be asked now; nothing rings.
    #[error("the PBX can't be asked now")]
    Later {
        /// When it may be.
        retry_after: Duration,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Calls a number; the `CallID` of the events that follow.
pub async fn dial(deps: &SettingsDeps, connection: &Connection, wish: Wish) -> Result<CallId, DialError> {
    let (id, (key, window)) = (connection.id, wish.key);
    let extensions = deps.store.extensions(id).await?;
    let known = extensions.iter().map(|stored| &stored.value);
    let phone = dial::phone(wish.crm_user.as_ref(), &connection.policy, known);
    let phone = phone.ok_or(DialError::NoPhone)?;
    let (extension, number) = (phone.listed.id, phone.listed.number.clone());
    let digest = Digest::of(format!("{extension}\n{}", wish.target.reveal()).as_bytes());
    let mut dial = Dial { wish: digest, begun_at: deps.clock.now(), end: None };
    if let Some(former) = deps.store.begin_dial(id, &key, &dial, window).await? {
        return again(former, &dial);
    }
    let mut access = PbxAccess::open(deps, connection, Priority::Interactive).await?;
    let asked = access
        .send(|pbx| {
            let (number, target) = (number.clone(), wish.target.clone());
            Box::pin(async move { pbx.callback(extension, &number, &target).await })
        })
        .await;
    let answer = asked.map(|receipt| receipt.call_id).map_err(|error| refusal(deps, error));
    dial.end = match &answer {
        Ok(call) => Some(DialEnd::Begun(call.clone())),
        Err(DialError::Failed(sentence)) => Some(DialEnd::Failed(sentence.clone())),
        // Nothing was asked of the PBX: the same wish may be tried again at once.
        Err(_) => {
            dial.begun_at = Timestamp::default();
            None
        }
    };
    let noted = async {
        if let Ok(call) = &answer
            && !wish.progress.is_empty()
        {
            let dialled = Dialled { extension, progress: wish.progress.clone() };
            deps.store.remember_dialled(id, call, &dialled, deps.clock.now()).await?;
        }
        deps.store.end_dial(id, &key, &dial, window).await?;
        access.close().await
    };
    // What the PBX said stands, whatever becomes of our notes; a repeat finds the wish under way then.
    if let Err(error) = noted.await {
        tracing::warn!({ field::CONNECTION } = %id, { field::ERROR } = chain(&error), "call begun, not noted");
    }
    answer
}

/// What is answered to a repeat.
fn again(former: Dial, wish: &Dial) -> Result<CallId, DialError> {
    match former.end {
        _ if former.wish != wish.wish => Err(DialError::KeyReused),
        Some(DialEnd::Begun(call)) => Ok(call),
        Some(DialEnd::Failed(sentence)) => Err(DialError::Failed(sentence)),
        None => Err(DialError::UnderWay),
    }
}

impl From<AccessError> for DialError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Store(error) => Self::Store(error),
            AccessError::Request(error) | AccessError::Token(error) => Self::Failed(error.sentence()),
            AccessError::Paused => Self::Failed("The PBX refuses the stored credentials.".to_owned()),
            AccessError::NoBudget { .. }
            | AccessError::OutOfTurn
            | AccessError::Failing
            | AccessError::LeaseLost => Self::Later { retry_after: Duration::from_mins(1) },
        }
    }
}

fn refusal(deps: &SettingsDeps, error: AccessError) -> DialError {
    match error {
        AccessError::NoBudget { until } => DialError::Later { retry_after: until.since(deps.clock.now()) },
        AccessError::Request(error) => failed(&error),
        other @ (AccessError::Store(_)
        | AccessError::Token(_)
        | AccessError::Paused
        | AccessError::OutOfTurn
        | AccessError::Failing
        | AccessError::LeaseLost) => other.into(),
    }
}

/// Only what surely rang nobody may be tried again.
fn failed(error: &PbxError) -> DialError {
    match (error, error.retryability()) {
        (PbxError::NoAnswer(_), _) => {
            DialError::Failed(format!("{} The telephone may ring all the same.", error.sentence()))
        }
        (PbxError::NotReached(_) | PbxError::RateLimited { .. }, Retryability::Transient { retry_after }) => {
            DialError::Later { retry_after: retry_after.unwrap_or(Duration::from_mins(1)) }
        }
        _ => DialError::Failed(format!("{} {}", error.sentence(), error.advice())),
    }
}
