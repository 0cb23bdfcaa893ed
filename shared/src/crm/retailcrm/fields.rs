//! What RetailCRM is told of a call, field by field (docs/retailcrm.md §3).

use serde_json::{Map, Value, json};

use crate::crm::{Access, CrmError, Message, caller, local_time};
use crate::model::call::{Direction, Outcome, RecordKind};
use crate::model::delivery::AttemptClass::Refused;
use crate::model::ids::CrmUserId;
use crate::model::number::ExtensionNumber;

/// What our telephony is called there, as an integration module and as its client.
pub(super) const MODULE: &str = "ringbridge";

/// Whose the call is: the number that users have there.
pub(super) fn user(message: &Message<'_>) -> Result<Option<u64>, CrmError> {
    let wrong = "the mapping names somebody who is no RetailCRM user: choose from the list";
    let parse = |user: &CrmUserId| user.as_str().parse().map_err(|_| CrmError::answered(0, Refused, wrong));
    message.crm_user.map(parse).transpose()
}

/// The extension as people there enter it: without the PBX's prefix.
pub(super) fn code<'a>(message: &Message<'a>) -> Option<&'a str> {
    message.record.internal_number.as_ref().map(ExtensionNumber::short)
}

/// A call of the log, or nothing where there is no number to log it with.
pub(super) fn call(access: Access<'_>, message: &Message<'_>, user: Option<u64>) -> Option<Value> {
    let record = message.record;
    let phone = caller::written(access, message)?;
    let mut call = Map::new();
    let mut put = |name: &str, value: Value| drop(call.insert(name.to_owned(), value));
    put("externalId", json!(record.record_id.to_string()));
    put("date", json!(local_time::plain(local_time::at(record.started_at, &access.policy.timezone))));
    put("type", json!(way(message)));
    put("phone", json!(phone));
    match (user, code(message)) {
        (Some(user), _) => put("userId", json!(user)),
        (None, Some(code)) => put("code", json!(code)),
        (None, None) => {}
    }
    put("result", json!(result(message)));
    put("duration", json!(record.talk_seconds()));
    let waited = record.answered_at.or(record.ended_at).map(|until| until.since(record.started_at).as_secs());
    put("durationWaiting", json!(waited.unwrap_or_default()));
    if let Some(did) = &record.did {
        put("externalPhone", json!(did.reveal()));
    }
    if let Some(url) = message.recording_url {
        put("recordUrl", json!(url));
    }
    Some(Value::Object(call))
}

/// What happens on a phone now.
pub(super) fn event(access: Access<'_>, message: &Message<'_>, what: &str) -> Option<Map<String, Value>> {
    let phone = caller::written(access, message)?;
    let mut event = Map::new();
    event.insert("type".to_owned(), json!(what));
    event.insert("phone".to_owned(), json!(phone));
    event.insert("callExternalId".to_owned(), json!(message.record.record_id.to_string()));
    event.extend(code(message).map(|code| ("codes".to_owned(), json!([code]))));
    event.extend(user(message).ok().flatten().map(|user| ("userIds".to_owned(), json!([user]))));
    event.extend(message.record.did.as_ref().map(|did| ("externalPhone".to_owned(), json!(did.reveal()))));
    (event.contains_key("codes") || event.contains_key("userIds")).then_some(event)
}

/// Which way it went.
pub(super) const fn way(message: &Message<'_>) -> &'static str {
    match message.record.direction {
        Direction::Inbound => "in",
        Direction::Outbound => "out",
    }
}

/// How a phone stopped: the words of live events differ from those of the log.
pub(super) fn hung_up(message: &Message<'_>) -> &'static str {
    match message.record.outcome {
        Some(Outcome::Answered) => "answered",
        Some(Outcome::Busy) => "busy",
        Some(Outcome::Cancelled) => "cancel",
        Some(Outcome::Failed | Outcome::Unavailable) => "failed",
        Some(Outcome::NoAnswer | Outcome::Missed) | None => "no answered",
    }
}

fn result(message: &Message<'_>) -> &'static str {
    match message.record.outcome {
        Some(Outcome::Answered) => "answered",
        Some(Outcome::Busy) => "busy",
        Some(Outcome::NoAnswer | Outcome::Missed | Outcome::Cancelled) => "no answer",
        Some(Outcome::Failed | Outcome::Unavailable) => "failed",
        None if message.record.kind == RecordKind::Missed => "no answer",
        None => "unknown",
    }
}
