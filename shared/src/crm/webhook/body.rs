//! The body of a webhook, exactly as docs/promises.md §3 shows it: every key always there, in that order.

use serde::Serialize;

use crate::clock::Timestamp;
use crate::crm::Message;
use crate::model::call::{CallRecord, Direction, Outcome, RecordKind};
use crate::model::ids::{CrmUserId, LegId};
use crate::model::number::{ExtensionNumber, PhoneNumber};

#[derive(Serialize)]
struct Body<'a> {
    r#type: RecordKind,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    connection_id: String,
    record_id: String,
    call_id: &'a str,
    leg_id: Option<&'a str>,
    direction: Direction,
    outcome: Option<Outcome>,
    external_number: Option<&'a str>,
    internal_number: Option<&'a str>,
    extension_id: u64,
    crm_user: Option<&'a str>,
    /// Only of a phone that stopped ringing; null when nobody took the call, or it is not known yet.
    #[serde(skip_serializing_if = "AnsweredBy::is_not_asked")]
    answered_by: AnsweredBy<'a>,
    did: Option<&'a str>,
    started_at: String,
    answered_at: Option<String>,
    ended_at: Option<String>,
    talk_seconds: u64,
    recording_url: Option<&'a str>,
    via: Vec<&'a str>,
    transferred: bool,
    revision: u32,
}

#[derive(Serialize)]
#[serde(untagged)]
enum AnsweredBy<'a> {
    NotAsked,
    Nobody,
    User(&'a str),
}

impl AnsweredBy<'_> {
    const fn is_not_asked(&self) -> bool {
        matches!(self, Self::NotAsked)
    }
}

/// The JSON that is signed and sent.
#[expect(clippy::expect_used, reason = "a struct of texts and numbers is always JSON")]
pub(super) fn of(message: &Message<'_>) -> String {
    serde_json::to_string(&Body {
        r#type: message.kind,
        timestamp: happened_at(message).rfc3339(),
        data: data(message),
    })
    .expect("texts and numbers become JSON")
}

/// When the event happened, not when it is told.
fn happened_at(message: &Message<'_>) -> Timestamp {
    let CallRecord { started_at, answered_at, ended_at, .. } = message.record;
    let known = match message.kind {
        RecordKind::Ringing | RecordKind::Stopped => None,
        RecordKind::Answered => *answered_at,
        RecordKind::Ended | RecordKind::Missed | RecordKind::Withdrawn | RecordKind::Recording => {
            ended_at.or(*answered_at)
        }
    };
    known.unwrap_or(*started_at)
}

fn data<'a>(message: &Message<'a>) -> Data<'a> {
    let record = message.record;
    // What is told at once knows nothing of what came later, even if the record does by now.
    let (answered, ended) = match message.kind {
        RecordKind::Ringing | RecordKind::Stopped => (false, false),
        RecordKind::Answered => (true, false),
        RecordKind::Ended | RecordKind::Missed | RecordKind::Withdrawn | RecordKind::Recording => {
            (true, true)
        }
    };
    Data {
        connection_id: message.connection_id.to_string(),
        record_id: record.record_id.to_string(),
        call_id: record.call_id.as_str(),
        leg_id: record.leg_id.as_ref().map(LegId::as_str),
        direction: record.direction,
        outcome: record.outcome.filter(|_| ended),
        external_number: record.external_number.as_ref().map(PhoneNumber::reveal),
        internal_number: record.internal_number.as_ref().map(ExtensionNumber::as_str),
        extension_id: record.extension_id.get(),
        crm_user: message.crm_user.map(CrmUserId::as_str),
        answered_by: match message.answered_by {
            _ if message.kind != RecordKind::Stopped => AnsweredBy::NotAsked,
            Some(user) => AnsweredBy::User(user.as_str()),
            None => AnsweredBy::Nobody,
        },
        did: record.did.as_ref().map(PhoneNumber::reveal),
        started_at: record.started_at.rfc3339(),
        answered_at: record.answered_at.filter(|_| answered).map(Timestamp::rfc3339),
        ended_at: record.ended_at.filter(|_| ended).map(Timestamp::rfc3339),
        talk_seconds: if ended { record.talk_seconds() } else { 0 },
        recording_url: message.recording_url.filter(|_| ended),
        via: record.via.iter().map(ExtensionNumber::as_str).collect(),
        transferred: record.transferred,
        revision: message.revision,
    }
}
