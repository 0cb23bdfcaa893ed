//! What people are told of deliveries, and the pause that some failures mean.

use crate::connection::{Connection, Pause, PauseReason};
use crate::flow::deps::{CallDeps, SettingsDeps};
use crate::ids::ConnectionId;
use crate::notice::Cause;
use crate::notify::{Alert, AlertKind};
use crate::storage::{StoreError, Stored};
use crate::telemetry::field;

/// Pauses a connection's deliveries, and says why.
pub(super) async fn pause(
    deps: &CallDeps,
    connection: &Stored<Connection>,
    reason: PauseReason,
) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let pause = |connection: &mut Connection| {
        connection.pause.get_or_insert(Pause { since: now, reason });
    };
    deps.store.update_connection(connection.clone(), pause).await?;
    let (cause, sentence, advice) = match reason {
        PauseReason::CrmRefusedCredentials => (
            Cause::CrmRefusedCredentials,
            "The CRM refuses the stored credentials, so deliveries are paused.",
            "Enter valid CRM credentials in the connection's settings; what waited is then delivered.",
        ),
        PauseReason::EndpointDisabled => (
            Cause::CrmEndpointDisabled,
            "The CRM's endpoint says that it is gone, or has taken nothing for five days, so deliveries are paused.",
            "Enter the endpoint's address, the same one if it works again, in the connection's settings; what waited is then delivered.",
        ),
    };
    deps.store.raise_notice(connection.value.id, &cause, sentence, advice, now).await
}

/// Remembers since when the CRM has taken nothing; written only when that changes.
pub(super) async fn failing(
    deps: &CallDeps,
    connection: &Stored<Connection>,
    failed: bool,
) -> Result<(), StoreError> {
    if connection.value.failing_since.is_some() == failed {
        return Ok(());
    }
    let now = deps.clock.now();
    let remember = |connection: &mut Connection| {
        connection.failing_since = failed.then(|| connection.failing_since.unwrap_or(now));
    };
    deps.store.update_connection(connection.clone(), remember).await.map(drop)
}

/// A record was refused for what it is.
pub(super) async fn record_refused(deps: &CallDeps, connection: ConnectionId) -> Result<(), StoreError> {
    let sentence = "The CRM refused a call record.";
    let advice = "Open the call in the delivery log, change what its reason names, and resend it.";
    deps.store.raise_notice(connection, &Cause::RecordRefused, sentence, advice, deps.clock.now()).await
}

/// A record's last attempt failed. The operator is told the first time.
pub(super) async fn gave_up(deps: &CallDeps, connection: ConnectionId) -> Result<(), StoreError> {
    let sentence = "A call record could not be delivered, and the last attempt was used.";
    let advice = "Check that the CRM is reachable, then resend the call from the delivery log.";
    let (cause, now) = (Cause::GaveUp, deps.clock.now());
    if deps.store.count_notice(connection, &cause, sentence, advice, now).await? == 1 {
        let alert = Alert { connection, kind: AlertKind::GaveUp, text: sentence.to_owned() };
        deps.operator.tell(&alert).await;
    }
    Ok(())
}

/// An item can't be read: nothing that an administrator could mend.
pub(super) async fn set_aside(deps: &CallDeps, connection: ConnectionId, problem: &str) {
    let table = deps.store.table();
    tracing::error!({ field::TABLE } = table, { field::ERROR } = problem, "item set aside; repair it");
    let text = format!("An item of the table {table} was set aside and must be repaired: {problem}.");
    deps.operator.tell(&Alert { connection, kind: AlertKind::SetAside, text }).await;
}

/// Somebody proved that the PBX account is theirs: whoever had the connection before is told, and so is the operator.
pub(super) async fn taken_over(deps: &SettingsDeps, connection: ConnectionId) -> Result<(), StoreError> {
    let sentence =
        "The PBX account was connected again with its credentials; all admin keys made before are void.";
    let advice = "If none of you did it, renew the application's secret on the PBX and connect again; the audit trail \
                  says when and from where.";
    deps.store.raise_notice(connection, &Cause::TakenOver, sentence, advice, deps.clock.now()).await?;
    deps.operator.tell(&Alert { connection, kind: AlertKind::TakenOver, text: sentence.to_owned() }).await;
    Ok(())
}

/// A delivered missed call turned out to have been answered.
pub(super) async fn record_withdrawn(deps: &CallDeps, connection: ConnectionId) -> Result<(), StoreError> {
    let sentence = "A call that was logged as missed turned out, by a late event, not to be.";
    let advice = "Find it in the delivery log and remove the missed call from the CRM.";
    deps.store.raise_notice(connection, &Cause::RecordWithdrawn, sentence, advice, deps.clock.now()).await
}
