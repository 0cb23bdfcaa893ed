//! From a link of ours to where the recording is: in the operator's bucket, or where the PBX keeps it at this moment,
//! asked for when somebody listens, with the connection's own token and within its hour's requests, and never stored.

use std::time::Duration;

use url::Url;

use super::deps::SettingsDeps;
use super::keep;
use crate::error::{Classified as _, Retryability, chain};
use crate::flow::connection::pbx_access::{AccessError, PbxAccess, Priority};
use crate::http_client::Targets;
use crate::model::connection::Origin;
use crate::pbx::PbxError;
use crate::recording::BadLink;
use crate::storage::StoreError;
use crate::telemetry::field;

/// When a PBX that is busy is worth another try, if it doesn't say.
const TRY_AGAIN: Duration = Duration::from_mins(1);

/// Why nobody can listen.
#[derive(Debug, thiserror::Error)]
pub enum NoRecording {
    /// The link.
    #[error(transparent)]
    Link(#[from] BadLink),
    /// The record is no longer kept, or has no recording.
    #[error("the call is no longer kept")]
    Forgotten,
    /// The PBX has it no more, or not yet.
    #[error("the PBX does not have the recording")]
    Gone,
    /// The PBX doesn't let us have it until somebody acts.
    #[error("the PBX refuses the recording")]
    Refused,
    /// The PBX can't be asked now.
    #[error("the PBX can't be asked now")]
    Later {
        /// When it may be.
        retry_after: Duration,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where the recording that a link names can be fetched now.
pub async fn locate(deps: &SettingsDeps, token: &str) -> Result<Url, NoRecording> {
    let link = deps.recordings.open(token, deps.clock.now())?;
    let connection = deps.store.connection(link.connection).await?.map(|stored| stored.value);
    let connection = connection.filter(|one| !one.closing).ok_or(NoRecording::Forgotten)?;
    let call = deps.store.call_of(link.connection, link.record).await?;
    let delivery = call.record(link.record).and_then(|record| record.delivery.as_ref());
    let recording = delivery.and_then(|delivery| delivery.record.recording_id.as_ref());
    let recording = recording.ok_or(NoRecording::Forgotten)?;
    if let Some(address) = keep::kept_at(deps, link.connection, link.record).await {
        return Ok(address);
    }
    let mut access = PbxAccess::open(deps, &connection, Priority::Interactive).await?;
    let asked = access
        .send(|pbx| {
            let recording = recording.clone();
            Box::pin(async move { pbx.recording_url(&recording).await })
        })
        .await;
    let closed = access.close().await;
    let address = asked.map_err(|error| refusal(deps, error))?.ok_or(NoRecording::Gone)?;
    closed?;
    let address = Url::parse(address.reveal()).map_err(|_| NoRecording::Refused)?;
    if is_safe(&address, deps.targets, &connection.pbx.origin) {
        Ok(address)
    } else {
        Err(NoRecording::Refused)
    }
}

/// The link itself, for a CRM that keeps its token alone and asks for the link when somebody listens.
pub fn link(deps: &SettingsDeps, token: &str) -> Result<Url, NoRecording> {
    deps.recordings.open(token, deps.clock.now())?;
    deps.recordings.with_token(token).ok_or(NoRecording::Forgotten)
}

/// Whether a browser may be sent there: over https, or to where the operator allows less.
fn is_safe(address: &Url, targets: Targets, pbx: &Origin) -> bool {
    let own = || address.origin().ascii_serialization() == pbx.as_str();
    match address.scheme() {
        "https" => true,
        "http" => targets == Targets::AnyAddress || own(),
        _ => false,
    }
}

fn refusal(deps: &SettingsDeps, error: AccessError) -> NoRecording {
    let later =
        |retry_after: Option<Duration>| NoRecording::Later { retry_after: retry_after.unwrap_or(TRY_AGAIN) };
    match error {
        AccessError::Store(error) => NoRecording::Store(error),
        AccessError::NoBudget { until } => later(Some(until.since(deps.clock.now()))),
        AccessError::Request(error) | AccessError::Token(error) => failed(&error, later),
        AccessError::Paused => NoRecording::Refused,
        AccessError::OutOfTurn | AccessError::Failing | AccessError::LeaseLost => later(None),
    }
}

fn failed(error: &PbxError, later: impl Fn(Option<Duration>) -> NoRecording) -> NoRecording {
    tracing::info!({ field::ERROR } = chain(error), "no recording");
    match error.retryability() {
        Retryability::Transient { retry_after } => later(retry_after),
        Retryability::Permanent => NoRecording::Refused,
    }
}
