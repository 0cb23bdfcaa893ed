//! What RetailCRM is told of a phone at once, so that its card is shown and closed, and what it tells us: that somebody
//! clicked on a number (docs/retailcrm.md §5).

use std::collections::BTreeMap;

use serde_json::{Value, json};
use url::Url;

use super::fields::{self, MODULE};
use super::request::Api;
use crate::crm::{Access, CallWish, CrmError, CrmEvent, Message};
use crate::model::call::RecordKind;
use crate::model::delivery::Progress;
use crate::model::ids::CrmUserId;

/// A card was shown.
pub(super) const SHOWN: &str = "shown";
/// RetailCRM knows nobody with this extension, or no such user.
pub(super) const UNKNOWN: &str = "unknown";

const EVENT: &str = "telephony/call/event";

/// Tells of a phone that rings or stops ringing; of one that is answered there is nothing to tell.
pub(super) async fn tell(
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    known: &Progress,
) -> Result<Progress, CrmError> {
    match message.kind {
        RecordKind::Ringing => {
            let Some(event) = fields::event(access, message, fields::way(message)) else {
                return Ok(Progress::default());
            };
            let told = api.post(EVENT, &form(&Value::Object(event))).await?;
            let progress = Progress::default().with_id(SHOWN, "1");
            Ok(if knows_everybody(&told) { progress } else { progress.with_id(UNKNOWN, "1") })
        }
        RecordKind::Stopped if known.id(SHOWN).is_some() => {
            hang_up(api, access, message).await?;
            Ok(Progress::default())
        }
        RecordKind::Answered
        | RecordKind::Stopped
        | RecordKind::Ended
        | RecordKind::Missed
        | RecordKind::Withdrawn
        | RecordKind::Recording => Ok(Progress::default()),
    }
}

/// Closes the card.
pub(super) async fn hang_up(
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
) -> Result<(), CrmError> {
    let Some(mut event) = fields::event(access, message, "hangup") else { return Ok(()) };
    event.insert("hangupStatus".to_owned(), json!(fields::hung_up(message)));
    api.post(EVENT, &form(&Value::Object(event))).await.map(drop)
}

fn form(event: &Value) -> [(&'static str, String); 2] {
    [("clientId", MODULE.to_owned()), ("event", event.to_string())]
}

/// The mapped user is known there, or else the extension.
fn knows_everybody(told: &Value) -> bool {
    let none = |name: &str| told.get(name).and_then(Value::as_array).is_none_or(Vec::is_empty);
    none("notExistUsers") && none("notExistCodes")
}

/// Registers our telephony as an integration module, with the address that clicks go to. Repeated, it changes nothing.
pub(super) async fn register(api: &Api<'_>, address: &Url) -> Result<(), CrmError> {
    let ours = address.origin().ascii_serialization();
    let module = json!({
        "code": MODULE,
        "integrationCode": MODULE,
        "clientId": MODULE,
        "name": "Ringbridge",
        "active": true,
        "baseUrl": ours,
        "accountUrl": ours,
        "integrations": { "telephony": {
            "makeCallUrl": address.as_str(),
            "allowEdit": true,
            "inputEventSupported": true,
            "outputEventSupported": true,
            "hangupEventSupported": true,
        } },
    });
    let form = [("integrationModule", module.to_string())];
    api.post(&format!("integration-modules/{MODULE}/edit"), &form).await.map(drop)
}

/// Reads a click. The address that it came to is the proof.
pub(super) fn read(body: &BTreeMap<String, String>) -> CrmEvent {
    let given = |name: &str| body.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
    if given("clientId") != Some(MODULE) {
        return CrmEvent::Forged;
    }
    // Without a user it would ring whoever answers for calls of nobody: not who clicked.
    let wish = given("userId").and_then(CrmUserId::parse).zip(given("phone"));
    wish.map_or(CrmEvent::Other, |(user, number)| {
        CrmEvent::Call(CallWish {
            crm_user: Some(user),
            number: number.to_owned(),
            at: None,
            progress: Progress::default(),
        })
    })
}
