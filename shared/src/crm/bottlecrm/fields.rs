//! What BottleCRM is told of a call, field by field. The body is ours and people's: they may write beside our lines
//! (docs/bottlecrm.md §3).

use serde_json::{Value, json};

use super::contact::Bound;
use crate::clock::Timestamp;
use crate::crm::subject::subject as named;
use crate::crm::{Access, Message, caller};
use crate::model::call::{Direction, Outcome};
use crate::model::ids::ExtensionId;

/// The longest subject, in characters.
const LONGEST_SUBJECT: usize = 200;
/// The longest body.
const LONGEST_BODY: usize = 10_000;

/// How our lines of a body begin.
const EXTENSION: &str = "Extension: ";
const LINE: &str = "Line: ";
const RECORDING: &str = "Recording: ";
const MARK: &str = "Ringbridge: ";

/// By what an interaction is known to be this record's.
pub(super) fn mark(message: &Message<'_>) -> String {
    format!("{MARK}{}", message.record.record_id)
}

/// An interaction on a contact or a lead.
pub(super) fn new(access: Access<'_>, message: &Message<'_>, person: Option<&str>, at: &Bound) -> Value {
    let mut fields = changed(access, message, person, Some(""));
    fields["kind"] = json!("call");
    fields[at.kind()] = json!(at.id().as_str());
    fields
}

/// The same as it is now; the body only where what stands in it is known.
pub(super) fn changed(
    access: Access<'_>,
    message: &Message<'_>,
    person: Option<&str>,
    body_before: Option<&str>,
) -> Value {
    let record = message.record;
    let mut fields = json!({
        "direction": match record.direction { Direction::Inbound => "inbound", Direction::Outbound => "outbound" },
        "occurred_at": Timestamp::from_secs(record.started_at.secs()).rfc3339(),
        "duration_seconds": record.talk_seconds(),
        "outcome": outcome(message),
        "subject": subject(access, message, person),
    });
    if let Some(before) = body_before {
        fields["body"] = json!(body(message, before));
    }
    fields
}

/// BottleCRM knows no missed call: it is an incoming one that nobody answered.
fn outcome(message: &Message<'_>) -> &'static str {
    match message.record.outcome {
        Some(Outcome::Answered) => "connected",
        Some(Outcome::Busy) => "busy",
        Some(
            Outcome::NoAnswer | Outcome::Cancelled | Outcome::Failed | Outcome::Unavailable | Outcome::Missed,
        )
        | None => "no_answer",
    }
}

/// Such as `Missed call from +442079460555 – Ann Example`.
fn subject(access: Access<'_>, message: &Message<'_>, person: Option<&str>) -> String {
    let number = caller::written(access, message).unwrap_or_default();
    let person = person.map(|person| format!(" – {person}")).unwrap_or_default();
    format!("{}{person}", named(message, &number)).chars().take(LONGEST_SUBJECT).collect()
}

/// Whether nobody wrote beside our lines.
pub(super) fn is_ours_alone(body: &str) -> bool {
    theirs(body).trim().is_empty()
}

fn theirs(body: &str) -> String {
    let ours = |line: &&str| [EXTENSION, LINE, RECORDING, MARK].iter().any(|begin| line.starts_with(begin));
    body.lines().filter(|line| !ours(line)).collect::<Vec<_>>().join("\n")
}

/// What people wrote, and our lines behind it.
fn body(message: &Message<'_>, before: &str) -> String {
    let record = message.record;
    let theirs = theirs(before);
    let extension = record.internal_number.as_ref().map_or_else(
        || ExtensionId::get(record.extension_id).to_string(),
        |number| number.as_str().to_owned(),
    );
    let mut lines = vec![format!("{EXTENSION}{extension}")];
    lines.extend(record.did.as_ref().map(|did| format!("{LINE}{}", did.reveal())));
    lines.extend(message.recording_url.map(|url| format!("{RECORDING}{url}")));
    lines.push(mark(message));
    let ours = lines.join("\n");
    let room = LONGEST_BODY.saturating_sub(ours.chars().count() + 1);
    let theirs: String = theirs.trim_end().chars().take(room).collect();
    if theirs.is_empty() { ours } else { format!("{theirs}\n{ours}") }
}
