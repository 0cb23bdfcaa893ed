//! The values of one call by their names, each in the few forms that CRMs ask for: a format is a name of its own, not an
//! expression (docs/templates.md §3).

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use super::document::Template;
use super::text::{CONTACT, RECORD};
use crate::clock::Timestamp;
use crate::crm::subject::subject;
use crate::crm::{Access, CrmError, Message, caller, local_time};
use crate::model::call::{Direction, Outcome, RecordKind};
use crate::model::delivery::AttemptClass::Refused;
use crate::model::ids::CrmUserId;
use crate::model::number::{ExtensionNumber, PhoneNumber};

/// What stands for the number of a caller who withheld it.
const WITHHELD: &str = "unknown";

/// Values by name; what a call does not have is not in it. Without `Debug`, since numbers stand in it.
#[derive(Default)]
pub(super) struct Values(BTreeMap<&'static str, Value>);

impl Values {
    /// Of a call.
    pub(super) fn of(template: &Template, access: Access<'_>, message: &Message<'_>) -> Self {
        let record = message.record;
        let mut values = Self::default();
        let id = record.record_id.to_string();
        values.put("mark", format!("Ringbridge: {id}"));
        values.put("record_id", id);
        values.put("call_id", record.call_id.as_str());
        let written = caller::written(access, message);
        values.put("number", written.clone().unwrap_or_else(|| WITHHELD.to_owned()));
        values.put("subject", subject(message, written.as_deref().unwrap_or(WITHHELD)));
        let extension = record.internal_number.as_ref().map(ExtensionNumber::as_str);
        let ours = record.did.as_ref().map(PhoneNumber::reveal).or(extension).unwrap_or(WITHHELD);
        let theirs = written.as_deref().unwrap_or(WITHHELD);
        let (from, to) = match record.direction {
            Direction::Inbound => (theirs, ours),
            Direction::Outbound => (ours, theirs),
        };
        values.put("from_number", from);
        values.put("to_number", to);
        values.may("external_number", written);
        if let Some(number) = caller::lookable(access, message) {
            let spellings = number.spellings();
            values.may("external_digits", spellings.get(1).cloned());
            values.may("external_national", spellings.get(2).cloned());
        }
        values.may("internal_number", record.internal_number.as_ref().map(ExtensionNumber::as_str));
        values.may("extension", record.internal_number.as_ref().map(ExtensionNumber::short));
        values.may("did", record.did.as_ref().map(PhoneNumber::reveal));
        values.may("user", message.crm_user.map(CrmUserId::as_str));
        values.may("recording_url", message.recording_url);
        values.word(template, "direction", way(record.direction));
        values.word(template, "outcome", outcome(message));
        let missed = record.kind == RecordKind::Missed;
        values.word(template, "call_type", if missed { "missed" } else { way(record.direction) });
        let ended = record.ended_at.unwrap_or(record.started_at);
        let zone = &access.policy.timezone;
        let local = local_time::at(record.started_at, zone);
        values.put("started_date", local_time::plain(local).chars().take(10).collect::<String>());
        for (at, names) in [
            (record.started_at, ["started_at", "started_utc", "started_local", "started_zoned"]),
            (ended, ["ended_at", "ended_utc", "ended_local", "ended_zoned"]),
        ] {
            values.moment(at, zone, names);
        }
        let talk = record.talk_seconds();
        let (hours, minutes, seconds) = (talk / 3600, talk / 60 % 60, talk % 60);
        values.put("talk_seconds", talk);
        values.put("talk_clock", format!("{hours}:{minutes:02}:{seconds:02}"));
        values.put("talk_minutes", format!("{:02}:{seconds:02}", talk / 60));
        let waited = record.answered_at.unwrap_or(ended).since(record.started_at).as_secs();
        values.put("wait_seconds", waited);
        values
    }

    fn put(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.insert(name, value.into());
    }

    fn may(&mut self, name: &'static str, value: Option<impl Into<Value>>) {
        self.0.extend(value.map(|value| (name, value.into())));
    }

    /// The CRM's word for ours, if the template has one.
    fn word(&mut self, template: &Template, name: &'static str, ours: &str) {
        let table = template.words.get(name);
        let theirs = table.and_then(|table| table.get(ours).or_else(|| table.get("*")));
        self.put(name, theirs.cloned().unwrap_or_else(|| json!(ours)));
    }

    fn moment(&mut self, at: Timestamp, zone: &str, [utc, plain, local, zoned]: [&'static str; 4]) {
        let there = local_time::at(Timestamp::from_secs(at.secs()), zone);
        self.put(utc, at.rfc3339());
        self.put(plain, local_time::plain(local_time::at(at, "UTC")));
        self.put(local, local_time::plain(there));
        self.put(zoned, there.format(&Rfc3339).unwrap_or_default().replace('Z', "+00:00"));
    }

    /// The same with what a request gave.
    #[must_use]
    pub(super) fn with(mut self, contact: Option<&str>, record: Option<&str>) -> Self {
        self.may(CONTACT, contact);
        self.may(RECORD, record);
        self
    }

    /// A value.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

/// A value as a text.
pub(super) fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A value as a number.
pub(super) fn number(value: &Value) -> Result<Value, CrmError> {
    let wrong =
        "the template wants a number where this call has none: a user or contact with another kind of id";
    if value.is_number() {
        return Ok(value.clone());
    }
    let number = value.as_str().and_then(|text| text.trim().parse::<i64>().ok());
    number.map(Value::from).ok_or(CrmError::answered(0, Refused, wrong))
}

const fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "inbound",
        Direction::Outbound => "outbound",
    }
}

fn outcome(message: &Message<'_>) -> &'static str {
    let missed = message.record.kind == RecordKind::Missed;
    let unsaid = if missed { Outcome::Missed } else { Outcome::NoAnswer };
    match message.record.outcome.unwrap_or(unsaid) {
        Outcome::Answered => "answered",
        Outcome::NoAnswer => "no_answer",
        Outcome::Busy => "busy",
        Outcome::Cancelled => "cancelled",
        Outcome::Failed => "failed",
        Outcome::Unavailable => "unavailable",
        Outcome::Missed => "missed",
    }
}
