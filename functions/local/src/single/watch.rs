//! Looks after the machine once a minute: alarms, the folder's clock, what has expired; and shows its numbers to Prometheus.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use ringbridge::clock::{Clock as _, SystemClock, Timestamp};
use ringbridge::error::chain;
use ringbridge::metrics;
use ringbridge::telemetry::field;
use simulators::aws::InProcess;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::alarms::{ALL, Alarms, Change, Seen};
use super::folder::Folder;
use super::health::Health;
use super::mail::Mailer;
use super::{Failure, clock, tally};

/// How often what has expired is forgotten: DynamoDB does it within days.
const FORGET: Duration = Duration::from_hours(1);

/// What is looked after.
pub(super) struct Watch {
    /// The data folder.
    pub(super) folder: Folder,
    /// Whether the store takes writes.
    pub(super) health: Health,
    /// The queue.
    pub(super) sqs: aws_sdk_sqs::Client,
    /// The URL of what failed too often.
    pub(super) dead_letters: String,
    /// Who tells of alarms.
    pub(super) mailer: Option<Arc<Mailer>>,
}

/// The watch while it goes on.
pub(super) struct Watched {
    /// Where the metrics are.
    pub(super) metrics: Option<SocketAddr>,
    task: JoinHandle<InProcess>,
}

impl Watched {
    /// Waits for its end, and gives back what it held.
    pub(super) async fn end(self) -> Result<InProcess, Failure> {
        Ok(self.task.await?)
    }
}

/// What the page of metrics shows beside the tally.
#[derive(Default)]
struct Board {
    seen: Seen,
    ringing: Vec<(&'static str, bool)>,
}

type Shown = Arc<Mutex<Board>>;

impl Watch {
    /// Begins.
    pub(super) fn start(
        self,
        metrics: Option<TcpListener>,
        every: Duration,
        aws: InProcess,
        ended: watch::Receiver<bool>,
    ) -> Result<Watched, Failure> {
        let shown = Shown::default();
        let at = metrics.as_ref().map(TcpListener::local_addr).transpose()?;
        if let Some(listener) = metrics {
            let router = Router::new().route("/metrics", get(page)).with_state(Arc::clone(&shown));
            let router = router.merge(self.health.router());
            // It ends with the process, so that whoever watches the drain can see it.
            tokio::spawn(async move { axum::serve(listener, router).await });
        }
        Ok(Watched { metrics: at, task: tokio::spawn(self.run(every, aws, shown, ended)) })
    }

    async fn run(
        self,
        every: Duration,
        aws: InProcess,
        shown: Shown,
        mut ended: watch::Receiver<bool>,
    ) -> InProcess {
        let started = SystemClock.now();
        let mut forgotten: Option<Timestamp> = None;
        let mut alarms = Alarms::default();
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ended.wait_for(|end| *end) => break,
                _ = ticks.tick() => {}
            }
            let now = SystemClock.now();
            let seen = self.look(now.since(started)).await;
            for change in alarms.check(seen.clone()) {
                if self.tell(change).await {
                    alarms.told(change);
                }
            }
            let ringing = ALL.iter().map(|alarm| (alarm.name, alarms.rings(*alarm))).collect();
            *shown.lock().unwrap_or_else(PoisonError::into_inner) = Board { seen, ringing };
            if forgotten.is_none_or(|at| now.since(at) >= FORGET) {
                forgotten = Some(now);
                if let Err(error) = aws.forget_expired().await {
                    tracing::warn!({ field::ERROR } = chain(&error), "what has expired is not forgotten yet");
                }
            }
            self.remember();
        }
        self.remember();
        aws
    }

    fn remember(&self) {
        if let Err(error) = clock::keep(&self.folder, SystemClock.now()) {
            tracing::error!({ field::ERROR } = chain(&error), "the data folder takes no writes");
        }
    }

    async fn look(&self, up: Duration) -> Seen {
        Seen {
            tally: tally::now(),
            oldest_due: tally::look(metrics::OLDEST_DUE),
            pbx_left: tally::look(metrics::PBX_REQUESTS_LEFT),
            unopenable: tally::look(metrics::SECRETS_UNOPENABLE),
            dead_letters: self.dead_letters().await,
            writable: self.health.writable().await,
            disk: self.disk().ok(),
            up,
        }
    }

    async fn dead_letters(&self) -> u64 {
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let asked = self.sqs.get_queue_attributes().queue_url(&self.dead_letters);
        let answer = asked.attribute_names(name.clone()).send().await.ok();
        let count = answer.and_then(|answer| answer.attributes?.remove(&name)?.parse().ok());
        count.unwrap_or(0)
    }

    fn disk(&self) -> io::Result<(u64, u64)> {
        let disk = rustix::fs::statvfs(self.folder.path())?;
        Ok((disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_blocks.saturating_mul(disk.f_frsize)))
    }

    /// Whether somebody was told; a mail that was not handed over is tried again at the next check.
    async fn tell(&self, change: Change) -> bool {
        let Change { alarm, began } = change;
        if began {
            tracing::error!({ field::ALERT } = alarm.name, { field::DETAIL } = alarm.means, "alarm");
        } else {
            tracing::warn!({ field::ALERT } = alarm.name, "alarm is over");
        }
        let Some(mailer) = &self.mailer else { return true };
        match mailer.tell(change).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!({ field::ERROR } = chain(&error), "alarm not mailed");
                false
            }
        }
    }
}

async fn page(State(shown): State<Shown>) -> ([(http::HeaderName, &'static str); 1], String) {
    let mut text = tally::now().text();
    let board = shown.lock().unwrap_or_else(PoisonError::into_inner);
    let version = concat!("{version=\"", env!("CARGO_PKG_VERSION"), "\"}");
    tally::value(&mut text, "ringbridge_build_info", "gauge", version, 1);
    tally::value(&mut text, "ringbridge_up_seconds", "gauge", "", board.seen.up.as_secs());
    tally::value(&mut text, "ringbridge_dead_letters", "gauge", "", board.seen.dead_letters);
    tally::value(&mut text, "ringbridge_store_writable", "gauge", "", u64::from(board.seen.writable));
    if let Some((left, all)) = board.seen.disk {
        tally::value(&mut text, "ringbridge_disk_left_bytes", "gauge", "", left);
        tally::value(&mut text, "ringbridge_disk_bytes", "gauge", "", all);
    }
    let _ = writeln!(text, "# TYPE ringbridge_alarm gauge");
    for (name, rings) in &board.ringing {
        let _ = writeln!(text, "ringbridge_alarm{{alarm=\"{name}\"}} {}", u64::from(*rings));
    }
    ([(http::header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}
