//! What becomes of a record: its state, its attempts, and what comes next (P4).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::model::call::{CallRecord, RecordKind};
use crate::model::ids::CrmUserId;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What is to stand in the CRM; of a withdrawn record, what stood there last.
    pub record: CallRecord,
    /// Whose it is; settled with the extension that the record belongs to, so that later changes of the mapping
    /// alter nothing.
    pub crm_user: Option<CrmUserId>,
    /// What the CRM is told of it.
    pub tells: Tells,
    /// Grows when what was told changes; from 1.
    pub revision: u32,
    /// What the CRM has, or may have, at the latest.
    pub sent: Option<Sent>,
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
    /// How far the CRM's steps came, and what it calls what was made.
    pub progress: Progress,
    /// Parked because the connection's deliveries are paused, and resumed with them.
    pub paused: bool,
    /// Made from the PBX's history, because the call's events never came.
    pub recovered: bool,
}

impl Delivery {
    /// The type of the message that is to go out, or went out last.
    pub const fn kind(&self) -> RecordKind {
        match self.tells {
            Tells::Withdrawal => RecordKind::Withdrawn,
            Tells::Recording => RecordKind::Recording,
            Tells::Record => self.record.kind,
        }
    }

    /// Whether its ground is gone.
    pub fn is_withdrawn(&self) -> bool {
        self.tells == Tells::Withdrawal
    }
}

/// How far a delivery in steps came. What is in it was stored before the next step was begun.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What the CRM calls what was made, by the connector's own names; kept over revisions.
    #[serde(rename = "i", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ids: BTreeMap<String, String>,
    /// The steps of this revision that are done, by the connector's own names.
    #[serde(rename = "d", default, skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<String>,
}

impl Progress {
    /// The name of the id that a person may look for in the CRM.
    pub const RECORD: &str = "record";

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.done.is_empty()
    }

    /// An id that the CRM gave.
    pub fn id(&self, name: &str) -> Option<&str> {
        self.ids.get(name).map(String::as_str)
    }

    /// Whether a step of this revision is done.
    pub fn is_done(&self, step: &str) -> bool {
        self.done.iter().any(|done| done == step)
    }

    /// The same with an id.
    #[must_use]
    pub fn with_id(mut self, name: &str, id: impl Into<String>) -> Self {
        self.ids.insert(name.to_owned(), id.into());
        self
    }

    /// The same with a step done.
    #[must_use]
    pub fn with_done(mut self, step: &str) -> Self {
        if !self.is_done(step) {
            self.done.push(step.to_owned());
        }
        self
    }
}

/// What a CRM is told of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tells {
    /// What it says.
    #[default]
    Record,
    /// That its recording became available: the rest is known.
    #[serde(rename = "r")]
    Recording,
    /// That it is no longer true.
    #[serde(rename = "w")]
    Withdrawal,
}

impl Tells {
    /// Whether it is what is told of most records.
    pub fn is_record(&self) -> bool {
        *self == Self::Record
    }
}

/// A revision that left us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Which.
    #[serde(rename = "r")]
    pub revision: u32,
    /// Whether the CRM said that it has it; else it perhaps has.
    #[serde(rename = "s")]
    pub sure: bool,
    /// Whether it said that the record is no longer true.
    #[serde(rename = "w", default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
    /// What it carried, if that is not what stands in the delivery now.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Box<Content>>,
}

/// What a revision carried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The record.
    pub record: CallRecord,
    /// Whose it was.
    pub crm_user: Option<CrmUserId>,
}

/// One attempt at a time: who holds the record, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Random, one per attempt.
    #[serde(rename = "i")]
    pub id: String,
    /// When it was taken.
    #[serde(rename = "s")]
    pub since: Timestamp,
    /// When it may be taken by others.
    #[serde(rename = "u")]
    pub until: Timestamp,
}

/// One attempt at delivering a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it began.
    #[serde(rename = "a")]
    pub at: Timestamp,
    /// Which revision it carried.
    #[serde(rename = "r")]
    pub revision: u32,
    /// How it ended.
    #[serde(rename = "c")]
    pub class: AttemptClass,
    /// HTTP status, if an answer came.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    #[serde(rename = "m")]
    pub millis: u64,
    /// For people; no body, no personal data.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
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
    /// Refused until the CRM's bill is paid.
    Unpaid,
    /// The endpoint is gone (410).
    Gone,
}

impl AttemptClass {
    /// Its name in logs and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Transient => "transient",
            Self::PerhapsDelivered => "perhaps_delivered",
            Self::Throttled => "throttled",
            Self::Refused => "refused",
            Self::Unauthorised => "unauthorised",
            Self::Unpaid => "unpaid",
            Self::Gone => "gone",
        }
    }
}

/// Which records are resent together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// All that are parked or were given up.
    Failed,
    /// Those that a pause of the connection parked.
    Paused,
}

impl Which {
    /// Whether it is one of them.
    pub fn holds(self, delivery: &Delivery) -> bool {
        let failed = matches!(delivery.state, DeliveryState::Parked | DeliveryState::GaveUp);
        match self {
            Self::Failed => failed,
            Self::Paused => failed && delivery.paused,
        }
    }
}
