//! What HubSpot's answers mean. Every field of an error may be missing, so the status decides where the category doesn't;
//! a batch that is answered 200 or 207 may hold a failure instead of a result (docs/hubspot.md §2).

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::wire::{KEY, OWNER, Object, Page};
use crate::crm::{CrmError, Reply};
use crate::model::delivery::AttemptClass::{
    self, PerhapsDelivered, Refused, Throttled, Transient, Unauthorised, Unpaid,
};

/// How long a day's requests are waited for, of which nothing says when they are there again.
const DAY_USED_UP: Duration = Duration::from_hours(1);

/// A request that led to nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// What the flow knows.
    Crm(CrmError),
    /// What was asked for is not there.
    Missing(u16),
    /// Something has that unique value already.
    Exists(u16),
    /// The property of ours is not there.
    NoKey(u16),
    /// 401: whether a new token helps is known where the token is.
    Token {
        /// Whether HubSpot says that it has ended.
        ended: bool,
    },
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
            Failure::Missing(status) => Self::answered(status, Refused, MISSING),
            Failure::Exists(status) => Self::answered(status, Refused, REFUSED),
            Failure::NoKey(status) => Self::answered(status, Refused, NO_KEY),
            Failure::Token { .. } => Self::answered(401, Unauthorised, TOKEN),
        }
    }
}

const MISSING: &str = "HubSpot does not find what the call belongs to: it was removed there; resend it";
const REFUSED: &str = "HubSpot refused what it was sent";
const NO_KEY: &str = "HubSpot has no property ringbridge_record_id on calls, and it could not be made: check the \
                      connection, then resend";
const TOKEN: &str =
    "HubSpot does not take the token: it was removed or replaced; enter another, or connect it again";
const SCOPES: &str = "HubSpot's token lacks a scope: it needs crm.objects.contacts.read and .write, \
                      crm.objects.owners.read and crm.schemas.contacts.write";
const OWNER_UNKNOWN: &str =
    "the mapped HubSpot owner is not there or was deactivated: change the mapping, then resend";
const SEARCHES: &str =
    "HubSpot asks to wait: its searches of this second, which have a limit of their own, are used up";
const BUSY: &str = "HubSpot asks to wait: the account's requests are used up for the moment";
const DAILY: &str = "HubSpot asks to wait: the account's requests of the day are used up";
const MOVING: &str = "HubSpot moves the account to another data centre; it is tried again";
const LOCKED: &str = "HubSpot has locked what is to be changed; it is tried again";
const FAILED: &str = "HubSpot failed inside; it is tried again";
const UNPAID: &str = "HubSpot serves nobody until the account is paid";
const ELSEWHERE: &str = "HubSpot redirects: its address is another";

/// Which limit a request counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// That of searches.
    Search,
    /// That of everything else.
    Account,
}

/// What a reply says, if it worked.
pub(super) fn read<T: DeserializeOwned>(reply: &Reply, limit: Limit) -> Result<T, Failure> {
    accepted(reply, limit)?;
    Ok(reply.json()?)
}

/// Whether a reply's status says that it worked.
pub(super) fn accepted(reply: &Reply, limit: Limit) -> Result<(), Failure> {
    if reply.is_success() {
        return Ok(());
    }
    Err(refusal(reply, limit))
}

/// The one result of a batch of one, whatever status it came with.
pub(super) fn only(reply: &Reply) -> Result<Object, Failure> {
    let page: Page<Object> = read(reply, Limit::Account)?;
    if let Some(one) = page.results.into_iter().next() {
        return Ok(one);
    }
    match page.errors.first() {
        Some(error) => Err(inside(reply.status, error)),
        None => Err(CrmError::Unreadable { status: reply.status }.into()),
    }
}

/// An error of one input of a batch: it has a category and no status of its own.
fn inside(status: u16, error: &Value) -> Failure {
    let category = text(error, "category");
    match category.as_str() {
        "RATE_LIMIT" | "RATE_LIMITS" => CrmError::answered(status, Throttled, BUSY).into(),
        "OBJECT_NOT_FOUND" => Failure::Missing(status),
        "MISSING_SCOPES" => CrmError::answered(status, Unauthorised, SCOPES).into(),
        "OBJECT_LOCKED" => CrmError::answered(status, Transient, LOCKED).into(),
        // Two writes of one record met: whoever comes again finds it.
        "CONFLICT" => CrmError::answered(status, PerhapsDelivered, FAILED).into(),
        "" | "INTERNAL_ERROR" | "SERVER_ERROR" | "BATCH_ERROR" => {
            CrmError::answered(status, PerhapsDelivered, FAILED).into()
        }
        _ => invalid(status, error),
    }
}

fn refusal(reply: &Reply, limit: Limit) -> Failure {
    let status = reply.status;
    let body = reply.json::<Value>().unwrap_or_default();
    let answered = |class: AttemptClass, reason| -> Failure {
        let retry_after = reply.retry_after.filter(|_| matches!(class, Throttled | Transient));
        CrmError::Answered { status, class, retry_after, reason }.into()
    };
    match status {
        300..=399 => answered(Refused, ELSEWHERE),
        401 => Failure::Token { ended: text(&body, "category") == "EXPIRED_AUTHENTICATION" },
        402 => answered(Unpaid, UNPAID),
        403 => answered(Unauthorised, SCOPES),
        404 if names_key(&body) => Failure::NoKey(status),
        404 => Failure::Missing(status),
        409 => Failure::Exists(status),
        423 => answered(Transient, LOCKED),
        429 if text(&body, "policyName") == "DAILY" => {
            let retry_after = Some(reply.retry_after.unwrap_or(DAY_USED_UP));
            CrmError::Answered { status, class: Throttled, retry_after, reason: DAILY }.into()
        }
        429 if limit == Limit::Search => answered(Throttled, SEARCHES),
        429 => answered(Throttled, BUSY),
        477 => answered(Throttled, MOVING),
        400 | 422 => invalid(status, &body),
        _ => reply.refusal().into(),
    }
}

/// What HubSpot finds wrong stands in the message, in a list inside it, or in `errors`.
fn invalid(status: u16, error: &Value) -> Failure {
    let said = error.to_string();
    if said.contains("CONFLICTING_UNIQUE_VALUE") || said.contains("already has that value") {
        return Failure::Exists(status);
    }
    if names_key(error) {
        return Failure::NoKey(status);
    }
    let reason = if said.contains(OWNER) || said.contains("INVALID_OWNER") { OWNER_UNKNOWN } else { REFUSED };
    CrmError::answered(status, Refused, reason).into()
}

/// Whether it is our property that is missing.
fn names_key(error: &Value) -> bool {
    let said = error.to_string();
    said.contains(KEY) && ["DOESNT_EXIST", "does not exist", "not found"].iter().any(|w| said.contains(w))
}

fn text(body: &Value, name: &str) -> String {
    body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
