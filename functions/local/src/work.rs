//! The retry job on a laptop: sweeps by the clock, and receivers that wait for messages, as a schedule and an event
//! source do in AWS.

use std::time::Duration;

use ringbridge::error::chain;
use ringbridge::flow::RetryDeps;
use ringbridge::flow::retry;
use ringbridge::queue::{LONGEST_WAIT, ReceivedMessage, TriggerMessage};
use ringbridge::telemetry::field;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

/// The longest that one retry run may take here; the next one goes on.
const BUDGET: Duration = Duration::from_mins(1);
/// Batches side by side, as in the template: a CRM that hangs holds up its own.
const RECEIVERS: usize = 5;
/// Before a queue that failed is asked again.
const PAUSE: Duration = Duration::from_secs(1);
/// What was begun has so long to get through once it is to end; what does not is found again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Everything that works without being asked.
pub struct Work {
    end: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Work {
    /// Begins it.
    pub fn start(deps: RetryDeps, every: Duration) -> Self {
        let (end, ended) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for _ in 0..RECEIVERS {
            tasks.spawn(receive(deps.clone(), ended.clone()));
        }
        tasks.spawn(sweep(RetryDeps { drains_queue: false, ..deps }, every, ended));
        Self { end, tasks }
    }

    /// Ends it.
    pub async fn end(mut self) {
        self.end.send_replace(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            self.tasks.shutdown().await;
        }
    }
}

/// Ends when it is time to; an error is a sender that is gone, which means the same.
async fn told(ended: &mut watch::Receiver<bool>) {
    let _ = ended.wait_for(|end| *end).await;
}

async fn sweep(deps: RetryDeps, every: Duration, mut ended: watch::Receiver<bool>) {
    let mut clock = tokio::time::interval(every);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = told(&mut ended) => return,
            _ = clock.tick() => {}
        }
        retry::run(&deps, BUDGET).await;
    }
}

async fn receive(deps: RetryDeps, mut ended: watch::Receiver<bool>) {
    loop {
        let received = tokio::select! {
            () = told(&mut ended) => return,
            received = deps.calls.queue.receive(LONGEST_WAIT) => received,
        };
        match received {
            Ok(received) if received.is_empty() => {}
            Ok(received) => work_off(&deps, received).await,
            Err(error) => {
                tracing::warn!({ field::ERROR } = chain(&error), "queue not read; the sweep goes on");
                tokio::select! {
                    () = told(&mut ended) => return,
                    () = tokio::time::sleep(PAUSE) => {}
                }
            }
        }
    }
}

/// Works messages off, and removes those that did not fail.
async fn work_off(deps: &RetryDeps, received: Vec<ReceivedMessage>) {
    let brought = received.iter().enumerate();
    let brought =
        brought.map(|(at, one)| TriggerMessage { id: at.to_string(), reminder: one.reminder.clone() });
    let failures = retry::run_messages(deps, brought.collect(), BUDGET).await.batch_item_failures;
    for (at, message) in received.iter().enumerate() {
        if failures.iter().any(|failure| failure.item_identifier == at.to_string()) {
            continue;
        }
        if let Err(error) = deps.calls.queue.delete(message).await {
            tracing::warn!({ field::ERROR } = chain(&error), "message kept in the queue");
        }
    }
}
