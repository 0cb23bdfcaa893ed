//! The retry run that the schedule drives: reminders that are due, then a sweep of the index for whatever no
//! reminder came for. Bounded by a deadline; one item's failure leaves the rest alone.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;

use crate::clock::Timestamp;
use crate::error::chain;
use crate::flow::deps::RetryDeps;
use crate::flow::{provision, reconcile, refresh, settle};
use crate::ids::ConnectionId;
use crate::metrics;
use crate::queue::{Brought, Failures, QueueError, Received, Reminder, Task, UnreadableReminder};
use crate::storage::{DueCursor, DueKey, DuePage, StoreError, keys};
use crate::telemetry::field;

/// Items of one page of the index.
pub const PAGE: i32 = 100;
/// Work that goes on side by side: enough that some CRMs that hang don't hold up the rest, few enough for one
/// function's memory and for the CRMs.
pub const WIDTH: usize = 16;

/// What a retry run did.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Messages received.
    pub messages: u64,
    /// Messages that were early and sent again.
    pub hopped: u64,
    /// Messages that can't be read, left for the dead-letter queue.
    pub unreadable: u64,
    /// Calls and connections that the sweep found.
    pub swept: u64,
    /// Work done.
    pub settled: u64,
    /// Work that failed and is found again.
    pub failed: u64,
    /// How long the oldest work that the sweep found had been due.
    pub oldest_due_seconds: u64,
    /// Whether the deadline ended the run before the work did.
    pub out_of_time: bool,
}

/// Runs until nothing is due or `budget` is used up. Half of it at most goes to messages before the sweep: in a queue
/// that never empties, what no message reminds of has its turn too.
pub async fn run(deps: &RetryDeps, budget: Duration) -> Report {
    let began = deps.calls.clock.now();
    let deadline = began + budget;
    let mut report = Report::default();
    let mut done = BTreeSet::new();
    let empty = !deps.drains_queue || drain(deps, began + budget / 2, &mut report, &mut done).await;
    sweep(deps, deadline, &mut report, &mut done).await;
    if !empty && !drain(deps, deadline, &mut report, &mut done).await {
        report.out_of_time = true;
    }
    tracing::info!(
        { field::MESSAGES } = report.messages,
        { field::SWEPT } = report.swept,
        { field::SETTLED } = report.settled,
        { field::FAILED } = report.failed,
        "retry run ended"
    );
    let values = [
        (metrics::RETRY_MESSAGES, report.messages),
        (metrics::RETRY_SWEPT, report.swept),
        (metrics::RETRY_SETTLED, report.settled),
        (metrics::RETRY_FAILED, report.failed),
        (metrics::OLDEST_DUE, report.oldest_due_seconds),
    ];
    metrics::write(deps.calls.clock.now(), &values);
    report
}

/// Does what messages remind of that an event source brought; answers which of them come again.
pub async fn run_messages(deps: &RetryDeps, messages: Vec<Brought>, budget: Duration) -> Failures {
    let count = messages.len();
    let worked = messages.into_iter().map(async |message| {
        let handled =
            if budget.is_zero() { Handled::Failed } else { reminded(deps, &message.reminder).await };
        match handled {
            Handled::Done(_) | Handled::Hopped => None,
            Handled::Failed | Handled::Unreadable => Some(message.id),
        }
    });
    let failures: Failures = join_all(worked).await.into_iter().flatten().collect();
    let failed = failures.batch_item_failures.len();
    tracing::info!({ field::MESSAGES } = count, { field::FAILED } = failed, "messages worked off");
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let values = [
        (metrics::RETRY_MESSAGES, number(count)),
        (metrics::RETRY_SETTLED, number(count - failed)),
        (metrics::RETRY_FAILED, number(failed)),
    ];
    metrics::write(deps.calls.clock.now(), &values);
    failures
}

/// Whether it got through before its time was up.
async fn drain(
    deps: &RetryDeps,
    deadline: Timestamp,
    report: &mut Report,
    done: &mut BTreeSet<DueKey>,
) -> bool {
    // A look without a wait may find nothing although something is there; the last one waits.
    let mut wait = Duration::ZERO;
    while deps.calls.clock.now() < deadline {
        let received = match deps.calls.queue.receive(wait).await {
            Ok(received) if received.is_empty() && wait >= deps.last_look => return true,
            Ok(received) => received,
            Err(error) => {
                tracing::warn!({ field::ERROR } = chain(&error), "queue not read; the sweep goes on");
                return true;
            }
        };
        wait = if received.is_empty() { deps.last_look } else { Duration::ZERO };
        let mut handled = Vec::new();
        for message in &received {
            handled.push(message_due(deps, message));
        }
        for handled in join_all(handled).await {
            report.messages += 1;
            match handled {
                Handled::Done(key) => {
                    report.settled += 1;
                    done.insert(key);
                }
                Handled::Failed => report.failed += 1,
                Handled::Hopped => report.hopped += 1,
                Handled::Unreadable => report.unreadable += 1,
            }
        }
    }
    false
}

/// What became of a message.
enum Handled {
    Done(DueKey),
    Failed,
    Hopped,
    Unreadable,
}

async fn message_due(deps: &RetryDeps, message: &Received) -> Handled {
    let handled = reminded(deps, &message.reminder).await;
    if matches!(handled, Handled::Failed | Handled::Unreadable) {
        return handled;
    }
    match deps.calls.queue.delete(message).await {
        Ok(()) => handled,
        Err(error) => kept(&error),
    }
}

/// Does what a message reminds of, or sends an early one on.
async fn reminded(deps: &RetryDeps, reminder: &Result<Reminder, UnreadableReminder>) -> Handled {
    let Ok(reminder) = reminder else {
        tracing::error!("message can't be read; left for the dead-letter queue");
        return Handled::Unreadable;
    };
    let now = deps.calls.clock.now();
    if reminder.not_before > now {
        // SQS delays end at 15 minutes; longer waits hop.
        match deps.calls.queue.send(reminder, now).await {
            Ok(()) => Handled::Hopped,
            Err(error) => kept(&error),
        }
    } else if work(deps, key(reminder)).await {
        Handled::Done(key(reminder))
    } else {
        Handled::Failed
    }
}

/// A message that could not be sent on or removed comes again, which is harmless.
fn kept(error: &QueueError) -> Handled {
    tracing::warn!({ field::ERROR } = chain(error), "message kept in the queue");
    Handled::Failed
}

/// Goes through the index once, a page of each shard at a time: what fails is passed by, and found again by the next
/// run. How old the oldest is, is said even if there is no time to do anything: an alarm waits for it.
async fn sweep(deps: &RetryDeps, deadline: Timestamp, report: &mut Report, done: &mut BTreeSet<DueKey>) {
    let until = deps.calls.clock.now();
    let mut open: Vec<_> = keys::due_shards().map(|shard| (shard, None)).collect();
    while !open.is_empty() {
        let pages = join_all(open.into_iter().map(|(shard, cursor)| page(deps, shard, until, cursor))).await;
        open = Vec::new();
        let mut found = Vec::new();
        for (shard, page) in pages.into_iter().flatten() {
            let age = page.oldest.map_or(0, |oldest| until.since(oldest).as_secs());
            report.oldest_due_seconds = report.oldest_due_seconds.max(age);
            // The index lags behind the items a little: what this run has settled is not taken up again.
            found.extend(page.items.into_iter().filter(|key| !done.contains(key)));
            open.extend(page.cursor.map(|cursor| (shard, Some(cursor))));
        }
        for keys in found.chunks(WIDTH) {
            if deps.calls.clock.now() >= deadline {
                report.out_of_time = true;
                return;
            }
            report.swept += u64::try_from(keys.len()).unwrap_or(u64::MAX);
            done.extend(keys);
            for settled in join_all(keys.iter().map(|key| work(deps, *key))).await {
                if settled {
                    report.settled += 1;
                } else {
                    report.failed += 1;
                }
            }
        }
    }
}

async fn page(
    deps: &RetryDeps,
    shard: String,
    until: Timestamp,
    cursor: Option<DueCursor>,
) -> Option<(String, DuePage)> {
    match deps.calls.store.due(&shard, until, cursor, PAGE).await {
        Ok(page) => Some((shard, page)),
        Err(error) => {
            tracing::error!({ field::ERROR } = chain(&error), "index of due work not read");
            None
        }
    }
}

async fn work(deps: &RetryDeps, key: DueKey) -> bool {
    let result = match key {
        DueKey::Call(connection, call) => settle::call(&deps.calls, connection, call).await,
        DueKey::Connection(connection) => on_connection(deps, connection).await,
    };
    if let Err(error) = &result {
        tracing::error!({ field::ERROR } = chain(error), "due work failed; it is found again");
    }
    result.is_ok()
}

/// Provisioning first: without events there is more to recover.
async fn on_connection(deps: &RetryDeps, connection: ConnectionId) -> Result<(), StoreError> {
    provision::resume(&deps.settings, connection).await?;
    reconcile::run(deps, connection).await?;
    refresh::if_stale(&deps.settings, connection).await
}

const fn key(reminder: &Reminder) -> DueKey {
    match reminder.task {
        Task::Settle { connection, call } => DueKey::Call(connection, call),
        Task::Provision { connection } => DueKey::Connection(connection),
    }
}
