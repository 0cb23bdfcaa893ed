//! The retry run that the schedule drives: reminders that are due, then a sweep of the index for whatever no
//! reminder came for. Bounded by a deadline; one item's failure leaves the rest alone.

mod messages;
mod sweep;

use std::collections::BTreeSet;
use std::time::Duration;

pub use self::messages::run_messages;
use crate::clock::Timestamp;
use crate::error::chain;
use crate::flow::call::gate::SIDE_BY_SIDE;
use crate::flow::call::{Turn, settle};
use crate::flow::deps::RetryDeps;
use crate::flow::{notify, upkeep};
use crate::metrics;
use crate::storage::DueKey;
use crate::telemetry::field;

/// Items of one page of the index.
pub const PAGE: i32 = 100;
/// Work that goes on side by side: enough that some CRMs that are slow don't hold up the rest, few enough for one
/// function's memory.
pub const WIDTH: usize = 64;
/// Work of one connection that goes on side by side: some is read and written while as much as its CRM is given is
/// delivered.
pub const SHARE: usize = 2 * SIDE_BY_SIDE;

/// What a retry run did.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Messages received.
    pub messages: u64,
    /// Messages that were early and sent again.
    pub early: u64,
    /// Messages that can't be read, left for the dead-letter queue.
    pub unreadable: u64,
    /// Calls and connections that the sweep found.
    pub swept: u64,
    /// Of these and of the messages, passed by: their CRM hangs, or has had its share of this run.
    pub passed_by: u64,
    /// Work done.
    pub settled: u64,
    /// Work that failed and is found again.
    pub failed: u64,
    /// How long the oldest work that the sweep found had been due.
    pub oldest_due_seconds: u64,
    /// Whether the deadline ended the run before the work did.
    pub out_of_time: bool,
}

impl Report {
    /// Whether there was anything to do; a run each minute that says that there was not would be most of the log.
    const fn found_something(&self) -> bool {
        self.messages > 0 || self.swept > 0 || self.failed > 0 || self.out_of_time
    }
}

/// Runs until nothing is due or `budget` is used up. Half of it at most goes to messages before the sweep: in a queue
/// that never empties, what no message reminds of has its turn too.
pub async fn run(deps: &RetryDeps, budget: Duration) -> Report {
    let began = deps.calls.clock.now();
    let turn = Turn::of_retry(began + budget);
    let mut report = Report::default();
    let mut done = BTreeSet::new();
    let half = began + budget / 2;
    let empty = !deps.drains_queue || messages::drain(deps, turn, half, &mut report, &mut done).await;
    sweep::sweep(deps, turn, &mut report, &mut done).await;
    if !empty && !messages::drain(deps, turn, turn.deadline, &mut report, &mut done).await {
        report.out_of_time = true;
    }
    let ended = deps.calls.clock.now();
    let took = u64::try_from(ended.since(began).as_millis()).unwrap_or(u64::MAX);
    if report.found_something() {
        tracing::info!(
            { field::MESSAGES } = report.messages,
            { field::SWEPT } = report.swept,
            { field::SETTLED } = report.settled,
            { field::FAILED } = report.failed,
            { field::TOOK } = took,
            "retry run ended"
        );
    }
    let values = [
        (metrics::RETRY_MESSAGES, report.messages),
        (metrics::RETRY_SWEPT, report.swept),
        (metrics::RETRY_SETTLED, report.settled),
        (metrics::RETRY_FAILED, report.failed),
        (metrics::OLDEST_DUE, report.oldest_due_seconds),
        // So that a stack without any is seen to have none, and not to be silent.
        (metrics::EVENTS, 0),
    ];
    metrics::write(ended, &values);
    report
}

/// Does what is due, and no longer than the turn lasts and one attempt more: what is cut off is found again.
async fn work(deps: &RetryDeps, turn: Turn, key: DueKey) -> bool {
    let left = turn.left(deps.calls.clock.now()) + deps.calls.timing.attempt;
    let work = async {
        match key {
            DueKey::Call(connection, call) => settle::call(&deps.calls, turn, connection, call).await,
            DueKey::Connection(connection) => upkeep::connection(deps, turn, connection).await,
            DueKey::Notices(connection) => notify::go_on(&deps.settings, connection).await,
        }
    };
    match tokio::time::timeout(left, work).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::error!(
                { field::CONNECTION } = %key.connection(),
                { field::CALL } = key.call_digest(),
                { field::ERROR } = chain(&error),
                "due work failed; it is found again"
            );
            false
        }
        Err(_) => {
            tracing::warn!(
                { field::CONNECTION } = %key.connection(),
                { field::CALL } = key.call_digest(),
                "due work was cut off at the end of the run; it is found again"
            );
            false
        }
    }
}

fn age(due_at: Timestamp, now: Timestamp) -> u64 {
    now.since(due_at).as_secs()
}
