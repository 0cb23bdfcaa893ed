//! The search for contacts: what it must be asked, how it compares numbers, and the limit of its own.

use serde_json::{Value, json};

use super::routes::{Answer, error};
use super::state::{Object, State};

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// What HubSpot keeps of a number of Great Britain, America or Russia: the digits at home, without what is dialled before them.
fn calculated(text: &str) -> String {
    let digits = digits(text);
    let abroad = text.starts_with('+');
    let rest = if abroad {
        ["44", "1", "7"].iter().find_map(|country| digits.strip_prefix(country))
    } else {
        digits.strip_prefix('0')
    };
    rest.unwrap_or(&digits).to_owned()
}

/// Asks for contacts.
pub(super) fn search(state: &mut State, body: &Value) -> Answer {
    let given = ["filterGroups", "sorts", "properties", "limit", "after"];
    if let Some(name) = given.iter().find(|name| body.get(**name).is_none()) {
        return error(400, "VALIDATION_ERROR", &format!("{name} is required"), json!([]));
    }
    let Some(left) = state.searches.checked_sub(1) else {
        let mut refused = error(429, "RATE_LIMITS", "You have reached your secondly limit.", json!([]));
        refused.1["policyName"] = json!("SECONDLY");
        refused.1["errorType"] = json!("RATE_LIMIT");
        return refused;
    };
    state.searches = left;
    let has = |contact: &Object, filter: &Value| {
        let value = match filter["propertyName"].as_str().unwrap_or_default() {
            "hs_searchable_calculated_phone_number" => calculated(contact.text("phone")),
            "hs_searchable_calculated_mobile_number" => calculated(contact.text("mobilephone")),
            name => contact.text(name).to_owned(),
        };
        let wanted = filter["values"].as_array().into_iter().flatten();
        !value.is_empty() && wanted.filter_map(Value::as_str).any(|wanted| wanted == value)
    };
    let fits =
        |contact: &&Object| {
            body["filterGroups"].as_array().into_iter().flatten().any(|group| {
                group["filters"].as_array().into_iter().flatten().all(|filter| has(contact, filter))
            })
        };
    let hidden = |contact: &Object| state.lags && contact.text("firstname") == "Caller";
    let seen = |contact: &&Object| !contact.archived && !hidden(contact);
    let results: Vec<_> = state.contacts.iter().filter(seen).filter(fits).map(Object::said).collect();
    (200, json!({ "total": results.len(), "results": results }))
}
