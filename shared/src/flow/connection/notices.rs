//! What the administrator is told of the PBX: one sentence of what happened, one of what to do, and nothing any more
//! once the cause is gone (R9).

use crate::alert::{Alert, AlertKind};
use crate::flow::deps::SettingsDeps;
use crate::metrics;
use crate::model::extension::Extension;
use crate::model::ids::ConnectionId;
use crate::model::notice::NoticeCause;
use crate::pbx::PbxError;
use crate::storage::StoreError;
use crate::telemetry::field;
use crate::text::{self, Words};

/// How parked work is taken up again.
const TRY_AGAIN: &str = "Then choose \"try again\".";

/// The PBX gives no token: nothing is sent until somebody acts.
pub(in crate::flow) async fn pbx_refused_credentials(
    deps: &SettingsDeps,
    connection: ConnectionId,
    error: &PbxError,
) -> Result<(), StoreError> {
    paused(deps, connection, "pbx_refused_credentials");
    let sentence = format!("{} Work on the PBX is paused.", error.sentence());
    raise(deps, connection, &NoticeCause::PbxRefusedCredentials, &sentence, error.advice()).await
}

/// Counts a connection for which nothing is asked of its PBX until somebody acts.
fn paused(deps: &SettingsDeps, connection: ConnectionId, why: &str) {
    metrics::write(deps.clock.now(), &[(metrics::CONNECTIONS_PAUSED, 1)]);
    tracing::warn!({ field::CONNECTION } = %connection, { field::DETAIL } = why, "work on the PBX paused until somebody acts");
}

/// The consent ended, and the PBX gave nothing to renew it with.
pub(in crate::flow) async fn consent_ended(
    deps: &SettingsDeps,
    connection: ConnectionId,
) -> Result<(), StoreError> {
    paused(deps, connection, "pbx_consent_ended");
    let Words { sentence, advice } = text::CONSENT_ENDED;
    raise(deps, connection, &NoticeCause::PbxRefusedCredentials, sentence, advice).await
}

/// The PBX accepts us again.
pub(in crate::flow) async fn pbx_accepts(
    deps: &SettingsDeps,
    connection: ConnectionId,
) -> Result<(), StoreError> {
    deps.store.resolve_notice(connection, &NoticeCause::PbxRefusedCredentials.key()).await?;
    deps.store.resolve_notice(connection, &NoticeCause::PbxFailing.key()).await
}

/// The PBX denies what we need, for all extensions alike.
pub(in crate::flow) async fn denied(
    deps: &SettingsDeps,
    connection: ConnectionId,
    error: &PbxError,
) -> Result<(), StoreError> {
    let advice = format!("{} {TRY_AGAIN}", error.advice());
    raise(deps, connection, &NoticeCause::PbxDenied, &error.sentence(), &advice).await
}

/// The PBX fails, and the work waits. The operator is told the first time: an administrator can't mend a 5xx.
pub(in crate::flow) async fn pbx_failing(
    deps: &SettingsDeps,
    connection: ConnectionId,
    error: &PbxError,
) -> Result<(), StoreError> {
    let sentence = format!("{} The work on it goes on later by itself.", error.sentence());
    let (cause, advice, now) = (NoticeCause::PbxFailing, error.advice(), deps.clock.now());
    let times = deps.store.count_notice(connection, &cause, &sentence, advice, now).await?;
    if times == 1 {
        let text = format!("The PBX of a connection fails: {error}.");
        deps.operator.tell(&Alert { connection, kind: AlertKind::PbxFailing, text }).await;
    }
    Ok(())
}

/// The hour's requests are used up.
pub(in crate::flow) async fn budget_used_up(
    deps: &SettingsDeps,
    connection: ConnectionId,
) -> Result<(), StoreError> {
    let Words { sentence, advice } = text::BUDGET_USED_UP;
    raise(deps, connection, &NoticeCause::PbxBudget, sentence, advice).await
}

/// An extension can't be provided for until somebody acts.
pub(in crate::flow) async fn extension_problem(
    deps: &SettingsDeps,
    connection: ConnectionId,
    extension: &Extension,
    sentence: &str,
    advice: &str,
) -> Result<(), StoreError> {
    let cause = NoticeCause::ExtensionProblem { extension: extension.listed.id };
    let sentence = format!("Extension {}: {sentence}", extension.listed.number);
    let advice = format!("{advice} {TRY_AGAIN}");
    raise(deps, connection, &cause, &sentence, &advice).await
}

async fn raise(
    deps: &SettingsDeps,
    connection: ConnectionId,
    cause: &NoticeCause,
    sentence: &str,
    advice: &str,
) -> Result<(), StoreError> {
    deps.store.raise_notice(connection, cause, sentence, advice, deps.clock.now()).await
}

/// Somebody proved that the PBX account is theirs: whoever had the connection before is told, and so is the operator.
pub(in crate::flow) async fn taken_over(
    deps: &SettingsDeps,
    connection: ConnectionId,
) -> Result<(), StoreError> {
    let Words { sentence, advice } = text::TAKEN_OVER;
    deps.store.raise_notice(connection, &NoticeCause::TakenOver, sentence, advice, deps.clock.now()).await?;
    deps.operator.tell(&Alert { connection, kind: AlertKind::TakenOver, text: sentence.to_owned() }).await;
    Ok(())
}
