//! SQS: reminders of work. A message carries ids and a not-before time; what is to be done stands in the store,
//! so a lost, repeated or late message is harmless (docs/promises.md §5).

mod client;
mod message;
mod trigger;

use std::time::Duration;

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};

pub use client::Sqs;
pub use message::{Reminder, Task, UnreadableReminder};
pub use trigger::{Failure, Failures, Trigger, TriggerMessage};

use crate::clock::Timestamp;
use crate::error::{Classified, Retryability};

/// The longest delay that SQS knows; longer waits hop.
pub const LONGEST_DELAY: Duration = Duration::from_mins(15);
/// The longest wait for messages: below the time in which the SDK's client expects an answer (`sdk.rs`).
pub const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// The most messages of one receive.
pub const BATCH: i32 = 10;

/// The retry queue.
#[derive(Clone, Debug)]
pub struct Queue {
    sqs: Sqs,
    url: String,
}

/// A message that was received and stays hidden until it is deleted or its visibility timeout ends.
#[derive(Clone, Debug)]
pub struct ReceivedMessage {
    /// What it reminds of.
    pub reminder: Result<Reminder, UnreadableReminder>,
    receipt: String,
}

/// The queue failed.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// No answer, a server error or throttling.
    #[error("the queue did not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The queue refused the request: a bug, a missing permission or a missing queue.
    #[error("the queue refused the request ({code})")]
    Refused {
        /// The service's error code.
        code: String,
        /// The SDK's error.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Queue {
    /// The queue of that URL.
    pub fn new(sqs: Sqs, url: impl Into<String>) -> Self {
        Self { sqs, url: url.into() }
    }

    /// Sends a reminder that shows up when it is due, or after 15 minutes if it is due later.
    pub async fn send(&self, reminder: &Reminder, now: Timestamp) -> Result<(), QueueError> {
        let client = self.sqs.client();
        let send = client.send_message().queue_url(&self.url).message_body(reminder.to_body());
        send.delay_seconds(delay_seconds(reminder.not_before, now)).send().await.map_err(QueueError::sdk)?;
        Ok(())
    }

    /// Up to ten messages that are visible, or become so within `wait`, of which whole seconds count. Without a wait it
    /// asks some of SQS's servers only, and may find nothing although messages are visible.
    pub async fn receive(&self, wait: Duration) -> Result<Vec<ReceivedMessage>, QueueError> {
        let client = self.sqs.client();
        let receive = client.receive_message().queue_url(&self.url).max_number_of_messages(BATCH);
        let wait = i32::try_from(wait.min(LONGEST_WAIT).as_secs()).unwrap_or(0);
        let answer = receive.wait_time_seconds(wait).send().await.map_err(QueueError::sdk)?;
        let messages = answer.messages.unwrap_or_default().into_iter().map(|message| ReceivedMessage {
            reminder: Reminder::from_body(message.body.as_deref().unwrap_or_default()),
            receipt: message.receipt_handle.unwrap_or_default(),
        });
        Ok(messages.collect())
    }

    /// Removes a message whose work is done.
    pub async fn delete(&self, received: &ReceivedMessage) -> Result<(), QueueError> {
        let client = self.sqs.client();
        let delete = client.delete_message().queue_url(&self.url).receipt_handle(&received.receipt);
        delete.send().await.map_err(QueueError::sdk)?;
        Ok(())
    }
}

/// Whole seconds until `due`, rounded up so that nothing shows up early, at most [`LONGEST_DELAY`].
pub fn delay_seconds(due: Timestamp, now: Timestamp) -> i32 {
    let wait = due.since(now).min(LONGEST_DELAY);
    let whole = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    i32::try_from(whole.min(LONGEST_DELAY.as_secs())).unwrap_or(0)
}

impl QueueError {
    fn sdk<E>(error: SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let code = error.code().unwrap_or_default().to_owned();
        let throttled = code.contains("Throttl") || code == "OverLimit";
        let refused = error.raw_response().is_some_and(|raw| {
            raw.status().is_client_error() && !throttled && error.as_service_error().is_some()
        });
        if refused {
            Self::Refused { code, cause: Box::new(error) }
        } else {
            Self::Unavailable(Box::new(error))
        }
    }
}

impl Classified for QueueError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Unavailable(_) => Retryability::Transient { retry_after: None },
            Self::Refused { .. } => Retryability::Permanent,
        }
    }
}
