//! What Kommo is told of a call, field by field (docs/kommo.md §4).

use serde_json::{Value, json};

use super::contact::Bound;
use crate::crm::{Access, CrmError, Message, caller};
use crate::model::call::{Direction, Outcome, RecordKind};
use crate::model::delivery::AttemptClass::Refused;
use crate::model::ids::ExtensionId;

/// Where calls come from, as it is shown beside them.
pub(super) const SOURCE: &str = "Ringbridge";

const WITHDRAWN: &str = "This entry does not hold: the call turned out otherwise.";
const NOBODY: &str = "the mapping names somebody who is no Kommo user: choose from the list";

/// Whose the call is, if anybody's.
pub(super) fn user(message: &Message<'_>) -> Result<Option<u64>, CrmError> {
    let Some(user) = message.crm_user else { return Ok(None) };
    let id = user.as_str().parse().ok().filter(|id: &u64| *id > 0);
    id.map(Some).ok_or(CrmError::answered(0, Refused, NOBODY))
}

/// The kind of note that a call is.
pub(super) fn note_type(message: &Message<'_>) -> &'static str {
    match message.record.direction {
        Direction::Inbound => "call_in",
        Direction::Outbound => "call_out",
    }
}

/// A new note.
pub(super) fn new(
    access: Access<'_>,
    message: &Message<'_>,
    user: Option<u64>,
    bound: Bound,
    uniq: &str,
) -> Value {
    let mut note = json!({
        "entity_id": bound.id,
        "note_type": note_type(message),
        "created_at": message.record.started_at.secs(),
        "params": params(access, message, user, uniq),
    });
    if let Some(user) = user {
        note["created_by"] = json!(user);
        note["responsible_user_id"] = json!(user);
    }
    note
}

/// The note as it is now.
pub(super) fn changed(
    access: Access<'_>,
    message: &Message<'_>,
    user: Option<u64>,
    (bound, note): (Bound, u64),
    uniq: &str,
) -> Value {
    json!({
        "id": note,
        "entity_id": bound.id,
        "note_type": note_type(message),
        "params": params(access, message, user, uniq),
    })
}

/// The note of a call that turned out not to be: it stays, since nothing takes a note away.
pub(super) fn withdrawn(access: Access<'_>, message: &Message<'_>, place: (Bound, u64), uniq: &str) -> Value {
    let mut note = changed(access, message, None, place, uniq);
    note["params"]["duration"] = json!(0);
    note["params"]["call_result"] = json!(WITHDRAWN);
    if let Value::Object(params) = &mut note["params"] {
        params.remove("call_status");
        params.remove("link");
    }
    note
}

fn params(access: Access<'_>, message: &Message<'_>, user: Option<u64>, uniq: &str) -> Value {
    let mut params = json!({
        "uniq": uniq,
        "duration": message.record.talk_seconds(),
        "source": SOURCE,
        "phone": caller::written(access, message).unwrap_or_default(),
        "call_result": result(message),
    });
    if let Some(status) = status(message) {
        params["call_status"] = json!(status);
    }
    if let Some(link) = message.recording_url {
        params["link"] = json!(link);
    }
    if let Some(user) = user {
        params["call_responsible"] = json!(user);
    }
    params
}

/// Such as `Missed. Line: 442079460100. Extension: 4821*205`.
fn result(message: &Message<'_>) -> String {
    let record = message.record;
    let what = match record.outcome {
        Some(Outcome::Answered) => "Answered",
        Some(Outcome::Busy) => "Busy",
        Some(Outcome::Cancelled) => "Cancelled",
        Some(Outcome::Failed) => "Failed",
        Some(Outcome::Unavailable) => "Not available",
        Some(Outcome::Missed) => "Missed",
        None if record.kind == RecordKind::Missed => "Missed",
        Some(Outcome::NoAnswer) | None => "No answer",
    };
    let extension = record.internal_number.as_ref().map_or_else(
        || ExtensionId::get(record.extension_id).to_string(),
        |number| number.as_str().to_owned(),
    );
    let line = record.did.as_ref().map(|did| format!(" Line: {}.", did.reveal())).unwrap_or_default();
    format!("{what}.{line} Extension: {extension}")
}

/// Kommo's own list of outcomes.
fn status(message: &Message<'_>) -> Option<u8> {
    match message.record.outcome {
        Some(Outcome::Answered) => Some(4),
        Some(Outcome::Busy) => Some(7),
        Some(Outcome::Unavailable) => Some(3),
        Some(Outcome::Missed | Outcome::NoAnswer | Outcome::Cancelled) => Some(6),
        None if message.record.kind == RecordKind::Missed => Some(6),
        Some(Outcome::Failed) | None => None,
    }
}
