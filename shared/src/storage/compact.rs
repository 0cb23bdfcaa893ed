//! Events and deliveries as short texts. A write is charged by the kilobyte of the whole item, and every event of a leg
//! is a write: so keys are single letters, and what the item says already is not repeated.

use std::cell::OnceCell;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::model::call::{
    ArrivedEvent, CallEvent, CallRecord, Direction, Outcome, RecordId, RecordKind, RecordPlace,
};
use crate::model::delivery::{Attempt, Claim, Delivery, DeliveryState, Progress, Sent, Tells};
use crate::model::ids::{CallId, CrmUserId, ExtensionId, LegId};
use crate::model::number::{ExtensionNumber, PhoneNumber};

/// The documented keys of an event and the letters that stand for them; an upper-case letter stands for a whole field.
const KEYS: &[(&str, char)] = &[
    ("EventType", 't'),
    ("EventTime", 'e'),
    ("CallID", 'c'),
    ("SubCallID", 's'),
    ("CallAPIID", 'p'),
    ("CallFlow", 'f'),
    ("CallStatus", 'u'),
    ("CallerIDNum", NUMBER),
    ("CallerIDName", 'm'),
    ("CalledNumber", 'd'),
    ("CalledDID", 'l'),
    ("CalledExtension", 'x'),
    ("CalledExtensionID", 'i'),
    ("CallerExtension", 'y'),
    ("CallerExtensionID", 'j'),
    ("Duration", 'q'),
    ("RecID", 'r'),
    ("Bridged", 'b'),
    ("Transfered", 'a'),
    ("RemoteNumber", 'o'),
    ("CallBackID", 'k'),
];
/// The call and the leg are those of the item, the handle is the call's, the name is the number.
const SAME_CALL: char = 'C';
const SAME_LEG: char = 'S';
const HANDLE_OF_CALL: char = 'P';
const NUMBER: char = 'n';
const NAME_IS_NUMBER: char = 'M';
/// Any other key follows as it came, with `=` and the value.
const OTHER: char = '?';
/// Never in a value: control characters are refused at the door.
const SEPARATOR: char = '\n';

/// An event of a leg as text.
pub(super) fn event(arrived: &ArrivedEvent, call: &CallId, leg: &LegId) -> String {
    let fields: Vec<_> = arrived.event.raw().collect();
    let number = fields.iter().find(|(key, _)| *key == "CallerIDNum").map(|(_, value)| *value);
    let handle = dashed(call);
    let mut text = arrived.at.micros().to_string();
    for (key, value) in fields {
        text.push(SEPARATOR);
        match (key, KEYS.iter().find(|(known, _)| *known == key)) {
            ("CallID", _) if value == call.as_str() => text.push(SAME_CALL),
            ("SubCallID", _) if value == leg.as_str() => text.push(SAME_LEG),
            ("CallerIDName", _) if Some(value) == number => text.push(NAME_IS_NUMBER),
            ("CallAPIID", _) if value.ends_with(&handle) => {
                text.push(HANDLE_OF_CALL);
                text.push_str(value.strip_suffix(&handle).unwrap_or_default());
            }
            (_, Some((_, letter))) => {
                text.push(*letter);
                text.push_str(value);
            }
            (_, None) => {
                text.push(OTHER);
                text.push_str(key);
                text.push('=');
                text.push_str(value);
            }
        }
    }
    text
}

/// Reads [`event`], by whose identity its attribute is named: so it need not be reckoned again.
pub(super) fn read_event((identity, text): (&str, &str), call: &CallId, leg: &LegId) -> Option<ArrivedEvent> {
    let mut parts = text.split(SEPARATOR);
    let at = Timestamp::from_micros(parts.next()?.parse().ok()?);
    let number = parts.clone().find_map(|part| part.strip_prefix(NUMBER));
    let handle = OnceCell::new();
    let mut fields = Vec::with_capacity(32);
    for part in parts {
        let letter = part.chars().next()?;
        let value = part.get(letter.len_utf8()..)?;
        fields.push(match letter {
            SAME_CALL => ("CallID", call.as_str()),
            SAME_LEG => ("SubCallID", leg.as_str()),
            HANDLE_OF_CALL => {
                ("CallAPIID", handle.get_or_init(|| format!("{value}{}", dashed(call))).as_str())
            }
            NAME_IS_NUMBER => ("CallerIDName", number?),
            OTHER => value.split_once('=')?,
            letter => (KEYS.iter().find(|(_, known)| *known == letter)?.0, value),
        });
    }
    Some(ArrivedEvent::known(at, CallEvent::from_pairs(fields).ok()?, identity.to_owned()))
}

/// The call's id as it stands in its control handle; nothing else for ids that are no 32 hexadecimal digits.
fn dashed(call: &CallId) -> String {
    let id = call.as_str();
    let parts = [id.get(..8), id.get(8..12), id.get(12..16), id.get(16..20), id.get(20..32)];
    let parts: Option<Vec<_>> = parts.into_iter().collect();
    parts.filter(|_| id.len() == 32).map_or_else(|| "\n".to_owned(), |parts| parts.join("-"))
}

/// A delivery as it is stored, without what its item says of it.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(rename = "r")]
    record: StoredRecord,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    crm_user: Option<CrmUserId>,
    #[serde(rename = "w", default, skip_serializing_if = "Tells::is_record")]
    tells: Tells,
    #[serde(rename = "v")]
    revision: u32,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    sent: Option<Sent>,
    #[serde(rename = "s")]
    state: DeliveryState,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(rename = "d")]
    due_since: Timestamp,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<Timestamp>,
    #[serde(rename = "z", default)]
    attempts_used: u32,
    #[serde(rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    attempts: Vec<Attempt>,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    claim: Option<Claim>,
    #[serde(rename = "i", default, skip_serializing_if = "Progress::is_empty")]
    progress: Progress,
    #[serde(rename = "p", default, skip_serializing_if = "std::ops::Not::not")]
    paused: bool,
    #[serde(rename = "h", default, skip_serializing_if = "std::ops::Not::not")]
    recovered: bool,
}

#[derive(Serialize, Deserialize)]
struct StoredRecord {
    /// Only where it is another than the item's.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    leg_id: Option<LegId>,
    #[serde(rename = "d")]
    direction: Direction,
    #[serde(rename = "o")]
    outcome: Option<Outcome>,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    external_number: Option<PhoneNumber>,
    #[serde(rename = "n")]
    internal_number: Option<ExtensionNumber>,
    #[serde(rename = "x")]
    extension_id: ExtensionId,
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    did: Option<PhoneNumber>,
    #[serde(rename = "s")]
    started_at: Timestamp,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    answered_at: Option<Timestamp>,
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    #[serde(rename = "t", default)]
    talk_micros: u64,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    recording_id: Option<String>,
    #[serde(rename = "v", default, skip_serializing_if = "Vec::is_empty")]
    via: Vec<ExtensionNumber>,
    #[serde(rename = "b", default, skip_serializing_if = "std::ops::Not::not")]
    transferred: bool,
}

/// A delivery as text; `leg` is its item's.
pub(super) fn delivery(delivery: &Delivery, leg: Option<&LegId>) -> String {
    let Delivery { record, .. } = delivery.clone();
    let stored = Stored {
        record: StoredRecord {
            leg_id: record.leg_id.filter(|other| Some(other) != leg),
            direction: record.direction,
            outcome: record.outcome,
            external_number: record.external_number,
            internal_number: record.internal_number,
            extension_id: record.extension_id,
            did: record.did,
            started_at: record.started_at,
            answered_at: record.answered_at,
            ended_at: record.ended_at,
            talk_micros: record.talk_micros,
            recording_id: record.recording_id,
            via: record.via,
            transferred: record.transferred,
        },
        crm_user: delivery.crm_user.clone(),
        tells: delivery.tells,
        revision: delivery.revision,
        sent: delivery.sent.clone(),
        state: delivery.state,
        reason: delivery.reason.clone(),
        due_since: delivery.due_since,
        next_attempt_at: delivery.next_attempt_at,
        attempts_used: delivery.attempts_used,
        attempts: delivery.attempts.clone(),
        claim: delivery.claim.clone(),
        progress: delivery.progress.clone(),
        paused: delivery.paused,
        recovered: delivery.recovered,
    };
    // Our own types always serialise.
    serde_json::to_string(&stored).unwrap_or_default()
}

/// Reads [`delivery`].
pub(super) fn read_delivery(
    text: &str,
    id: RecordId,
    call: &CallId,
    leg: Option<&LegId>,
) -> Option<Delivery> {
    let stored: Stored = serde_json::from_str(text).ok()?;
    let record = stored.record;
    Some(Delivery {
        record: CallRecord {
            record_id: id,
            call_id: call.clone(),
            leg_id: record.leg_id.or_else(|| leg.cloned()),
            kind: match id.place() {
                RecordPlace::Leg(_) => RecordKind::Ended,
                RecordPlace::Missed => RecordKind::Missed,
            },
            direction: record.direction,
            outcome: record.outcome,
            external_number: record.external_number,
            internal_number: record.internal_number,
            extension_id: record.extension_id,
            did: record.did,
            started_at: record.started_at,
            answered_at: record.answered_at,
            ended_at: record.ended_at,
            talk_micros: record.talk_micros,
            recording_id: record.recording_id,
            via: record.via,
            transferred: record.transferred,
        },
        crm_user: stored.crm_user,
        tells: stored.tells,
        revision: stored.revision,
        sent: stored.sent,
        state: stored.state,
        reason: stored.reason,
        due_since: stored.due_since,
        next_attempt_at: stored.next_attempt_at,
        attempts_used: stored.attempts_used,
        attempts: stored.attempts,
        claim: stored.claim,
        progress: stored.progress,
        paused: stored.paused,
        recovered: stored.recovered,
    })
}
