//! Finished calls and their recordings, for reconciling what events told (docs/pbx.md §10.3, §10.4). One request at a
//! time per account: the PBX refuses concurrent ones with [`PbxError::StatisticsBusy`].

use serde_json::Value;

use super::answer::{object, segment};
use super::error::{PbxError, UnreadableAnswer};
use super::extensions;
use super::session::Session;
use super::wire::{self, Cdr};
use crate::clock::Timestamp;
use crate::model::history::{CallResult, HistoryCall, HistoryFlow, HistoryLeg, HistoryPage};
use crate::model::ids::{CallId, ExtensionId};
use crate::model::number::PhoneNumber;
use crate::model::secret::Secret;

/// Calls of one page of the history.
pub const PER_PAGE: usize = 100;

impl Session {
    /// Calls between two moments, the oldest first; the first page is 1.
    pub async fn history(&self, from: Timestamp, to: Timestamp, page: u32) -> Result<HistoryPage, PbxError> {
        let query = [
            ("start_datetime", wire::time_text(from)),
            ("end_datetime", wire::time_text(to)),
            ("page", page.to_string()),
            ("per_page", PER_PAGE.to_string()),
            ("order", "asc".to_owned()),
        ];
        let mut value = self.get("client/@me/call_history/", &query).await?;
        let Some(Value::Array(values)) = value.get_mut("call_history").map(Value::take) else {
            return Err(PbxError::Unreadable(UnreadableAnswer::Undocumented));
        };
        let full = values.len() >= PER_PAGE;
        let (calls, skipped) = wire::items(values, call);
        Ok(HistoryPage { calls, skipped, full })
    }

    /// One call. `None` when the history doesn't have it, or not yet.
    pub async fn history_call(&self, id: &CallId) -> Result<Option<HistoryCall>, PbxError> {
        let Some(segment) = segment(id.as_str()) else { return Ok(None) };
        let path = format!("client/@me/call_history/{segment}");
        found(self.get(&path, &[]).await.and_then(|value| object(value, call)))
    }

    /// Where a recording can be fetched now; not to be stored (docs/pbx.md §10.4). `None` when there is none.
    pub async fn recording_url(&self, recording_id: &str) -> Result<Option<Secret>, PbxError> {
        let Some(segment) = segment(recording_id) else { return Ok(None) };
        let path = format!("client/@me/record/{segment}/storage_url/");
        found(self.get(&path, &[]).await.and_then(|value| {
            object(value, |answer: wire::StorageUrl| {
                let url = url::Url::parse(answer.record_url.text()?).ok()?;
                matches!(url.scheme(), "https" | "http").then(|| Secret::new(url))
            })
        }))
    }
}

fn found<T>(result: Result<T, PbxError>) -> Result<Option<T>, PbxError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(PbxError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

fn call(mut cdr: Cdr) -> Option<HistoryCall> {
    let (legs, skipped) = match cdr.cdr.take() {
        Value::Array(values) => wire::items(values, |leg: Cdr| Some(read(&leg))),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            (Vec::new(), 0)
        }
    };
    Some(HistoryCall { call_id: CallId::parse(cdr.call_uuid.text()?)?, summary: read(&cdr), legs, skipped })
}

fn read(cdr: &Cdr) -> HistoryLeg {
    let number = |text: &wire::Loose| text.text().map(PhoneNumber::new);
    HistoryLeg {
        flow: cdr.flow.text().and_then(flow),
        result: cdr.result.text().map_or(CallResult::Unknown, result),
        started_at: cdr.init_time_gmt.time(),
        bridged_at: cdr.bridged_time_gmt.time(),
        ended_at: cdr.hangup_time_gmt.time(),
        duration: cdr.duration.seconds().unwrap_or_default(),
        bridged_duration: cdr.bridged_duration.seconds().unwrap_or_default(),
        bridged: cdr.bridged.flag(),
        from: number(&cdr.from_username),
        to: number(&cdr.to_username),
        did: number(&cdr.did_number),
        extension_id: cdr.extension_id.number().and_then(ExtensionId::new),
        extension_kind: cdr.extension_type.text().map(extensions::kind),
        recording_id: cdr.record_uuid.text().map(str::to_owned),
        application: cdr.application.text().map(str::to_owned),
    }
}

fn flow(text: &str) -> Option<HistoryFlow> {
    match text.to_ascii_lowercase().as_str() {
        "in" => Some(HistoryFlow::In),
        "out" => Some(HistoryFlow::Out),
        "transfer" => Some(HistoryFlow::Transfer),
        _ => None,
    }
}

fn result(text: &str) -> CallResult {
    match text.to_ascii_lowercase().as_str() {
        "answered" => CallResult::Answered,
        "bridged" => CallResult::Bridged,
        "answered elsewhere" => CallResult::AnsweredElsewhere,
        "not answered" => CallResult::NotAnswered,
        "busy" => CallResult::Busy,
        "rejected" => CallResult::Rejected,
        "voicemail" => CallResult::Voicemail,
        "failed" => CallResult::Failed,
        _ => CallResult::Unknown,
    }
}
