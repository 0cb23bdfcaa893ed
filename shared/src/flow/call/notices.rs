//! What people are told of deliveries, and the pause that some failures mean.

use crate::alert::{Alert, AlertKind};
use crate::error::chain;
use crate::flow::deps::CallDeps;
use crate::metrics;
use crate::model::agent::AgentKey;
use crate::model::connection::{Connection, Pause, PauseReason};
use crate::model::ids::ConnectionId;
use crate::model::notice::NoticeCause;
use crate::rules::sight::Sight;
use crate::storage::{LegItem, Sender, StoreError, Stored};
use crate::telemetry::field;
use crate::text::{self, Words};

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
    let paused = deps.store.update_connection(connection.clone(), pause).await?;
    // Others of its records may have met the same at the same time.
    if connection.value.pause.is_none() && paused.value.pause.as_ref().is_some_and(|one| one.since == now) {
        metrics::write(now, &[(metrics::CONNECTIONS_PAUSED, 1)]);
        tracing::warn!(
            { field::CONNECTION } = %connection.value.id,
            { field::DETAIL } = reason.as_str(),
            "deliveries paused until somebody acts"
        );
    }
    let (cause, words) = match reason {
        PauseReason::CrmRefusedCredentials => {
            (NoticeCause::CrmRefusedCredentials, text::CRM_REFUSED_CREDENTIALS)
        }
        PauseReason::CrmUnpaid => (NoticeCause::CrmUnpaid, text::CRM_UNPAID),
        PauseReason::EndpointDisabled => (NoticeCause::CrmEndpointDisabled, text::CRM_ENDPOINT_DISABLED),
        // They know, and tell their customer themselves.
        PauseReason::Operator => return Ok(()),
    };
    deps.store.raise_notice(connection.value.id, &cause, words.sentence, words.advice, now).await
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
    let Words { sentence, advice } = text::RECORD_REFUSED;
    deps.store.raise_notice(connection, &NoticeCause::RecordRefused, sentence, advice, deps.clock.now()).await
}

/// A record's last attempt failed. The operator is told the first time.
pub(super) async fn gave_up(deps: &CallDeps, connection: ConnectionId) -> Result<(), StoreError> {
    let Words { sentence, advice } = text::GAVE_UP;
    let (cause, now) = (NoticeCause::GaveUp, deps.clock.now());
    if deps.store.count_notice(connection, &cause, sentence, advice, now).await? == 1 {
        let alert = Alert { connection, kind: AlertKind::GaveUp, text: sentence.to_owned() };
        deps.operator.tell(&alert).await;
    }
    Ok(())
}

/// An item can't be read: nothing that an administrator could mend.
pub(super) async fn quarantined(deps: &CallDeps, connection: ConnectionId, problem: &str) {
    let table = deps.store.table();
    tracing::error!({ field::TABLE } = table, { field::ERROR } = problem, "item in quarantine; repair it");
    let text = format!("An item of the table {table} is in quarantine and must be repaired: {problem}.");
    deps.operator.tell(&Alert { connection, kind: AlertKind::Quarantined, text }).await;
}

/// An event URL brings more events than any extension has.
pub(super) async fn flooded(deps: &CallDeps, sender: &Sender) {
    let connection = sender.connection.value.id;
    let cause = NoticeCause::EventFlood { extension: sender.extension.listed.id };
    let Words { sentence, advice } = text::FLOODED;
    tracing::warn!({ field::CONNECTION } = %connection, "events of one URL refused: too many in a minute");
    raise(deps, connection, &cause, sentence, advice).await;
}

/// An agent's event URL brings more events than any agent has.
pub(crate) async fn agent_flooded(deps: &CallDeps, connection: ConnectionId, agent: AgentKey) {
    let Words { sentence, advice } = text::FLOODED;
    tracing::warn!({ field::CONNECTION } = %connection, "events of one URL refused: too many in a minute");
    raise(deps, connection, &NoticeCause::AgentFlood { agent }, sentence, advice).await;
}

/// A call holds as much as is taken: each event is counted, and told of now and then.
pub(super) async fn call_full(deps: &CallDeps, connection: &Connection, call: [u8; 16]) {
    let Words { sentence, advice } = text::CALL_FULL;
    tracing::warn!(
        { field::CONNECTION } = %connection.id,
        { field::CALL } = hex::encode(call),
        "event not kept: its call holds as much as is taken"
    );
    metrics::write(deps.clock.now(), &[(metrics::EVENTS_BEYOND, 1)]);
    if !deps.flood.tells_full(call, deps.clock.now()) {
        return;
    }
    raise(deps, connection.id, &NoticeCause::CallFull, sentence, advice).await;
}

/// Legs whose end never came, neither by an event nor by the history: what they were is not known, so nothing is
/// delivered of them.
pub(super) async fn ends_unknown(
    deps: &CallDeps,
    connection: &Connection,
    legs: &mut [(LegItem, Sight)],
) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let given_up =
        |item: &LegItem, sight: &Sight| sight.goes_on && item.record.due_at.is_some_and(|due| due <= now);
    let mut any = false;
    for (item, sight) in legs.iter_mut().filter(|(item, sight)| given_up(item, sight)) {
        sight.goes_on = false;
        sight.unlogged_at = item.leg.events().iter().map(|arrived| arrived.at).min();
        any = true;
    }
    if !any {
        return Ok(());
    }
    let Words { sentence, advice } = text::ENDS_UNKNOWN;
    tracing::warn!({ field::CONNECTION } = %connection.id, "a leg's end never came");
    deps.store.raise_notice(connection.id, &NoticeCause::EndUnknown, sentence, advice, now).await
}

/// The PBX's history can't be read, so what no event told is not mended.
pub(crate) async fn history_unreadable(deps: &CallDeps, connection: ConnectionId) {
    let Words { sentence, advice } = text::HISTORY_UNREADABLE;
    raise(deps, connection, &NoticeCause::HistoryUnreadable, sentence, advice).await;
}

async fn raise(deps: &CallDeps, connection: ConnectionId, cause: &NoticeCause, sentence: &str, advice: &str) {
    let raised = deps.store.raise_notice(connection, cause, sentence, advice, deps.clock.now()).await;
    if let Err(error) = raised {
        tracing::error!({ field::ERROR } = chain(&error), "notice not stored");
    }
}
