//! The property of ours on HubSpot's calls: its values are unique, so that a call written twice is one
//! (docs/hubspot.md §3). Made once, whoever comes first.

use serde_json::{Value, json};

use super::answer::Failure;
use super::request::Api;
use super::wire::{Definition, GROUP, KEY, VERSION};
use crate::crm::CrmError;
use crate::model::delivery::AttemptClass::Refused;

const NOT_UNIQUE: &str = "HubSpot has a property ringbridge_record_id on calls whose values are not unique: remove it, \
                          then check the connection";

/// Makes it unless it is there.
pub(super) async fn ensure(api: &Api<'_>) -> Result<(), CrmError> {
    let path = format!("crm/{VERSION}/properties/calls");
    let there: Result<Definition, _> = api.get(&format!("{path}/{KEY}"), &[]).await;
    match there {
        Ok(there) if there.has_unique_value => return Ok(()),
        Ok(_) => return Err(CrmError::answered(200, Refused, NOT_UNIQUE)),
        Err(Failure::Missing(_) | Failure::NoKey(_)) => {}
        Err(failure) => return Err(failure.into()),
    }
    let group = json!({ "name": GROUP, "label": "Ringbridge", "displayOrder": -1 });
    made(api.post(&format!("{path}/groups"), &group).await)?;
    let property = json!({
        "name": KEY,
        "label": "Ringbridge record",
        "description": "By this Ringbridge knows its calls again.",
        "groupName": GROUP,
        "type": "string",
        "fieldType": "text",
        "hasUniqueValue": true,
        "formField": false,
    });
    made(api.post(&path, &property).await)
}

/// That somebody else was quicker is as good.
fn made(answer: Result<Value, Failure>) -> Result<(), CrmError> {
    match answer {
        Ok(_) | Err(Failure::Exists(_)) => Ok(()),
        Err(failure) => Err(failure.into()),
    }
}
