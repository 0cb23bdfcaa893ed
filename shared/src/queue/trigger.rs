//! What starts the retry job: the schedule, or an event source that brings messages of the queue itself.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Reminder, UnreadableReminder};

/// Why the retry job runs.
#[derive(Clone, Debug)]
pub enum Trigger {
    /// It is time; the event says no more.
    Schedule,
    /// These messages are visible; those that are not named as failed are removed from the queue.
    Messages(Vec<TriggerMessage>),
}

/// A message that Lambda received for us.
#[derive(Clone, Debug)]
pub struct TriggerMessage {
    /// Its id, by which a failure is reported.
    pub id: String,
    /// What it reminds of.
    pub reminder: Result<Reminder, UnreadableReminder>,
}

/// The answer to messages: which of them come again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failures {
    /// The failed ones.
    pub batch_item_failures: Vec<Failure>,
}

/// A message that comes again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Its id.
    pub item_identifier: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    message_id: String,
    #[serde(default)]
    body: String,
}

impl Trigger {
    /// Reads an invocation's event. A record without an id can't be reported, so such an event fails as a whole.
    pub fn read(mut event: Value) -> Result<Self, serde_json::Error> {
        let Some(records) = event.get_mut("Records").map(Value::take) else { return Ok(Self::Schedule) };
        let records: Vec<Record> = serde_json::from_value(records)?;
        let read = |record: Record| TriggerMessage {
            reminder: Reminder::from_body(&record.body),
            id: record.message_id,
        };
        Ok(Self::Messages(records.into_iter().map(read).collect()))
    }
}

impl FromIterator<String> for Failures {
    fn from_iter<I: IntoIterator<Item = String>>(ids: I) -> Self {
        let failures = ids.into_iter().map(|item_identifier| Failure { item_identifier });
        Self { batch_item_failures: failures.collect() }
    }
}
