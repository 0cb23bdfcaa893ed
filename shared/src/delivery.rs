//! What becomes of a record: its state, its attempts, and what comes next (P4).

use serde::{Deserialize, Serialize};

use crate::call::CallRecord;
use crate::clock::Timestamp;
use crate::ids::CrmUserId;

/// Where a record stands. Every record is in one of these, and a person can see which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// The CRM has it.
    Delivered,
    /// It will be tried at [`Delivery::next_attempt_at`].
    Waiting,
    /// Something must be changed first.
    Parked,
    /// The last attempt failed.
    GaveUp,
}

impl DeliveryState {
    /// Its name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Waiting => "waiting",
            Self::Parked => "parked",
            Self::GaveUp => "gave_up",
        }
    }

    /// Reads [`DeliveryState::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Delivered, Self::Waiting, Self::Parked, Self::GaveUp].into_iter().find(|s| s.as_str() == text)
    }
}

/// A record on its way to the CRM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The record as it was last derived.
    pub record: CallRecord,
    /// Whose it is; settled when the record was first derived, so that later changes of the mapping alter nothing.
    pub crm_user: Option<CrmUserId>,
    /// Grows when a late event changes what was delivered; from 1.
    pub revision: u32,
    /// Where it stands.
    pub state: DeliveryState,
    /// Why it stands there, for people.
    pub reason: Option<String>,
    /// When this revision was first due; nothing is tried 72 hours after it.
    pub due_since: Timestamp,
    /// When it is tried next.
    pub next_attempt_at: Option<Timestamp>,
    /// Attempts that count against the policy.
    pub attempts_used: u32,
    /// All attempts, the latest last; bounded.
    pub attempts: Vec<Attempt>,
    /// An attempt under way, until its lease ends (P3).
    pub claim: Option<Claim>,
    /// What the CRM calls its copy, when it said so.
    pub crm_id: Option<String>,
    /// Parked because the connection's deliveries are paused, and resumed with them.
    #[serde(default)]
    pub paused: bool,
    /// The recording, when the history told it and the events did not.
    #[serde(default)]
    pub late_recording_id: Option<String>,
    /// Made from the PBX's history, because the call's events never came.
    #[serde(default)]
    pub recovered: bool,
}

/// One attempt at a time: who holds the record, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Random, one per attempt.
    pub id: String,
    /// When it was taken.
    pub since: Timestamp,
    /// When it may be taken by others.
    pub until: Timestamp,
}

/// One attempt at delivering a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// Which revision it carried.
    pub revision: u32,
    /// How it ended.
    pub class: AttemptClass,
    /// HTTP status, if an answer came.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// For people; no body, no personal data.
    pub detail: Option<String>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptClass {
    /// The CRM has the record.
    Delivered,
    /// It may pass by itself, and the CRM surely has nothing.
    Transient,
    /// The request left, and no answer came: perhaps delivered.
    PerhapsDelivered,
    /// Asked to wait.
    Throttled,
    /// Refused for what it is.
    Refused,
    /// Refused for who we are (401, 403).
    Unauthorised,
    /// The endpoint is gone (410).
    Gone,
}
