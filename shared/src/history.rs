//! What the PBX's history tells of finished calls (pbx-api.md §10.3), and the records that are made up from it.

use std::time::Duration;

use crate::call::{CallRecord, LegExtension};
use crate::clock::Timestamp;
use crate::extension::ExtensionKind;
use crate::ids::{CallId, ExtensionId, LegId};
use crate::number::PhoneNumber;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryLeg {
    /// Its direction.
    pub flow: Option<HistoryFlow>,
    /// How it ended.
    pub result: CallResult,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When both parties were connected.
    pub bridged_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// From beginning to end, in whole seconds.
    pub duration: Duration,
    /// Talk time, in whole seconds.
    pub bridged_duration: Duration,
    /// Whether both parties were connected.
    pub bridged: bool,
    /// Who called.
    pub from: Option<PhoneNumber>,
    /// Who was called.
    pub to: Option<PhoneNumber>,
    /// The line it came in on.
    pub did: Option<PhoneNumber>,
    /// The extension it is filed under.
    pub extension_id: Option<ExtensionId>,
    /// That extension's kind.
    pub extension_kind: Option<ExtensionKind>,
    /// The recording's id, as it came.
    pub recording_id: Option<String>,
    /// `callcenter`, `callback`, `intercept`.
    pub application: Option<String>,
}

/// Direction in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryFlow {
    /// Towards the extension.
    In,
    /// From the extension.
    Out,
    /// A transfer.
    Transfer,
}

/// How the history says that a call ended. Whatever is not known is not success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// A record and the extension it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovered {
    /// The extension.
    pub extension: LegExtension,
    /// The leg; for a missed call the name of where it was lost.
    pub leg: LegId,
    /// The record.
    pub record: CallRecord,
}
