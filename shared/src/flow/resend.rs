//! Resending: a person asks for one record or for all parked ones; changed credentials ask for what was paused.

use crate::call::{RecordId, RecordPlace};
use crate::clock::Timestamp;
use crate::delivery::{Delivery, DeliveryState};
use crate::flow::deps::CallDeps;
use crate::flow::settle;
use crate::ids::ConnectionId;
use crate::queue::{QueueError, Reminder, Task};
use crate::rules::delivery;
use crate::storage::{RecordHolder, Saved, Span, StoreError};

/// Tries before a record that keeps changing is left to the person's next attempt.
const MAX_TURNS: usize = 8;
/// Records of one page of the log.
const PAGE: i32 = 50;

/// What became of a request to resend.
#[derive(Clone, Debug, PartialEq)]
pub enum Resent {
    /// No such record.
    NotFound,
    /// The CRM has it, and `force` was not given.
    AlreadyDelivered,
    /// An attempt is under way.
    UnderWay,
    /// It was tried; the record as it is now.
    Tried(Box<Delivery>),
}

/// Resends one record, now.
pub async fn one(
    deps: &CallDeps,
    connection: ConnectionId,
    record: RecordId,
    force: bool,
) -> Result<Resent, StoreError> {
    match mark(deps, connection, record, force).await? {
        Marked::Due => {}
        Marked::Not(why) => return Ok(why),
    }
    settle::call(deps, connection, record.call()).await?;
    let items = deps.store.call_of(connection, record).await?;
    let delivery = items.record(record).and_then(|item| item.delivery.clone());
    Ok(delivery.map_or(Resent::NotFound, |delivery| Resent::Tried(Box::new(delivery))))
}

/// Which records are resent together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parked {
    /// All that are parked.
    All,
    /// Those that a pause of the connection parked.
    ByPause,
}

/// Marks parked records as due; the retry job delivers them. Answers how many.
pub async fn parked(deps: &CallDeps, connection: ConnectionId, which: Parked) -> Result<u64, StoreError> {
    let wanted = |delivery: &Delivery| {
        delivery.state == DeliveryState::Parked && (which == Parked::All || delivery.paused)
    };
    let (mut cursor, mut count) = (None, 0);
    let forever = Timestamp::from_micros(i64::MAX);
    loop {
        let span = Span { from: Timestamp::default(), to: forever, cursor: cursor.as_deref(), limit: PAGE };
        let page = deps.store.records(connection, span).await?;
        for listed in page.items.iter().filter(|listed| wanted(&listed.delivery)) {
            if let Marked::Due = mark(deps, connection, listed.id, false).await? {
                count += 1;
                // Without the reminder the sweep finds it.
                remind(deps, connection, listed.id).await.unwrap_or_default();
            }
        }
        cursor = page.cursor;
        if cursor.is_none() {
            return Ok(count);
        }
    }
}

async fn remind(deps: &CallDeps, connection: ConnectionId, record: RecordId) -> Result<(), QueueError> {
    let now = deps.clock.now();
    let task = Task::Settle { connection, call: record.call() };
    deps.queue.send(&Reminder { task, not_before: now }, now).await
}

enum Marked {
    Due,
    Not(Resent),
}

async fn mark(
    deps: &CallDeps,
    connection: ConnectionId,
    record: RecordId,
    force: bool,
) -> Result<Marked, StoreError> {
    let items = deps.store.call_of(connection, record).await?;
    match record.place() {
        RecordPlace::Missed => mark_item(deps, items.missed, force).await,
        RecordPlace::Leg(_) => match items.legs.into_iter().find(|leg| leg.record.id == record) {
            Some(leg) => mark_item(deps, leg, force).await,
            None => Ok(Marked::Not(Resent::NotFound)),
        },
    }
}

async fn mark_item<H: RecordHolder>(deps: &CallDeps, mut item: H, force: bool) -> Result<Marked, StoreError> {
    for _ in 0..MAX_TURNS {
        let now = deps.clock.now();
        let Some(delivery) = item.record().delivery.clone() else { return Ok(Marked::Not(Resent::NotFound)) };
        if delivery.state == DeliveryState::Delivered && !force {
            return Ok(Marked::Not(Resent::AlreadyDelivered));
        }
        if delivery.claim.as_ref().is_some_and(|claim| now < claim.until) {
            return Ok(Marked::Not(Resent::UnderWay));
        }
        item.record_mut().delivery = Some(delivery::resent(delivery, now));
        item.record_mut().due_at = Some(now);
        match item.save(&deps.store).await? {
            Saved::Done(_) => return Ok(Marked::Due),
            Saved::Changed(newer) => item = newer,
        }
    }
    Err(StoreError::Contended)
}
