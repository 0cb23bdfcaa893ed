//! What RetailCRM's answers mean: `success` says whether it worked, `errorMsg` and `errors` why not
//! (docs/retailcrm.md §2).

use serde_json::Value;

use crate::crm::{CrmError, Reply};
use crate::model::delivery::AttemptClass::{self, Refused, Throttled, Unauthorised, Unpaid};

const REFUSED: &str = "RetailCRM refused what it was sent";
const NOT_THERE: &str = "there is no RetailCRM at this address: check it";
const BUSY: &str = "RetailCRM is asked more often than it allows";

/// What a refusal says, in lower case, and what that means; the first that is found in it counts.
const WORDS: &[(&str, AttemptClass, &str)] = &[
    ("apikey", Unauthorised, "RetailCRM does not know the API key: give one that is active"),
    (
        "access denied",
        Unauthorised,
        "the API key lacks a permission: it needs telephony, users and integration modules",
    ),
    ("account does not exist", Unauthorised, NOT_THERE),
    ("account is not active", Unpaid, "the RetailCRM account is frozen: it has to be paid for"),
];

/// Fields that are refused for a reason of their own, by the ends of their names.
const FIELDS: &[(&str, &str)] = &[
    ("phone", "RetailCRM does not take this telephone number"),
    ("userId", "the mapping names somebody whom RetailCRM does not know: choose from the list"),
    ("code", "RetailCRM knows no user with this extension: enter it there, or map a user"),
    ("recordUrl", "RetailCRM does not take the address of the recording"),
    ("clientId", "RetailCRM no longer knows Ringbridge's telephony: try the CRM once, which registers it"),
];

/// What a reply says, if it worked.
pub(super) fn read(reply: &Reply) -> Result<Value, CrmError> {
    let status = reply.status;
    if (300..400).contains(&status) {
        return Err(CrmError::answered(status, Refused, NOT_THERE));
    }
    let body: Value = match reply.json() {
        Ok(body) => body,
        Err(error) if reply.is_success() => return Err(error),
        Err(_) if status == 404 => return Err(CrmError::answered(status, Refused, NOT_THERE)),
        Err(_) if status == 503 => return Err(busy(reply)),
        Err(_) => return Err(reply.refusal()),
    };
    match body.get("success").and_then(Value::as_bool) {
        Some(true) if reply.is_success() => Ok(body),
        None if reply.is_success() => Err(CrmError::Unreadable { status }),
        Some(_) | None => Err(refusal(reply, &body)),
    }
}

fn refusal(reply: &Reply, body: &Value) -> CrmError {
    let status = reply.status;
    if status == 503 {
        return busy(reply);
    }
    let words = body.get("errorMsg").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let known = WORDS.iter().find(|(part, ..)| status < 500 && words.contains(part));
    if let Some((_, class, reason)) = known {
        return CrmError::answered(status, *class, reason);
    }
    if status == 402 {
        return CrmError::answered(status, Unpaid, "the RetailCRM account is frozen: it has to be paid for");
    }
    // An error inside a 200 has no status to go by.
    if CrmError::class_of(status) != Refused {
        return reply.refusal();
    }
    let names = body.get("errors").and_then(Value::as_object);
    let wrong = |end: &str| names.is_some_and(|names| names.keys().any(|name| named(name, end)));
    let reason = FIELDS.iter().find(|(end, _)| wrong(end)).map_or(REFUSED, |(_, reason)| *reason);
    CrmError::answered(status, Refused, reason)
}

/// `calls[0][phone]`, `phone` and `event.phone` all end in `phone`.
fn named(name: &str, end: &str) -> bool {
    name.trim_end_matches(']').rsplit(['[', '.']).next() == Some(end)
}

/// The limit of requests in a second: the CRM did nothing.
const fn busy(reply: &Reply) -> CrmError {
    CrmError::Answered {
        status: reply.status,
        class: Throttled,
        retry_after: reply.retry_after,
        reason: BUSY,
    }
}
