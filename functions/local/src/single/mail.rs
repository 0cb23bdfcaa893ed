//! Alarms and alerts by e-mail to whoever runs the machine.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use ringbridge::alert::{Alert, LogOperator, Operator};
use ringbridge::clock::{Clock, Timestamp};
use ringbridge::error::chain;
use ringbridge::model::ids::ConnectionId;
use ringbridge::model::notify::EmailAddress;
use ringbridge::post::{Mail, PostError, Postman};
use ringbridge::telemetry::field;

use super::alarms::Change;

/// The same trouble of the same connection is told once in this time.
const QUIET: Duration = Duration::from_hours(1);

/// Who gets mail, and by whom.
pub(super) struct Mailer {
    /// Who carries it.
    pub(super) postman: Arc<dyn Postman>,
    /// Who gets it.
    pub(super) to: Vec<EmailAddress>,
    /// Which installation it is about.
    pub(super) place: String,
    /// Time.
    pub(super) clock: Arc<dyn Clock>,
}

impl Mailer {
    /// Tells that an alarm began, or is over.
    pub(super) async fn tell(&self, change: Change) -> Result<(), PostError> {
        let Change { alarm, began } = change;
        let word = if began { "ALARM" } else { "OK" };
        let meant = if began { "It began" } else { "It is over. It was" };
        let body = format!(
            "{meant}: {}\n\nMachine: {}\nWhat to do stands in infra/single-machine.md, \"{}\".\n",
            alarm.means, self.place, alarm.name
        );
        self.send(&format!("{word} {}", alarm.name), &body).await
    }

    async fn send(&self, subject: &str, body: &str) -> Result<(), PostError> {
        let at = self.clock.now();
        let id = format!("alarm-{}", at.micros());
        let subject = format!("Ringbridge {subject}: {}", self.place);
        self.postman.send(&Mail { id: &id, to: &self.to, subject: &subject, body, at }).await
    }
}

/// Has alerts go out by mail beside the log.
pub(super) struct MailOperator {
    mailer: Arc<Mailer>,
    told: Mutex<BTreeMap<(ConnectionId, &'static str), Timestamp>>,
}

impl MailOperator {
    /// Through this mailer.
    pub(super) fn new(mailer: Arc<Mailer>) -> Self {
        Self { mailer, told: Mutex::default() }
    }

    fn is_news(&self, alert: &Alert) -> bool {
        let now = self.mailer.clock.now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.retain(|_, at| now.since(*at) < QUIET);
        let cause = (alert.connection, alert.kind.as_str());
        let known = told.contains_key(&cause);
        told.entry(cause).or_insert(now);
        !known
    }
}

#[async_trait]
impl Operator for MailOperator {
    async fn tell(&self, alert: &Alert) {
        LogOperator.tell(alert).await;
        if !self.is_news(alert) {
            return;
        }
        let body = format!(
            "{}\n\nConnection: {}\nKind: {}\nMachine: {}\n",
            alert.text,
            alert.connection,
            alert.kind.as_str(),
            self.mailer.place
        );
        let (mailer, kind) = (Arc::clone(&self.mailer), alert.kind.as_str());
        // Whoever met the trouble does not wait for a mail server.
        tokio::spawn(async move {
            if let Err(error) = mailer.send(kind, &body).await {
                tracing::error!({ field::ERROR } = chain(&error), "alert not mailed");
            }
        });
    }
}
