//! A call record as a CRM that follows the webhook's contract keeps it: whatever the order of the messages, the
//! latest revision stands, and no pop-up overwrites what was logged.

use std::collections::BTreeSet;

use ringbridge::clock::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::page::written;

/// A call record as the CRM has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    /// `data.record_id`.
    pub record_id: String,
    /// `type` of the message that stands; a recording leaves the type of the record that it belongs to.
    #[serde(rename = "type")]
    pub kind: String,
    /// `data.revision` of the message that stands.
    pub revision: u64,
    /// `data` of the message that stands.
    pub data: Value,
    /// The ids of all messages about it.
    pub message_ids: BTreeSet<String>,
    /// Messages that came again.
    pub repeats: u64,
    /// Grows with every change of any record.
    #[serde(skip)]
    pub changed: u64,
    /// When the first message arrived that the call has ended or was missed, if the inbox has a clock.
    #[serde(skip)]
    pub ended_at: Option<Timestamp>,
    /// What each message changed, in the order of arrival.
    #[serde(skip)]
    pub changes: Vec<Change>,
}

/// What a message changed of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Grows with every message about any record.
    pub order: u64,
    /// When it came, if the inbox has a clock.
    pub at: Option<Timestamp>,
    /// Its type.
    pub kind: String,
    /// Its revision.
    pub revision: u64,
    /// The extension that it is about.
    pub place: String,
    /// Whether it was the latest; otherwise it changed nothing.
    pub counted: bool,
    /// Each field that it changed, from what to what.
    pub fields: Vec<String>,
}

/// A message about a call, taken apart.
#[derive(Clone, Copy)]
pub(super) struct Message<'a> {
    /// `webhook-id`.
    pub(super) id: &'a str,
    kind: &'a str,
    pub(super) record_id: &'a str,
    revision: u64,
    data: &'a Value,
}

impl<'a> Message<'a> {
    /// `None` when the body is no message about a call.
    pub(super) fn read(id: &'a str, body: &'a Value) -> Option<Self> {
        let data = &body["data"];
        let (kind, record_id) = (body["type"].as_str()?, data["record_id"].as_str()?);
        Some(Self { id, kind, record_id, revision: data["revision"].as_u64()?, data })
    }

    /// What it changed.
    fn change(&self, order: u64, at: Option<Timestamp>, counted: bool, fields: Vec<String>) -> Change {
        let place = written(&self.data["internal_number"]);
        Change { order, at, kind: self.kind.to_owned(), revision: self.revision, place, counted, fields }
    }

    /// Whether it says that a call has ended or was missed.
    pub(super) fn logs(&self) -> bool {
        matches!(self.kind, "call.ended" | "call.missed")
    }

    /// What a record becomes by it. A recording is the record itself, with one field more.
    fn state(&self) -> &'a str {
        match self.kind {
            "call.recording" if self.data["outcome"] == "missed" => "call.missed",
            "call.recording" => "call.ended",
            other => other,
        }
    }
}

impl Record {
    /// A record of which nothing was known.
    pub(super) fn begin(message: Message<'_>, order: u64, now: Option<Timestamp>) -> Self {
        Self {
            record_id: message.record_id.to_owned(),
            kind: message.state().to_owned(),
            revision: message.revision,
            data: message.data.clone(),
            message_ids: BTreeSet::from([message.id.to_owned()]),
            repeats: 0,
            changed: order,
            ended_at: now.filter(|_| message.logs()),
            changes: vec![message.change(order, now, true, Vec::new())],
        }
    }

    /// Takes another message: a repeat changes nothing, a late message overwrites no later one. False for a repeat.
    pub(super) fn take(&mut self, message: Message<'_>, order: u64, now: Option<Timestamp>) -> bool {
        if !self.message_ids.insert(message.id.to_owned()) {
            self.repeats += 1;
            return false;
        }
        self.ended_at = self.ended_at.or(now.filter(|_| message.logs()));
        let former = self.data.clone();
        let recording = message.kind == "call.recording";
        let mut counted = true;
        if recording && self.is_withdrawn() {
            // Nothing to listen to any more.
            counted = false;
        } else if (rank(message.kind), message.revision) > (rank(&self.kind), self.revision) {
            message.state().clone_into(&mut self.kind);
            self.data = message.data.clone();
            self.revision = message.revision;
            self.changed = order;
        } else if recording && self.data["recording_url"].is_null() {
            self.data["recording_url"] = message.data["recording_url"].clone();
            self.changed = order;
        } else {
            counted = false;
        }
        self.changes.push(message.change(order, now, counted, differences(&former, &self.data)));
        true
    }

    /// Whether it is in the CRM's log: it ended or was missed, and was not withdrawn.
    pub fn stands(&self) -> bool {
        matches!(self.kind.as_str(), "call.ended" | "call.missed")
    }

    /// Whether it was taken back.
    pub fn is_withdrawn(&self) -> bool {
        self.kind == "call.withdrawn"
    }

    /// Whether it is a pop-up of which nothing more was heard.
    pub fn is_signal(&self) -> bool {
        rank(&self.kind) < LOGGED
    }
}

/// The fields that differ, each from what to what; the revision is told beside them.
fn differences(former: &Value, now: &Value) -> Vec<String> {
    let fields = now.as_object().into_iter().flatten();
    let differ = fields.filter(|(name, value)| *name != "revision" && former[name.as_str()] != **value);
    let told = differ.map(|(name, value)| {
        // An address is long, and the page links it.
        if name == "recording_url" {
            return "recording_url set".to_owned();
        }
        format!("{name} {} → {}", written(&former[name.as_str()]), written(value))
    });
    told.collect()
}

/// The rank of what is logged, above all pop-ups: among these the revision decides.
const LOGGED: u8 = 3;

/// A call rings before it stops ringing or is answered, and is answered before it ends.
fn rank(kind: &str) -> u8 {
    match kind {
        "call.ringing" => 0,
        "call.stopped" => 1,
        "call.answered" => 2,
        _ => LOGGED,
    }
}
