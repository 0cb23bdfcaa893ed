//! What HubSpot is told of a call, property by property: all of them texts, durations in milliseconds
//! (docs/hubspot.md §3).

use serde_json::{Map, Value, json};

use super::oauth::{ACCOUNT, APPLICATION};
use super::wire::{CALL_TO_CONTACT, Id, KEY, OWNER};
use crate::clock::Timestamp;
use crate::crm::subject::subject;
use crate::crm::{Access, Message, caller};
use crate::model::call::{Direction, Outcome, RecordKind};
use crate::model::grant::OpenGrant;
use crate::model::ids::ExtensionId;
use crate::model::secret::Digest;

/// The outcomes that every account begins with.
const CONNECTED: &str = "f240bbac-87c9-4f6e-bf70-924b57d47db7";
const NO_ANSWER: &str = "73a0d17f-1163-4015-bdd5-ec830791da20";
const BUSY: &str = "9d9162e7-6cf3-4944-bf63-4dff82258764";

const BODY: &str = "hs_call_body";
/// The longest title, in characters.
const LONGEST_TITLE: usize = 200;

/// All that is said of a call; an empty owner takes the one away that stood there.
pub(super) fn properties(
    access: Access<'_>,
    message: &Message<'_>,
    owner: Option<&Id>,
    application: Option<&OpenGrant>,
) -> Map<String, Value> {
    let record = message.record;
    let outside = caller::written(access, message).unwrap_or_default();
    let inside = record.did.as_ref().map(|did| did.reveal().to_owned());
    let inside = inside.unwrap_or_else(|| extension(message));
    let (direction, from, to) = match record.direction {
        Direction::Inbound => ("INBOUND", outside, inside),
        Direction::Outbound => ("OUTBOUND", inside, outside),
    };
    let (status, disposition) = outcome(message);
    let mut fields = Map::new();
    let mut put = |name: &str, value: &str| drop(fields.insert(name.to_owned(), json!(value)));
    put(KEY, &record.record_id.to_string());
    put("hs_timestamp", &Timestamp::from_secs(record.started_at.secs()).rfc3339());
    put("hs_call_title", &title(access, message));
    put(BODY, &body(message, application.is_some()));
    put("hs_call_direction", direction);
    put("hs_call_duration", &(record.talk_micros / 1_000).to_string());
    put("hs_call_from_number", &from);
    put("hs_call_to_number", &to);
    put("hs_call_status", status);
    put("hs_call_disposition", disposition);
    put(OWNER, owner.map(Id::as_str).unwrap_or_default());
    if let Some(grant) = application {
        put("hs_call_source", "INTEGRATIONS_PLATFORM");
        // HubSpot's player asks for the link by this.
        let token = message.recording_url.and_then(token);
        put("hs_call_external_id", token.unwrap_or(&record.record_id.to_string()));
        put("hs_call_external_account_id", grant.fact(ACCOUNT).unwrap_or_default());
        put("hs_call_app_id", grant.fact(APPLICATION).unwrap_or_default());
        if let Some(url) = message.recording_url {
            put("hs_call_recording_url", url);
        }
    }
    fields
}

/// What stands before the name in a link of ours.
fn token(link: &str) -> Option<&str> {
    link.rsplit('/').nth(1)
}

/// The body of a new call. Associations are always there, be there none.
pub(super) fn new(properties: &Map<String, Value>, contact: Option<&Id>) -> Value {
    let mut properties = properties.clone();
    properties.retain(|_, value| value.as_str() != Some(""));
    json!({ "properties": properties, "associations": contact.map(association).into_iter().collect::<Vec<_>>() })
}

/// The input of an upsert; what people may have written into the text stays, unless our part of it is another.
pub(super) fn upsert(
    message: &Message<'_>,
    properties: &Map<String, Value>,
    body_before: Option<&str>,
) -> Value {
    let mut properties = properties.clone();
    if body_before == Some(body_mark(&properties).as_str()) {
        properties.remove(BODY);
    }
    json!({ "id": message.record.record_id.to_string(), "idProperty": KEY, "properties": properties })
}

/// What tells one text of ours from another.
pub(super) fn body_mark(properties: &Map<String, Value>) -> String {
    let body = properties.get(BODY).and_then(Value::as_str).unwrap_or_default();
    Digest::of(body.as_bytes()).short_hex(8)
}

fn association(contact: &Id) -> Value {
    json!({
        "to": { "id": contact.as_str() },
        "types": [{ "associationCategory": "HUBSPOT_DEFINED", "associationTypeId": CALL_TO_CONTACT }],
    })
}

/// HubSpot's status and outcome. Of a missed call it has no outcome of its own.
fn outcome(message: &Message<'_>) -> (&'static str, &'static str) {
    match message.record.outcome {
        Some(Outcome::Answered) => ("COMPLETED", CONNECTED),
        Some(Outcome::Busy) => ("BUSY", BUSY),
        Some(Outcome::Cancelled) => ("CANCELED", NO_ANSWER),
        Some(Outcome::Failed) => ("FAILED", NO_ANSWER),
        Some(Outcome::Missed) => ("MISSED", NO_ANSWER),
        None if message.record.kind == RecordKind::Missed => ("MISSED", NO_ANSWER),
        Some(Outcome::NoAnswer | Outcome::Unavailable) | None => ("NO_ANSWER", NO_ANSWER),
    }
}

fn title(access: Access<'_>, message: &Message<'_>) -> String {
    let number = caller::written(access, message).unwrap_or_else(|| "a withheld number".to_owned());
    subject(message, &number).chars().take(LONGEST_TITLE).collect()
}

/// HubSpot shows HTML. An application's recordings have a player of their own, so no link stands in the text.
fn body(message: &Message<'_>, application: bool) -> String {
    let record = message.record;
    let mut lines = vec![format!("Extension: {}", escaped(&extension(message)))];
    lines.extend(record.did.as_ref().map(|did| format!("Line: {}", escaped(did.reveal()))));
    if let Some(url) = message.recording_url.filter(|_| !application) {
        lines.push(format!("<a href=\"{}\">Recording</a>", escaped(url)));
    }
    lines.join("<br>")
}

fn extension(message: &Message<'_>) -> String {
    let record = message.record;
    record.internal_number.as_ref().map_or_else(
        || ExtensionId::get(record.extension_id).to_string(),
        |number| number.as_str().to_owned(),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
