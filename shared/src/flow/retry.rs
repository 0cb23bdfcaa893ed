//! The retry run that the schedule drives: reminders that are due, then a sweep of the index for whatever no
//! reminder came for. Bounded by a deadline; one item's failure leaves the rest alone.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::chain;
use crate::flow::deps::RetryDeps;
use crate::flow::{provision, settle};
use crate::queue::{QueueError, Received, Reminder, Task};
use crate::storage::DueKey;
use crate::telemetry::field;

/// Items of one shard in one look at the index; the next look goes on.
const SWEEP_LIMIT: i32 = 100;

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
    /// Whether the deadline ended the run before the work did.
    pub out_of_time: bool,
}

/// Runs until nothing is due or `budget` is used up.
pub async fn run(deps: &RetryDeps, budget: Duration) -> Report {
    let deadline = deps.calls.clock.now() + budget;
    let mut report = Report::default();
    let mut done = BTreeSet::new();
    drain(deps, deadline, &mut report, &mut done).await;
    sweep(deps, deadline, &mut report, &mut done).await;
    tracing::info!(
        { field::MESSAGES } = report.messages,
        { field::SWEPT } = report.swept,
        { field::SETTLED } = report.settled,
        { field::FAILED } = report.failed,
        "retry run ended"
    );
    report
}

async fn drain(deps: &RetryDeps, deadline: Timestamp, report: &mut Report, done: &mut BTreeSet<DueKey>) {
    loop {
        let received = match deps.calls.queue.receive().await {
            Ok(received) if received.is_empty() => return,
            Ok(received) => received,
            Err(error) => {
                tracing::warn!({ field::ERROR } = chain(&error), "queue not read; the sweep goes on");
                return;
            }
        };
        for message in received {
            report.messages += 1;
            if deps.calls.clock.now() >= deadline {
                report.out_of_time = true;
                return;
            }
            if let Err(error) = one(deps, &message, report, done).await {
                tracing::warn!({ field::ERROR } = chain(&error), "message kept in the queue");
            }
        }
    }
}

async fn one(
    deps: &RetryDeps,
    message: &Received,
    report: &mut Report,
    done: &mut BTreeSet<DueKey>,
) -> Result<(), QueueError> {
    let Ok(reminder) = &message.reminder else {
        report.unreadable += 1;
        return Ok(());
    };
    let now = deps.calls.clock.now();
    if reminder.not_before > now {
        // SQS delays end at 15 minutes; longer waits hop.
        report.hopped += 1;
        deps.calls.queue.send(reminder, now).await?;
        return deps.calls.queue.delete(message).await;
    }
    if work(deps, key(reminder), report).await {
        done.insert(key(reminder));
        deps.calls.queue.delete(message).await?;
    }
    Ok(())
}

async fn sweep(deps: &RetryDeps, deadline: Timestamp, report: &mut Report, done: &mut BTreeSet<DueKey>) {
    loop {
        let due = match deps.calls.store.due(deps.calls.clock.now(), SWEEP_LIMIT).await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!({ field::ERROR } = chain(&error), "index of due work not read");
                return;
            }
        };
        // The index lags behind the items a little: what this run has settled is not taken up again.
        let fresh: Vec<_> = due.into_iter().filter(|key| !done.contains(key)).collect();
        if fresh.is_empty() {
            return;
        }
        for key in fresh {
            if deps.calls.clock.now() >= deadline {
                report.out_of_time = true;
                return;
            }
            report.swept += 1;
            work(deps, key, report).await;
            done.insert(key);
        }
    }
}

async fn work(deps: &RetryDeps, key: DueKey, report: &mut Report) -> bool {
    let result = match key {
        DueKey::Call(connection, call) => settle::call(&deps.calls, connection, call).await,
        DueKey::Connection(connection) => provision::resume(&deps.settings, connection).await,
    };
    match result {
        Ok(()) => report.settled += 1,
        Err(error) => {
            report.failed += 1;
            tracing::error!({ field::ERROR } = chain(&error), "due work failed; it is found again");
            return false;
        }
    }
    true
}

const fn key(reminder: &Reminder) -> DueKey {
    match reminder.task {
        Task::Settle { connection, call } => DueKey::Call(connection, call),
        Task::Provision { connection } => DueKey::Connection(connection),
    }
}
