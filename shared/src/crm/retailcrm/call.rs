//! One call's way into RetailCRM: whose it is, one upload under our key, and the card closed. What may have arrived is
//! uploaded again, and RetailCRM says that it is a duplicate (docs/retailcrm.md §3).

use std::time::Duration;

use serde_json::Value;

use super::events::{self, SHOWN, UNKNOWN};
use super::fields::{self, MODULE};
use super::people;
use super::request::Api;
use crate::crm::{Access, CrmError, Message, Receipt, Step, caller};
use crate::model::call::RecordKind;
use crate::model::delivery::AttemptClass::Refused;
use crate::model::delivery::Progress;

/// Who answers for the customer.
const MANAGER: &str = "manager";
/// Steps of one revision.
const ASKED: &str = "manager";
const UPLOADED: &str = "upload";
const CLOSED: &str = "hangup";
/// A card that was shown so long ago was closed by hand.
const STALE: Duration = Duration::from_mins(2);

const UNNUMBERED: &str = "not logged: RetailCRM keeps calls by the customer's number, and there is none";
const KEPT: &str = "RetailCRM changes no call that it has logged: it stands there as it was told first";
const TAKEN_BACK: &str = "RetailCRM removes no call that it has logged: it stands there as it was told first";
const PERHAPS: &str = "RetailCRM may have logged this call, and removes none: look there by hand";
const LATE_RECORDING: &str = "RetailCRM takes the link to a recording only with the call itself";
const NOBODY: &str =
    "RetailCRM knows no user with this extension, so nobody saw the card: enter the extension there";

/// The next step of a record.
pub(super) async fn step(
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    progress: &Progress,
) -> Result<Step, CrmError> {
    let logged = progress.id(Progress::RECORD).is_some();
    if message.kind == RecordKind::Withdrawn {
        let perhaps = message.perhaps_delivered.then_some(PERHAPS);
        let remark = if logged { Some(TAKEN_BACK) } else { perhaps };
        return Ok(done(progress.clone(), remark));
    }
    if !logged {
        return upload(api, access, message, progress).await;
    }
    if progress.id(SHOWN).is_some() && !progress.is_done(CLOSED) && is_fresh(message) {
        // A card that stays open harms nobody's record.
        drop(events::hang_up(api, access, message).await);
        return Ok(Step::Next(progress.clone().with_done(CLOSED)));
    }
    let unknown = progress.id(UNKNOWN).map(|_| NOBODY);
    let late = if message.kind == RecordKind::Recording { LATE_RECORDING } else { KEPT };
    let remark = if progress.is_done(UPLOADED) { unknown } else { Some(late) };
    Ok(done(progress.clone(), remark))
}

async fn upload(
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    progress: &Progress,
) -> Result<Step, CrmError> {
    let Some(phone) = caller::written(access, message) else {
        return Ok(done(progress.clone(), Some(UNNUMBERED)));
    };
    if caller::wants_owner(access, message) && !progress.is_done(ASKED) {
        let next = progress.clone().with_done(ASKED);
        return Ok(Step::Next(match people::manager(api, &phone).await? {
            Some(manager) => next.with_id(MANAGER, manager.to_string()),
            None => next,
        }));
    }
    let manager = progress.id(MANAGER).and_then(|id| id.parse().ok());
    let user = match manager {
        Some(manager) => Some(manager),
        None => fields::user(message)?,
    };
    let Some(call) = fields::call(access, message, user) else {
        return Ok(done(progress.clone(), Some(UNNUMBERED)));
    };
    let own = message.record.record_id.to_string();
    let form = [("clientId", MODULE.to_owned()), ("calls", Value::Array(vec![call]).to_string())];
    let answer = api.post("telephony/calls/upload", &form).await?;
    let next = progress.clone().with_id(Progress::RECORD, own.as_str());
    if is_duplicate(&answer, &own) {
        // It is ours, and nobody knows which revision arrived first; only of the first there is no doubt.
        return Ok(Step::Next(if message.revision > 1 { next } else { next.with_done(UPLOADED) }));
    }
    if answer.get("processedCallsCount").and_then(Value::as_u64) == Some(0) {
        return Err(CrmError::answered(200, Refused, "RetailCRM took the call, but logged none"));
    }
    Ok(Step::Next(next.with_done(UPLOADED)))
}

/// Whether the answer says that the call is there already: by its key, alone or as a part of something.
fn is_duplicate(answer: &Value, own: &str) -> bool {
    let is_own =
        |one: &Value| one.as_str() == Some(own) || one.get("externalId").and_then(Value::as_str) == Some(own);
    answer.get("duplicateCalls").and_then(Value::as_array).is_some_and(|all| all.iter().any(is_own))
}

fn is_fresh(message: &Message<'_>) -> bool {
    message.record.ended_at.is_some_and(|ended| message.at.since(ended) < STALE)
}

const fn done(progress: Progress, remark: Option<&'static str>) -> Step {
    Step::Done(Receipt { status: 200, progress, remark })
}
