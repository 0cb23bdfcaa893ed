//! The body of a message: a version, a task and a time. No personal data, no secret.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::model::ids::ConnectionId;

/// The version that this release writes.
const VERSION: u32 = 1;

/// Work, and not before when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// What is to be done.
    pub task: Task,
    /// Not before.
    pub not_before: Timestamp,
}

/// What a message reminds of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Task {
    /// Settle a call: deliver, or decide whether it was missed.
    Settle {
        /// Whose.
        connection: ConnectionId,
        /// Which.
        #[serde(with = "hex::serde")]
        call: [u8; 16],
    },
    /// Go on with a connection's provisioning.
    Provision {
        /// Whose.
        connection: ConnectionId,
    },
}

/// A message that is none of ours, damaged, or of a newer release: left for the dead-letter queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message is not a reminder that this release can read")]
pub struct UnreadableReminder;

#[derive(Serialize, Deserialize)]
struct Body {
    v: u32,
    not_before: Timestamp,
    #[serde(flatten)]
    task: Task,
}

impl Reminder {
    /// The message's body.
    pub fn to_body(&self) -> String {
        let body = Body { v: VERSION, not_before: self.not_before, task: self.task };
        serde_json::to_string(&body).unwrap_or_default()
    }

    /// Reads a message's body.
    pub fn from_body(body: &str) -> Result<Self, UnreadableReminder> {
        let body: Body = serde_json::from_str(body).map_err(|_| UnreadableReminder)?;
        if body.v > VERSION {
            return Err(UnreadableReminder);
        }
        Ok(Self { task: body.task, not_before: body.not_before })
    }
}
