//! What a portal posts by itself: a form in the brackets of PHP. Its `application_token` came with the installation, and
//! is the only proof of where it comes from.

use std::collections::BTreeMap;

use serde_json::json;

use super::answer::Failure;
use super::request::{Command, Portal};
use super::wire::CALL;
use crate::clock::Timestamp;
use crate::crm::{CallWish, CrmError, CrmEvent};
use crate::model::delivery::Progress;
use crate::model::grant::OpenGrant;
use crate::model::ids::CrmUserId;
use crate::model::secret::Digest;

const REMOVED: &str = "ONAPPUNINSTALL";
const CLICKED: &str = "ONEXTERNALCALLSTART";
/// A visitor left a number in a form.
const WISHED: &str = "ONEXTERNALCALLBACKSTART";

/// Reads an event.
pub(super) fn read(grant: &OpenGrant, body: &BTreeMap<String, String>) -> CrmEvent {
    let digest = |text: &str| Digest::of(text.as_bytes());
    let shown = body.get("auth[application_token]").map(|shown| digest(shown));
    let proof = grant.proof.as_ref().map(|proof| digest(proof.reveal()));
    if !shown.zip(proof).is_some_and(|(shown, proof)| shown.matches(&proof)) {
        return CrmEvent::Forged;
    }
    let name = body.get("event").map(|name| name.to_ascii_uppercase());
    match name.as_deref() {
        Some(REMOVED) => CrmEvent::Removed,
        Some(CLICKED) => clicked(body).map_or(CrmEvent::Other, CrmEvent::Call),
        Some(WISHED) => number(body).map_or(CrmEvent::Other, |number| {
            CrmEvent::Call(CallWish { crm_user: None, number, at: at(body), progress: Progress::default() })
        }),
        Some(_) | None => CrmEvent::Other,
    }
}

fn clicked(body: &BTreeMap<String, String>) -> Option<CallWish> {
    let crm_user = CrmUserId::parse(data(body, "USER_ID")?)?;
    // The portal has registered the call already: its record is logged as that one.
    let call = data(body, "CALL_ID")?;
    let progress = Progress::default().with_id(CALL, call);
    Some(CallWish { crm_user: Some(crm_user), number: number(body)?, at: at(body), progress })
}

fn number(body: &BTreeMap<String, String>) -> Option<String> {
    let international = data(body, "PHONE_NUMBER_INTERNATIONAL");
    international.or_else(|| data(body, "PHONE_NUMBER")).map(str::to_owned)
}

fn at(body: &BTreeMap<String, String>) -> Option<Timestamp> {
    body.get("ts")?.parse().ok().map(Timestamp::from_secs)
}

fn data<'a>(body: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    let value = body.get(&format!("data[{name}]")).map(|value| value.trim());
    value.filter(|value| !value.is_empty())
}

/// Has the portal post its events to `address`. Handlers are dropped when the application is updated, so this is done
/// with each installation.
pub(super) async fn bind(portal: &Portal<'_>, address: &str) -> Result<(), CrmError> {
    let bind = |event| Command {
        name: event,
        method: "event.bind",
        params: json!({ "event": event, "handler": address }),
    };
    for (_, outcome) in portal.batch([REMOVED, CLICKED, WISHED].map(bind).into(), false).await? {
        match outcome {
            Ok(_) | Err(Failure::Bound) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(())
}
