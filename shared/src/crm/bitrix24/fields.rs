//! What Bitrix24 is told of a call, field by field.

use serde_json::{Value, json};

use super::wire::{USER, id};
use crate::clock::Timestamp;
use crate::crm::{Access, CrmError, Message, caller};
use crate::model::call::{Direction, Outcome, RecordKind};
use crate::model::delivery::AttemptClass::Refused;

/// The number of the external line that calls are shown on.
pub(super) const LINE: &str = "ringbridge";
/// What stands for the number of a caller who withheld it.
const WITHHELD: &str = "anonymous";

/// Whose the call is: the mapped user, or whoever connected the portal; and whether it is the mapped one.
pub(super) fn user(access: Access<'_>, message: &Message<'_>) -> Result<(u64, bool), CrmError> {
    if let Some(user) = message.crm_user {
        let user = id(&json!(user.as_str()));
        let wrong = "the mapping names somebody who is no Bitrix24 user: choose from the list";
        return user.map(|user| (user, true)).ok_or(CrmError::answered(0, Refused, wrong));
    }
    let fallback = access.grant.and_then(|grant| id(&json!(grant.fact(USER)?)));
    let nobody = "nobody in Bitrix24 answers for this call: map the extension, or choose a default user";
    fallback.map(|user| (user, false)).ok_or(CrmError::answered(0, Refused, nobody))
}

/// A registration. Number, type, user, line and external id are Bitrix24's key for half an hour.
pub(super) fn register(
    access: Access<'_>,
    message: &Message<'_>,
    user: u64,
    external: &str,
    show: bool,
) -> Value {
    let record = message.record;
    let number = caller::written(access, message);
    json!({
        "USER_ID": user,
        "PHONE_NUMBER": number.as_deref().unwrap_or(WITHHELD),
        "TYPE": match record.direction { Direction::Outbound => 1, Direction::Inbound => 2 },
        "CALL_START_DATE": start(record.started_at),
        "CRM_CREATE": 0,
        "SHOW": u8::from(show),
        "ADD_TO_CHAT": 0,
        "LINE_NUMBER": LINE,
        "EXTERNAL_CALL_ID": external,
    })
}

/// The end of a call. The code is always said: of an answered call of no length Bitrix24 would make a missed one.
pub(super) fn finish(message: &Message<'_>, user: u64, call: &str) -> Value {
    let missed = message.record.kind == RecordKind::Missed;
    json!({
        "CALL_ID": call,
        "USER_ID": user,
        "DURATION": message.record.talk_seconds(),
        "STATUS_CODE": status(message),
        "ADD_TO_CHAT": u8::from(missed),
    })
}

/// Where the recording is; the name's ending says what it is.
pub(super) fn attach(message: &Message<'_>, url: &str, call: &str) -> Value {
    json!({ "CALL_ID": call, "RECORD_URL": url, "FILENAME": format!("{}.mp3", message.record.record_id) })
}

fn status(message: &Message<'_>) -> &'static str {
    match message.record.outcome {
        Some(Outcome::Answered) => "200",
        Some(Outcome::Missed | Outcome::NoAnswer) => "304",
        Some(Outcome::Busy) => "486",
        Some(Outcome::Cancelled) => "603-S",
        Some(Outcome::Unavailable) => "480",
        None if message.record.kind == RecordKind::Missed => "304",
        Some(Outcome::Failed) | None => "OTHER",
    }
}

/// To the second and with a numeric zone.
fn start(at: Timestamp) -> String {
    Timestamp::from_secs(at.secs()).rfc3339().replace('Z', "+00:00")
}
