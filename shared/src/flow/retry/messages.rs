//! Reminders from the queue. Those of one call are one look, whoever brought them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;

use super::{Report, work};
use crate::clock::Timestamp;
use crate::error::chain;
use crate::flow::call::Turn;
use crate::flow::deps::RetryDeps;
use crate::metrics;
use crate::queue::{
    Failures, QueueError, ReceivedMessage, Reminder, Task, TriggerMessage, UnreadableReminder,
};
use crate::storage::DueKey;
use crate::telemetry::field;

/// Does what messages remind of that an event source brought; answers which of them come again.
pub async fn run_messages(deps: &RetryDeps, messages: Vec<TriggerMessage>, budget: Duration) -> Failures {
    metrics::together(batch(deps, messages, budget)).await
}

async fn batch(deps: &RetryDeps, messages: Vec<TriggerMessage>, budget: Duration) -> Failures {
    let count = messages.len();
    let turn = Turn::of_retry(deps.calls.clock.now() + budget);
    let reminders: Vec<_> = messages.iter().map(|message| message.reminder.clone()).collect();
    let handled = if budget.is_zero() {
        messages.iter().map(|_| Handled::Failed).collect()
    } else {
        all(deps, turn, &reminders).await
    };
    let failed = messages.into_iter().zip(handled).filter_map(|(message, handled)| match handled {
        Handled::Done(_) | Handled::Early | Handled::PassedBy => None,
        Handled::Failed | Handled::Unreadable => Some(message.id),
    });
    let failures: Failures = failed.collect();
    let failed = failures.batch_item_failures.len();
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let mut values = vec![(metrics::RETRY_MESSAGES, number(count))];
    if failed > 0 {
        tracing::info!({ field::MESSAGES } = count, { field::FAILED } = failed, "messages come again");
        values.push((metrics::RETRY_FAILED, number(failed)));
    }
    metrics::write(deps.calls.clock.now(), &values);
    failures
}

/// Whether the queue was emptied before the time was up.
pub(super) async fn drain(
    deps: &RetryDeps,
    turn: Turn,
    until: Timestamp,
    report: &mut Report,
    done: &mut BTreeSet<DueKey>,
) -> bool {
    // A look without a wait may find nothing although something is there; the last one waits.
    let mut wait = Duration::ZERO;
    while deps.calls.clock.now() < until {
        let received = match deps.calls.queue.receive(wait).await {
            Ok(received) if received.is_empty() && wait >= deps.last_look => return true,
            Ok(received) => received,
            Err(error) => {
                tracing::warn!({ field::ERROR } = chain(&error), "queue not read; the sweep goes on");
                return true;
            }
        };
        wait = if received.is_empty() { deps.last_look } else { Duration::ZERO };
        let reminders: Vec<_> = received.iter().map(|message| message.reminder.clone()).collect();
        let handled = all(deps, turn, &reminders).await;
        for handled in
            join_all(received.iter().zip(handled).map(|(message, handled)| removed(deps, message, handled)))
                .await
        {
            report.messages += 1;
            match handled {
                Handled::Done(key) => {
                    report.settled += 1;
                    done.insert(key);
                }
                Handled::Failed => report.failed += 1,
                Handled::Early => report.early += 1,
                Handled::PassedBy => report.passed_by += 1,
                Handled::Unreadable => report.unreadable += 1,
            }
        }
    }
    false
}

/// What became of a message.
#[derive(Clone, Copy)]
enum Handled {
    Done(DueKey),
    Failed,
    Early,
    PassedBy,
    Unreadable,
}

/// Does what each reminds of, each work once. What is due to a CRM that is known to hang is left to the sweep, which
/// takes it at the connection's width when it answers again: a thousand looks would only write that they wait on.
async fn all(
    deps: &RetryDeps,
    turn: Turn,
    reminders: &[Result<Reminder, UnreadableReminder>],
) -> Vec<Handled> {
    let now = deps.calls.clock.now();
    let due = reminders.iter().flatten().filter(|reminder| reminder.not_before <= now).map(key);
    let due: BTreeSet<_> = due.filter(|key| !hangs(deps, *key, now)).collect();
    let worked = due.into_iter().map(async |key| (key, work(deps, turn, key).await));
    let worked: BTreeMap<_, _> = join_all(worked).await.into_iter().collect();
    join_all(reminders.iter().map(async |reminder| match reminder {
        Err(UnreadableReminder) => {
            tracing::error!("message can't be read; left for the dead-letter queue");
            Handled::Unreadable
        }
        Ok(reminder) => match worked.get(&key(reminder)) {
            Some(true) => Handled::Done(key(reminder)),
            Some(false) => Handled::Failed,
            None if reminder.not_before <= now => Handled::PassedBy,
            // The queue's clock is a little ahead of ours.
            None => match deps.calls.queue.send(reminder, now).await {
                Ok(()) => Handled::Early,
                Err(error) => kept(&error),
            },
        },
    }))
    .await
}

async fn removed(deps: &RetryDeps, message: &ReceivedMessage, handled: Handled) -> Handled {
    if matches!(handled, Handled::Failed | Handled::Unreadable) {
        return handled;
    }
    match deps.calls.queue.delete(message).await {
        Ok(()) => handled,
        Err(error) => kept(&error),
    }
}

/// A message that could not be sent on or removed comes again, which is harmless.
fn kept(error: &QueueError) -> Handled {
    tracing::warn!({ field::ERROR } = chain(error), "message kept in the queue");
    Handled::Failed
}

/// Whether a call's CRM was seen to hang by this process, and is to be left alone still.
pub(super) fn hangs(deps: &RetryDeps, key: DueKey, now: Timestamp) -> bool {
    let DueKey::Call(connection, _) = key else { return false };
    deps.calls.gates.hangs_until(connection).is_some_and(|until| now < until)
}

const fn key(reminder: &Reminder) -> DueKey {
    match reminder.task {
        Task::Settle { connection, call } => DueKey::Call(connection, call),
        Task::Provision { connection } => DueKey::Connection(connection),
    }
}
