//! What whoever runs this installation does by hand to one customer's connection: stop its deliveries, let them go on, and
//! have what is parked tried again now (infra/runbook.md).

use std::time::Duration;

use crate::clock::Timestamp;
use crate::flow::call::resend;
use crate::flow::deps::SettingsDeps;
use crate::model::connection::{Connection, Pause, PauseReason};
use crate::model::delivery::Which;
use crate::model::ids::ConnectionId;
use crate::storage::{Resend, StoreError, Stored};
use crate::telemetry::field;

/// The PBX's clock may be ahead of ours.
const A_DAY: Duration = Duration::from_hours(24);

/// Stops a connection's deliveries, unless they are stopped already; the connection as it is then.
pub async fn pause(
    deps: &SettingsDeps,
    connection: Stored<Connection>,
) -> Result<Stored<Connection>, StoreError> {
    let pause = Pause { since: deps.clock.now(), reason: PauseReason::Operator };
    let stop = |connection: &mut Connection| {
        connection.pause.get_or_insert_with(|| pause.clone());
    };
    let stopped = deps.store.update_connection(connection, stop).await?;
    say(&stopped.value, "deliveries paused by hand");
    Ok(stopped)
}

/// Lets deliveries go on, whyever they were stopped, and has tried what the pause had parked.
pub async fn resume(
    deps: &SettingsDeps,
    connection: Stored<Connection>,
) -> Result<Stored<Connection>, StoreError> {
    let go_on = |connection: &mut Connection| {
        connection.pause = None;
        connection.breaker = None;
        connection.failing_since = None;
    };
    let going = deps.store.update_connection(connection, go_on).await?;
    try_again(deps, going.value.id, Which::Paused).await?;
    say(&going.value, "deliveries go on by hand");
    Ok(going)
}

/// Has the retry job try again what is parked or was given up.
pub async fn try_again(
    deps: &SettingsDeps,
    connection: ConnectionId,
    which: Which,
) -> Result<Resend, StoreError> {
    let now = deps.clock.now();
    let wanted = Resend::begun(which, Timestamp::default(), now + A_DAY, now);
    resend::begin(&deps.store, &deps.queue, connection, wanted).await
}

fn say(connection: &Connection, message: &str) {
    tracing::info!({ field::CONNECTION } = %connection.id, { field::DETAIL } = message, "an operator acted");
}
