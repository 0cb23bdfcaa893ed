//! What Bitrix24's answers mean, in one table. The same failure may come with a code or with an empty one, so its
//! description is read too, by its beginning and whatever its case.

use std::time::Duration;

use serde_json::Value;

use crate::clock::Timestamp;
use crate::crm::{CrmError, Reply};
use crate::model::delivery::AttemptClass::{
    self, PerhapsDelivered, Refused, Throttled, Transient, Unauthorised, Unpaid,
};

/// The longest that a quota is waited for; the method budget is counted over ten minutes.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// What an error means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// The token has ended.
    Token,
    /// A class, and what a person should know.
    Is(AttemptClass, &'static str),
    /// The call is not known, or finished already.
    NoCall,
    /// The line exists.
    Line,
    /// The event is bound to that address.
    Bound,
}

use Meaning::{Bound, Is, Line, NoCall, Token};

const BUSY: &str = "Bitrix24 asks to wait: the portal's requests are used up for the moment";
const FAILED: &str = "Bitrix24 failed inside; it is tried again";
const AGAIN: &str = "Bitrix24 has to be connected again: it no longer lets this application in";
const REFUSED: &str = "Bitrix24 refused what it was sent";

/// Codes; the first that fits is meant.
const CODES: &[(&str, Meaning)] = &[
    ("expired_token", Token),
    ("QUERY_LIMIT_EXCEEDED", Is(Throttled, BUSY)),
    ("OPERATION_TIME_LIMIT", Is(Throttled, BUSY)),
    (
        "OVERLOAD_LIMIT",
        Is(
            Refused,
            "Bitrix24 has blocked this portal's REST interface by hand: ask its support, then resend",
        ),
    ),
    ("PAYMENT_REQUIRED", Is(Unpaid, "Bitrix24 serves nobody until the portal's plan is paid")),
    ("invalid_grant", Is(Unauthorised, AGAIN)),
    ("invalid_token", Is(Unauthorised, AGAIN)),
    ("NO_AUTH_FOUND", Is(Unauthorised, AGAIN)),
    ("PORTAL_DELETED", Is(Unauthorised, "the Bitrix24 portal was deleted")),
    (
        "WRONG_AUTH_TYPE",
        Is(Unauthorised, "Bitrix24 takes calls from an application only: connect it as a local application"),
    ),
    (
        "APPLICATION_NOT_FOUND",
        Is(Unauthorised, "the application was removed from Bitrix24: install it again"),
    ),
    (
        "INVALID_CREDENTIALS",
        Is(Unauthorised, "the person who connected Bitrix24 may not do this: connect it as an administrator"),
    ),
    (
        "insufficient_scope",
        Is(Unauthorised, "the application lacks a permission: it needs telephony, crm and user"),
    ),
    (
        "invalid_scope",
        Is(Unauthorised, "the application lacks a permission: it needs telephony, crm and user"),
    ),
    ("ACCESS_DENIED", Is(Unauthorised, "the portal's plan has no REST interface")),
    (
        "user_access_error",
        Is(Unauthorised, "the person who connected Bitrix24 has no access to the application"),
    ),
    ("wrong_client", Is(Unauthorised, "Bitrix24 does not know the application: check its code and key")),
    ("invalid_client", Is(Unauthorised, "Bitrix24 does not know the application: check its code and key")),
    (
        "ERROR_METHOD_NOT_FOUND",
        Is(Unauthorised, "the application lacks a permission: it needs telephony, crm and user"),
    ),
    ("ERROR_BATCH_METHOD_NOT_ALLOWED", Is(Refused, "Bitrix24 does not take this in a batch")),
    ("INTERNAL_SERVER_ERROR", Is(PerhapsDelivered, FAILED)),
    ("ERROR_UNEXPECTED_ANSWER", Is(PerhapsDelivered, FAILED)),
];

/// Beginnings of descriptions, in lower case.
const WORDS: &[(&str, Meaning)] = &[
    (
        "call is not found in the statistic table",
        Is(Transient, "Bitrix24 has not finished the call yet; the recording waits"),
    ),
    ("call is not found", NoCall),
    ("server returns http error code", Is(Transient, "Bitrix24 could not fetch the recording yet")),
    ("line already exists", Line),
    ("handler already binded", Bound),
    ("unable to set event handler: handler already binded", Bound),
    (
        "user is not found or is not active",
        Is(Refused, "the mapped Bitrix24 user is not there or not active: change the mapping"),
    ),
    ("unsupported phone number format", Is(Refused, "Bitrix24 does not take this telephone number")),
];

/// A request that led to nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// What the flow knows.
    Crm(CrmError),
    /// The call is not known, or finished already.
    NoCall(u16),
    /// The line exists.
    LineExists,
    /// The event is bound to that address.
    Bound,
}

impl From<CrmError> for Failure {
    fn from(error: CrmError) -> Self {
        Self::Crm(error)
    }
}

impl From<Failure> for CrmError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Crm(error) => error,
            Failure::NoCall(status) => {
                Self::answered(status, Refused, "Bitrix24 no longer knows the call that it was told of")
            }
            Failure::LineExists | Failure::Bound => Self::answered(400, Refused, REFUSED),
        }
    }
}

/// The result inside a reply, or what its error means.
pub(super) fn result(reply: &Reply, at: Timestamp) -> Result<Value, Failure> {
    let status = reply.status;
    if (300..400).contains(&status) {
        // The portal has another address: a renewed token names it.
        return Err(CrmError::TokenEnded.into());
    }
    let body: Value = match reply.json() {
        Ok(body) => body,
        Err(error) if reply.is_success() => return Err(error.into()),
        Err(_) => return Err(reply.refusal().into()),
    };
    if body.get("error").is_some_and(|error| !error.is_null()) {
        return Err(failure(status, &body, reply.retry_after, at));
    }
    match body.get("result") {
        Some(result) if reply.is_success() => Ok(result.clone()),
        None if reply.is_success() => Err(CrmError::Unreadable { status }.into()),
        Some(_) | None => Err(reply.refusal().into()),
    }
}

/// What an error object means, be it a reply's own or one command's of a batch.
pub(super) fn failure(status: u16, error: &Value, retry_after: Option<Duration>, at: Timestamp) -> Failure {
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default().trim();
    let (code, words) = (text("error"), text("error_description").to_lowercase());
    let by_code = CODES.iter().find(|(known, _)| code.eq_ignore_ascii_case(known));
    let found = by_code.or_else(|| WORDS.iter().find(|(beginning, _)| words.starts_with(beginning)));
    match found.map(|(_, meaning)| *meaning) {
        Some(Token) => CrmError::TokenEnded.into(),
        Some(NoCall) => Failure::NoCall(status),
        Some(Line) => Failure::LineExists,
        Some(Bound) => Failure::Bound,
        Some(Is(class, reason)) => {
            let retry_after = retry_after.or_else(|| reset(error, at)).filter(|_| class == Throttled);
            CrmError::Answered { status, class, retry_after, reason }.into()
        }
        // An error inside a 200 has no status to go by.
        None if CrmError::class_of(status) == Refused => CrmError::answered(status, Refused, REFUSED).into(),
        None => CrmError::Status { status, retry_after }.into(),
    }
}

/// When a method's budget is there again.
fn reset(error: &Value, at: Timestamp) -> Option<Duration> {
    let time = error.get("time").unwrap_or(error);
    let reset = time.get("operating_reset_at").or_else(|| error.get("operating_reset_at"))?.as_i64()?;
    Some(Timestamp::from_secs(reset.max(0)).since(at).min(LONGEST_WAIT))
}
