//! Takes an answer of the PBX apart: bounded body, rate budget, and a failure's class. The only place that knows
//! which status means what (docs/pbx.md §9.2).

use bytes::Bytes;
use http::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::{Denial, PbxError, UnreadableAnswer};
use super::wire;
use crate::clock::Timestamp;
use crate::http_client::{self, BodyError, PBX_BODY_MAX, Unanswered, read_bounded};
use crate::model::budget::RateBudget;

/// Of an error's body only the message counts.
const MAX_ERROR_BODY: usize = 64 * 1024;

/// What the administrator is shown of the PBX's message, in characters.
const MAX_MESSAGE: usize = 200;

/// Words this long are addresses or tokens.
const LONG_WORD: usize = 32;

/// That many digits may be a telephone number.
const LONG_NUMBER: usize = 5;

/// Which side of the PBX was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// `/oauth/token`.
    Token,
    /// `/api/ver1.0/…`.
    Api,
}

/// Reads the body of a success, or says what failed.
pub(super) async fn receive(
    endpoint: Endpoint,
    response: reqwest::Response,
    now: Timestamp,
) -> Result<Bytes, PbxError> {
    let status = response.status().as_u16();
    if (200..300).contains(&status) {
        return read_bounded(response, PBX_BODY_MAX).await.map_err(unread);
    }
    let headers = response.headers().clone();
    let body = read_bounded(response, MAX_ERROR_BODY).await.unwrap_or_default();
    Err(classify(endpoint, status, &headers, &body, now))
}

/// A request that got no answer.
pub(super) fn unanswered(error: reqwest::Error) -> PbxError {
    if error.is_redirect() {
        return PbxError::Redirected;
    }
    match http_client::unanswered(error) {
        // The operator listed the PBX, so no address of it is refused.
        Unanswered::Refused => PbxError::Redirected,
        Unanswered::NotReached(error) => PbxError::NotReached(error),
        Unanswered::NoAnswer(error) => PbxError::NoAnswer(error),
    }
}

fn classify(endpoint: Endpoint, status: u16, headers: &HeaderMap, body: &[u8], now: Timestamp) -> PbxError {
    let body = wire::ErrorBody::read(body);
    match (endpoint, status) {
        (_, 300..=399) => PbxError::Redirected,
        (Endpoint::Token, 400 | 401 | 403) => PbxError::CredentialsRejected { status },
        (Endpoint::Api, 401) => PbxError::Unauthorised,
        (Endpoint::Api, 403) => PbxError::Denied(Denial::read(body.status.text())),
        (_, 404) => PbxError::NotFound,
        (_, 429) if body.status.text() == Some("rate_limit_exceeded") => {
            PbxError::RateLimited { reset_in: RateBudget::exhausted(headers, now).resets_at.since(now) }
        }
        (_, 429) => PbxError::StatisticsBusy,
        (_, 400..=499) => PbxError::Refused { status, message: body.message.text().and_then(clean) },
        (Endpoint::Token | Endpoint::Api, _) => PbxError::Failing { status },
    }
}

fn unread(error: BodyError) -> PbxError {
    match error {
        BodyError::TooLong { .. } => PbxError::TooLarge,
        BodyError::Broken(error) if error.is_timeout() => PbxError::NoAnswer(error),
        BodyError::Broken(_) => PbxError::Unreadable(UnreadableAnswer::BrokenOff),
    }
}

/// The body's JSON. The parser's own error is dropped, since it may quote the body.
pub(super) fn json(body: &[u8]) -> Result<Value, PbxError> {
    serde_json::from_slice(body).map_err(|_| {
        let html = body.trim_ascii_start().first() == Some(&b'<');
        PbxError::Unreadable(if html { UnreadableAnswer::Html } else { UnreadableAnswer::NotJson })
    })
}

/// The PBX's message, fit to be shown: no control characters, addresses, tokens or telephone numbers.
fn clean(message: &str) -> Option<String> {
    let words = message.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let shown: Vec<&str> = words
        .map(|word| {
            let private = word.contains("://") || word.contains('@') || word.chars().count() > LONG_WORD;
            if private { "…" } else { word }
        })
        .collect();
    let text = mask_numbers(&shown.join(" "));
    let short: String = text.chars().take(MAX_MESSAGE).collect();
    (!short.is_empty()).then_some(short)
}

/// Replaces runs of digits, with the usual punctuation between them, by `…` when they may be a telephone number.
fn mask_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars().chain(std::iter::once('\n')) {
        let in_run = c.is_numeric() || (!run.is_empty() && matches!(c, ' ' | '-' | '(' | ')' | '.' | '/'));
        if in_run {
            run.push(c);
            continue;
        }
        if run.chars().filter(|c| c.is_numeric()).count() >= LONG_NUMBER {
            let tail = run.trim_end_matches(|c: char| !c.is_numeric()).len();
            out.push('…');
            out.push_str(run.get(tail..).unwrap_or_default());
        } else {
            out.push_str(&run);
        }
        run.clear();
        if c != '\n' {
            out.push(c);
        }
    }
    out
}

/// An object of the API, or the reason why it can't be read.
pub(super) fn object<W: DeserializeOwned, T>(
    value: Value,
    read: impl FnOnce(W) -> Option<T>,
) -> Result<T, PbxError> {
    wire::object(value).and_then(read).ok_or(PbxError::Unreadable(UnreadableAnswer::Undocumented))
}

/// A bare list of the API (docs/pbx.md §3.2).
pub(super) fn list(value: Value) -> Result<Vec<Value>, PbxError> {
    match value {
        Value::Array(values) => Ok(values),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            Err(PbxError::Unreadable(UnreadableAnswer::Undocumented))
        }
    }
}

/// Text from outside that may stand in a path; `None` when it could lead elsewhere.
pub(super) fn segment(text: &str) -> Option<&str> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':'));
    (plain && !text.is_empty()).then_some(text)
}
