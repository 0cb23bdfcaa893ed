//! What Kommo's answers mean, in one table (docs/kommo.md §3): by the status, and where that says too little, by
//! whether there is a problem document and which field it names.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::wire::List;
use crate::crm::{CrmError, Reply};
use crate::model::delivery::AttemptClass::{self, Refused, Throttled, Unauthorised, Unpaid};

/// What a 204 is: nothing was found.
const NOTHING: u16 = 204;
/// A block is lifted by hand or by itself, not within minutes.
const BLOCKED_FOR: Duration = Duration::from_mins(15);
/// Kommo says for how long it is busy in no header.
const BUSY_FOR: Duration = Duration::from_secs(1);

/// A request that led to nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// What the flow knows.
    Crm(CrmError),
    /// What was asked for is not there, or not visible to whoever let us in.
    Missing(u16),
    /// There is a note under this key.
    Twice(u16),
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
            Failure::Twice(status) => Self::answered(status, Refused, TWICE),
        }
    }
}

const HIDDEN: &str =
    "Kommo does not show the contact to whoever connected it: connect it as an administrator, then resend";
const TWICE: &str = "Kommo says that it has this call, but it is not where it was logged: look there by hand";
const REFUSED: &str = "Kommo refused what it was sent";
const USER: &str = "the mapped Kommo user is not there or not active: change the mapping";
const PHONE: &str = "Kommo does not take this telephone number";
const BUSY: &str = "Kommo asks to wait: the account's requests are used up for the moment";
const BLOCKED: &str = "Kommo has shut this network address out, for too many requests or by the account's own list of addresses; it is tried again later";
const UNPAID: &str = "Kommo serves nobody until the account is paid";
const RIGHTS: &str =
    "whoever connected Kommo may not do this: connect it as an administrator with access to all contacts";
const TOKEN: &str = "Kommo does not take the token: it was revoked or has expired";
const MOVED: &str = "the Kommo account has another address: enter that";

/// Fields that are refused for a reason of their own, by the last part of their path.
const FIELDS: &[(&str, &str)] =
    &[("responsible_user_id", USER), ("created_by", USER), ("call_responsible", USER), ("phone", PHONE)];

/// Whether a reply says that it worked. A token that can be renewed ends, one that can't is refused.
pub(super) fn accepted(reply: &Reply, renewable: bool) -> Result<(), Failure> {
    if reply.is_success() {
        return Ok(());
    }
    let status = reply.status;
    let problem = reply.json::<Value>().ok().filter(Value::is_object);
    let says = |class: AttemptClass, reason| CrmError::answered(status, class, reason);
    let waits = |least, reason| {
        let retry_after = Some(reply.retry_after.unwrap_or(least));
        CrmError::Answered { status, class: Throttled, retry_after, reason }
    };
    let failure = match (status, problem) {
        // The account may have moved: a renewal finds out.
        (300..=399 | 401, _) if renewable => CrmError::TokenEnded,
        (401, _) => says(Unauthorised, TOKEN),
        (402, _) => says(Unpaid, UNPAID),
        // Whom Kommo has shut out it says nothing to; a right that is missing has a problem document.
        (403, None) => waits(BLOCKED_FOR, BLOCKED),
        (403, Some(_)) => says(Unauthorised, RIGHTS),
        (429, _) => waits(BUSY_FOR, BUSY),
        (404, Some(_)) => return Err(Failure::Missing(status)),
        (300..=399, _) | (404, None) => says(Refused, MOVED),
        (400 | 422, Some(problem)) => return Err(refused(status, &problem)),
        _ => reply.refusal(),
    };
    Err(failure.into())
}

/// By the fields that a problem document names.
fn refused(status: u16, problem: &Value) -> Failure {
    let items = problem.get("validation-errors").and_then(Value::as_array).into_iter().flatten();
    let errors = items.filter_map(|item| item.get("errors")?.as_array()).flatten();
    let paths: Vec<_> = errors.filter_map(|error| error.get("path")?.as_str()).collect();
    let names = |name: &str| paths.iter().any(|path| path.rsplit('.').next() == Some(name));
    if names("uniq") {
        return Failure::Twice(status);
    }
    if names("entity_id") || names("id") {
        return Failure::Missing(status);
    }
    let reason = FIELDS.iter().find(|(name, _)| names(name)).map_or(REFUSED, |(_, reason)| *reason);
    CrmError::answered(status, Refused, reason).into()
}

/// The list in a reply, if it worked; where there is nothing Kommo answers nothing.
pub(super) fn list<T: DeserializeOwned>(
    reply: &Reply,
    renewable: bool,
    name: &str,
) -> Result<Vec<T>, Failure> {
    accepted(reply, renewable)?;
    if reply.status == NOTHING {
        return Ok(Vec::new());
    }
    let unreadable = CrmError::Unreadable { status: reply.status };
    reply.json::<List>()?.take(name).ok_or_else(|| unreadable.into())
}
