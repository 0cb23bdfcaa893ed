//! What the PBX's history tells of finished calls (docs/pbx.md §10.3), and what is kept of it beside a call's events.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::model::call::LegExtension;
use crate::model::extension::ExtensionKind;
use crate::model::ids::{CallId, ExtensionId, LegId};
use crate::model::number::{ExtensionNumber, PhoneNumber};

/// A call of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryCall {
    /// The call.
    pub call_id: CallId,
    /// The call as a whole.
    pub summary: HistoryLeg,
    /// Its legs.
    pub legs: Vec<HistoryLeg>,
    /// Legs that could not be read.
    pub skipped: u32,
}

/// A leg of a call, or a call as a whole. Numbers are as the PBX wrote them, extensions among them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryLeg {
    /// Its direction.
    #[serde(rename = "f")]
    pub flow: Option<HistoryFlow>,
    /// How it ended.
    #[serde(rename = "r")]
    pub result: CallResult,
    /// When it began.
    #[serde(rename = "s")]
    pub started_at: Option<Timestamp>,
    /// When both parties were connected.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub bridged_at: Option<Timestamp>,
    /// When it ended.
    #[serde(rename = "e")]
    pub ended_at: Option<Timestamp>,
    /// From beginning to end, in whole seconds.
    #[serde(rename = "d")]
    pub duration: Duration,
    /// Talk time, in whole seconds.
    #[serde(rename = "t")]
    pub bridged_duration: Duration,
    /// Whether both parties were connected.
    #[serde(rename = "c")]
    pub bridged: bool,
    /// Who called.
    #[serde(rename = "n")]
    pub from: Option<PhoneNumber>,
    /// Who was called.
    #[serde(rename = "o")]
    pub to: Option<PhoneNumber>,
    /// The line it came in on.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub did: Option<PhoneNumber>,
    /// The extension it is filed under.
    #[serde(rename = "x")]
    pub extension_id: Option<ExtensionId>,
    /// That extension's kind.
    #[serde(rename = "k")]
    pub extension_kind: Option<ExtensionKind>,
    /// The recording's id, as it came.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub recording_id: Option<String>,
    /// `callcenter`, `callback`, `intercept`.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
}

/// Direction in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HistoryFlow {
    /// Towards the extension.
    In,
    /// From the extension.
    Out,
    /// A transfer.
    Transfer,
}

/// How the history says that a call ended. Whatever is not known is not success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallResult {
    /// Taken.
    Answered,
    /// Taken, and both parties were connected.
    Bridged,
    /// Another phone was quicker.
    AnsweredElsewhere,
    /// Rang out.
    NotAnswered,
    /// Busy.
    Busy,
    /// Refused.
    Rejected,
    /// Taken by the voicemail.
    Voicemail,
    /// An error.
    Failed,
    /// Absent or unknown.
    Unknown,
}

impl HistoryLeg {
    /// Whether somebody talked on it.
    pub const fn is_answered(&self) -> bool {
        matches!(self.result, CallResult::Answered | CallResult::Bridged)
    }

    /// Talk time; where nothing else tells, a leg's own `duration` is that already (docs/pbx.md §11.11).
    pub fn talk(&self) -> Duration {
        match self.bridged_at.zip(self.ended_at) {
            _ if !self.bridged_duration.is_zero() => self.bridged_duration,
            Some((bridged, ended)) => ended.since(bridged),
            None => self.duration,
        }
    }

    /// When the talk began, as far as it is told.
    pub fn answered_at(&self) -> Option<Timestamp> {
        let derived = || self.ended_at.map(|ended| ended - self.talk());
        self.bridged_at.or_else(derived).filter(|_| self.is_answered())
    }
}

/// One page of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    /// What could be read.
    pub calls: Vec<HistoryCall>,
    /// How many could not be read.
    pub skipped: u32,
    /// Whether the page was full, so that there may be another.
    pub full: bool,
}

/// What the history told of a call, kept beside its events: the last word on what no event told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The legs that say something: of phones, queues and IVRs.
    pub legs: Vec<ToldLeg>,
    /// Whether the call came in.
    pub inbound: bool,
    /// Who called, for the call as a whole.
    pub caller: Option<PhoneNumber>,
}

/// A leg as the history told it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldLeg {
    /// What it told.
    #[serde(rename = "h")]
    pub told: HistoryLeg,
    /// The number of its extension, when we watch it.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub watched: Option<ExtensionNumber>,
    /// The leg under which its record was made, when no event of it had come by then.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub recovered_as: Option<LegId>,
}

impl ToldLeg {
    /// Its extension, when we watch it.
    pub fn extension(&self) -> Option<LegExtension> {
        Some(LegExtension {
            id: self.told.extension_id?,
            kind: self.told.extension_kind?,
            number: self.watched.clone()?,
        })
    }

    /// Whether it is a person's; a leg without a kind is of no queue and no IVR.
    pub fn is_phone(&self) -> bool {
        matches!(self.told.extension_kind, Some(ExtensionKind::Phone) | None)
    }
}
