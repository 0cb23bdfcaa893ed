//! What a CRM is told at once, for pop-ups: that a phone rings, that it was answered, that it stopped. At most once,
//! never retried, and never late. The mark that it was told goes into the write that stores the event.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::flow::call::{book, deliver};
use crate::flow::deps::CallDeps;
use crate::model::call::{ArrivedEvent, CallRecord, CallStatus, EventKind, Flow, RecordKind};
use crate::model::connection::Connection;
use crate::model::extension::ExtensionKind;
use crate::model::ids::CrmUserId;
use crate::rules::leg::LegReading;
use crate::storage::{LegItem, Sender, StoreError, Stored};

/// An event that is older when it arrives is marked, and never told: a late pop-up is worse than none.
const STALE: Duration = Duration::from_secs(15);

const RINGING: usize = 0;
const ANSWERED: usize = 1;
const STOPPED: usize = 2;

/// The mark that an event may set, and whether it is told.
pub(super) fn mark(
    connection: &Connection,
    kind: ExtensionKind,
    event: &ArrivedEvent,
    now: Timestamp,
) -> Option<(usize, bool)> {
    let status = event.event.status();
    let mark = match event.event.kind() {
        EventKind::DialIn | EventKind::DialOut => RINGING,
        EventKind::Answer => ANSWERED,
        EventKind::Hangup if event.event.flow() != Some(Flow::Out) && status != CallStatus::Answer => STOPPED,
        EventKind::Hangup | EventKind::Other => return None,
    };
    let told = now.since(event.time()) <= STALE && connection.pause.is_none() && connection.breaker.is_none();
    (kind == ExtensionKind::Phone).then_some((mark, told))
}

/// Tells what this event is the first to tell.
pub(super) async fn announce(
    deps: &CallDeps,
    sender: &Sender,
    item: &LegItem,
    event: &ArrivedEvent,
) -> Result<(), StoreError> {
    let connection = &sender.connection;
    let reading = LegReading::new(&item.leg, book(&connection.value));
    let going_on =
        |mark, kind| reading.announcement().filter(|record| record.kind == kind && item.tells(mark, event));
    let record = match event.event.kind() {
        EventKind::DialIn | EventKind::DialOut => going_on(RINGING, RecordKind::Ringing),
        EventKind::Answer => going_on(ANSWERED, RecordKind::Answered),
        EventKind::Hangup => reading.stopped().filter(|_| item.tells(STOPPED, event) && item.rang()),
        EventKind::Other => None,
    };
    let Some(record) = record else { return Ok(()) };
    let user = sender.user_of(record.extension_id).or(connection.value.policy.default_crm_user.as_ref());
    // A ring that ended by its timer was taken by nobody; the rest of the call need not be read for that.
    let taken = record.kind == RecordKind::Stopped && event.event.status() == CallStatus::Cancel;
    let answered_by = if taken { answered_by(deps, connection, &record, event.time()).await? } else { None };
    let known = &item.record.crm;
    deliver::tell(deps, connection, &record, user, answered_by.as_ref(), known).await;
    Ok(())
}

/// Who took the call that stopped ringing here then, as far as is known yet.
async fn answered_by(
    deps: &CallDeps,
    connection: &Stored<Connection>,
    record: &CallRecord,
    stopped: Timestamp,
) -> Result<Option<CrmUserId>, StoreError> {
    let id = connection.value.id;
    let items = deps.store.call(id, record.record_id.call()).await?;
    let book = book(&connection.value);
    let taken = items.legs.iter().find_map(|item| {
        let reading = LegReading::new(&item.leg, book);
        let main = item.leg.main.as_ref().map_or(item.leg.extension.id, |main| main.id);
        // Whoever had hung up by then had taken it before it rang here.
        let talks = reading.ended_at().is_none_or(|ended| ended > stopped);
        (reading.is_inbound() && reading.answered && talks).then_some(main)
    });
    let Some(taken) = taken else { return Ok(None) };
    let (_, extensions) = deps.store.connection_with(id, &[taken]).await?;
    Ok(extensions.into_iter().next().and_then(|extension| extension.crm_user))
}
