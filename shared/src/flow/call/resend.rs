//! Resending: a person asks for one record, or for many of a span of time; changed credentials ask for what was paused.
//! What walks the log goes on in the retry job, page by page, with progress that can be read.

use crate::flow::call::{Turn, settle};
use crate::flow::deps::CallDeps;
use crate::model::call::{RecordId, RecordPlace};
use crate::model::delivery::{Delivery, DeliveryState, Which};
use crate::model::ids::ConnectionId;
use crate::queue::{Queue, Reminder, Task};
use crate::rules::delivery;
use crate::storage::{RecordHolder, Resend, Saved, Span, Store, StoreError, Stored};

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
    turn: Turn,
    connection: ConnectionId,
    record: RecordId,
    force: bool,
) -> Result<Resent, StoreError> {
    match mark(deps, connection, record, force, |_| true).await? {
        Marked::Due => {}
        Marked::Not(why) => return Ok(why),
    }
    settle::call(deps, turn, connection, record.call()).await?;
    let items = deps.store.call_of(connection, record).await?;
    let delivery = items.record(record).and_then(|item| item.delivery.clone());
    Ok(delivery.map_or(Resent::NotFound, |delivery| Resent::Tried(Box::new(delivery))))
}

/// Begins to resend many: the retry job walks the log. A newer request takes the place of one of its kind that is
/// under way.
pub async fn begin(
    store: &Store,
    queue: &Queue,
    connection: ConnectionId,
    wanted: Resend,
) -> Result<Resend, StoreError> {
    let now = wanted.begun_at;
    let stored = store.resend(connection, wanted.which).await?;
    let stored = stored.unwrap_or_else(|| Stored::new(wanted.clone()));
    store.put_resend(connection, stored, &wanted, now).await?;
    let reminder = Reminder { task: Task::Provision { connection }, not_before: now };
    // Without the reminder the sweep finds it.
    queue.send(&reminder, now).await.unwrap_or_default();
    Ok(wanted)
}

/// Goes on with resending many, as far as the turn lasts.
pub async fn go_on(deps: &CallDeps, turn: Turn, connection: ConnectionId) -> Result<(), StoreError> {
    for which in [Which::Paused, Which::Failed] {
        let under_way = deps.store.resend(connection, which).await?.filter(|one| !one.value.done);
        if let Some(under_way) = under_way {
            walk(deps, turn, connection, under_way).await?;
        }
    }
    Ok(())
}

async fn walk(
    deps: &CallDeps,
    turn: Turn,
    connection: ConnectionId,
    mut stored: Stored<Resend>,
) -> Result<(), StoreError> {
    while !stored.value.done && turn.left(deps.clock.now()) > deps.timing.attempt {
        let Resend { which, from, to, ref cursor, .. } = stored.value;
        let span = Span { from, to, cursor: cursor.as_deref(), limit: PAGE };
        let page = deps.store.records(connection, span).await?;
        for listed in &page.items {
            stored.value.seen += 1;
            if which.holds(&listed.delivery)
                && let Marked::Due =
                    mark(deps, connection, listed.id, false, |delivery| which.holds(delivery)).await?
            {
                stored.value.resent += 1;
                settle::remind(deps, connection, listed.id.call(), deps.clock.now()).await;
            }
        }
        stored.value.done = page.cursor.is_none();
        stored.value.cursor = page.cursor;
        let due_at = (!stored.value.done).then(|| deps.clock.now());
        stored = match deps.store.save_resend(connection, &stored, due_at).await? {
            Saved::Done(saved) => saved,
            // A newer request took its place.
            Saved::Changed(newer) => newer,
        };
    }
    Ok(())
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
    wanted: impl Fn(&Delivery) -> bool + Send + Sync,
) -> Result<Marked, StoreError> {
    let items = deps.store.call_of(connection, record).await?;
    match record.place() {
        RecordPlace::Missed => match items.call {
            Some(call) => mark_item(deps, call, force, wanted).await,
            None => Ok(Marked::Not(Resent::NotFound)),
        },
        RecordPlace::Leg(_) => match items.legs.into_iter().find(|leg| leg.record.id == record) {
            Some(leg) => mark_item(deps, leg, force, wanted).await,
            None => Ok(Marked::Not(Resent::NotFound)),
        },
    }
}

async fn mark_item<H: RecordHolder>(
    deps: &CallDeps,
    mut item: H,
    force: bool,
    wanted: impl Fn(&Delivery) -> bool + Send + Sync,
) -> Result<Marked, StoreError> {
    for _ in 0..MAX_TURNS {
        let now = deps.clock.now();
        let Some(delivery) = item.record().delivery.clone().filter(&wanted) else {
            return Ok(Marked::Not(Resent::NotFound));
        };
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
