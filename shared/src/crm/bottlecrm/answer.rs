//! What BottleCRM's answers mean. Its words are read by their beginnings: the statuses alone say too little, since a
//! revoked token, a missing scope and a locked row are all 403 (docs/bottlecrm.md §2).

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::crm::{CrmError, Reply};
use crate::model::delivery::AttemptClass::{self, Refused, Transient, Unauthorised};

/// A request that led to nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// What the flow knows.
    Crm(CrmError),
    /// What was asked for is not there, or not visible to the token's owner.
    Missing(u16),
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
            Failure::Missing(status) => Self::answered(status, Refused, HIDDEN),
        }
    }
}

const HIDDEN: &str = "BottleCRM does not show the contact or lead to the token's owner: give an administrator's token, then resend";
const REFUSED: &str = "BottleCRM refused what it was sent";
const MOVED: &str = "BottleCRM has another address: enter the one that it redirects to";
const NOT_THERE: &str = "there is no BottleCRM at this address: check it";

/// Beginnings of what a refusal says, in lower case, with the status that it comes with.
const WORDS: &[(u16, &str, AttemptClass, &str)] = &[
    (
        403,
        "organization context is required",
        Unauthorised,
        "BottleCRM does not know the token: it was revoked, has expired, or its owner was deactivated",
    ),
    (
        403,
        "permission denied",
        Unauthorised,
        "the token's owner is no administrator of BottleCRM: give an administrator's token",
    ),
    (
        403,
        "this token is not scoped",
        Unauthorised,
        "the token lacks a scope: it needs contacts, leads and interactions, read and write, and users, read",
    ),
    (
        403,
        "only the person who logged this",
        Refused,
        "BottleCRM lets the token's owner not change this call",
    ),
    (403, "enquiries, and interactions", Refused, "BottleCRM lets nobody change this entry"),
];

/// Fields that are refused for a reason of their own.
const FIELDS: &[(&str, AttemptClass, &str)] = &[
    ("occurred_at", Transient, "BottleCRM takes no call of the future: the PBX's clock or its own is wrong"),
    ("phone", Refused, "BottleCRM does not take this telephone number"),
];

/// Whether a reply says that it worked.
pub(super) fn accepted(reply: &Reply) -> Result<(), Failure> {
    if (300..400).contains(&reply.status) {
        return Err(CrmError::answered(reply.status, Refused, MOVED).into());
    }
    let body = reply.json::<Value>().ok();
    let says_error = body.as_ref().and_then(|body| body.get("error")).is_some_and(is_error);
    if reply.is_success() && !says_error {
        return Ok(());
    }
    Err(refusal(reply, body.as_ref()))
}

/// What a reply says, if it worked.
pub(super) fn read<T: DeserializeOwned>(reply: &Reply) -> Result<T, Failure> {
    accepted(reply)?;
    Ok(reply.json()?)
}

/// Some views answer `error` with a word instead of `true`.
fn is_error(error: &Value) -> bool {
    match error {
        Value::Null => false,
        Value::Bool(is) => *is,
        Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => true,
    }
}

fn refusal(reply: &Reply, body: Option<&Value>) -> Failure {
    let status = reply.status;
    let words = body.map(said).unwrap_or_default();
    let by_words = WORDS.iter().find(|(with, begin, ..)| *with == status && words.starts_with(begin));
    if let Some((_, _, class, reason)) = by_words {
        return CrmError::answered(status, *class, reason).into();
    }
    match (status, body) {
        (404, Some(_)) => Failure::Missing(status),
        (404, None) => CrmError::answered(status, Refused, NOT_THERE).into(),
        (200..=299 | 400, Some(body)) => {
            let named = |name: &str| body.get("errors").and_then(|errors| errors.get(name)).is_some();
            let field = FIELDS.iter().find(|(name, ..)| named(name));
            let (class, reason) = field.map_or((Refused, REFUSED), |(_, class, reason)| (*class, *reason));
            CrmError::answered(status, class, reason).into()
        }
        _ => reply.refusal().into(),
    }
}

/// The words of a refusal: `detail`, or `errors` where that is a text.
fn said(body: &Value) -> String {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    text("detail").or_else(|| text("errors")).unwrap_or_default().trim().to_lowercase()
}
