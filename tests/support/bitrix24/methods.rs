//! The methods of the REST interface.

use std::time::Duration;

use ringbridge::clock::Timestamp;
use serde_json::{Value, json};

use super::PortalFault;
use super::state::{Asked, Call, State};

/// How long a registration is told from a new one by its key.
const SAME_CALL: Duration = Duration::from_mins(30);

/// An error: code and description.
pub(super) type Answer = Result<Value, (String, String)>;

fn error<T>(code: &str, words: &str) -> Result<T, (String, String)> {
    Err((code.to_owned(), words.to_owned()))
}

fn text(params: &Value, name: &str) -> String {
    match params.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Asks one method.
pub(super) fn ask(state: &mut State, method: &str, params: &Value, batched: bool, now: Timestamp) -> Answer {
    state.asked.push(Asked { method: method.to_owned(), params: params.clone(), batched });
    let fault = state.inner_fault(method);
    if let Some(PortalFault::Inside(code, words)) = fault {
        return error(code, words);
    }
    match method {
        "telephony.externalCall.register" => register(state, params, fault == Some(PortalFault::NoLead), now),
        "telephony.externalCall.finish" => finish(state, params),
        "telephony.externalCall.attachRecord" => attach(state, params),
        "telephony.externalCall.hide" => {
            let call = state.calls.get_mut(&text(params, "CALL_ID"));
            Ok(json!(call.is_some_and(|call| {
                call.shown.clear();
                true
            })))
        }
        "telephony.externalLine.add" => {
            let number = text(params, "NUMBER");
            if state.lines.iter().any(|line| text(line, "NUMBER") == number) {
                return error("ERROR_CORE", "Line already exists");
            }
            state.lines.push(params.clone());
            Ok(json!({ "ID": state.lines.len() }))
        }
        "event.bind" => {
            if state.handlers.contains(params) {
                return error("", "Unable to set event handler: Handler already binded");
            }
            state.handlers.push(params.clone());
            Ok(json!(true))
        }
        "voximplant.statistic.get" => {
            let wanted = params["FILTER"].as_object().cloned().unwrap_or_default();
            let fits = |row: &&Value| wanted.iter().all(|(name, value)| row.get(name) == Some(value));
            Ok(state.calls.values().filter_map(|call| call.row.as_ref()).filter(fits).cloned().collect())
        }
        "user.get" => Ok(users(state, params)),
        "crm.duplicate.findbycomm" => {
            let values: Vec<_> =
                params["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            // The index compares texts: a number that is asked for in another spelling is not found.
            let has = |contact: &&Value| {
                !(state.lags && text(contact, "ID").len() >= 4)
                    && values.contains(&contact["PHONE"][0]["VALUE"].as_str().unwrap_or_default())
            };
            let found: Vec<_> = state
                .contacts
                .iter()
                .filter(has)
                .filter_map(|one| text(one, "ID").parse::<u64>().ok())
                .collect();
            Ok(if found.is_empty() { json!([]) } else { json!({ "CONTACT": found }) })
        }
        "crm.contact.list" => {
            let mut found = state.contacts.clone();
            if let Some(ids) = params["filter"]["@ID"].as_array() {
                found.retain(|one| ids.iter().any(|id| text(&json!({ "id": id }), "id") == text(one, "ID")));
            }
            found.sort_by_key(|one| std::cmp::Reverse(text(one, "DATE_MODIFY")));
            Ok(json!(found))
        }
        "crm.contact.add" => {
            let fields = &params["fields"];
            let id = 1000 + u64::try_from(state.contacts.len()).unwrap_or_default();
            let (number, owner) = (text(&fields["PHONE"][0], "VALUE"), text(fields, "ASSIGNED_BY_ID"));
            state.add_contact(id, &number, owner.parse().unwrap_or_default(), "2026-09-01");
            Ok(json!(id))
        }
        _ => error("ERROR_METHOD_NOT_FOUND", "Method not found!"),
    }
}

fn users(state: &State, params: &Value) -> Value {
    let wanted = text(&params["FILTER"], "PERSONAL_MOBILE");
    let fits = |user: &&Value| wanted.is_empty() || text(user, "PERSONAL_MOBILE") == wanted;
    state.users.iter().filter(fits).cloned().collect()
}

fn register(state: &mut State, params: &Value, no_lead: bool, now: Timestamp) -> Answer {
    let key = |params: &Value| {
        ["PHONE_NUMBER", "TYPE", "USER_ID", "LINE_NUMBER", "EXTERNAL_CALL_ID"].map(|name| text(params, name))
    };
    let user: u64 = text(params, "USER_ID").parse().unwrap_or_default();
    if !state.users.iter().any(|one| text(one, "ID") == user.to_string()) {
        return error("ERROR_CORE", "User is not found or is not active");
    }
    let number = digits(&text(params, "PHONE_NUMBER"));
    let known = state
        .calls
        .values()
        .find(|call| key(&call.registered) == key(params) && now.since(call.at) < SAME_CALL);
    let contact = state.contacts.iter().find(|one| digits(&text(&one["PHONE"][0], "VALUE")) == number);
    let entity = match contact {
        Some(_) if params.get("CRM_ENTITY_ID").is_some() => {
            Some((text(params, "CRM_ENTITY_TYPE"), text(params, "CRM_ENTITY_ID")))
        }
        Some(contact) => Some(("CONTACT".to_owned(), text(contact, "ID"))),
        None => None,
    };
    let id = known.map_or_else(
        || format!("externalCall.{:032x}.{}", state.calls.len() + 1, now.secs()),
        |call| call.id.clone(),
    );
    let creates = text(params, "CRM_CREATE") == "1" && entity.is_none() && known.is_none();
    if creates && !no_lead {
        state.leads += 1;
    }
    let call = state.calls.entry(id.clone()).or_insert_with(|| Call {
        id: id.clone(),
        registered: params.clone(),
        at: now,
        shown: std::collections::BTreeSet::new(),
        row: None,
        record: None,
    });
    if text(params, "SHOW") != "0" {
        call.shown.insert(user);
    }
    let (kind, entity) = entity.unzip();
    let mut made = json!({ "CALL_ID": id, "CRM_CREATED_LEAD": null, "CRM_CREATED_ENTITIES": [],
        "CRM_ENTITY_TYPE": kind, "CRM_ENTITY_ID": entity.and_then(|id| id.parse::<u64>().ok()) });
    if creates && no_lead {
        made["LEAD_CREATION_ERROR"] = json!("Lead creation is disabled for local users");
    }
    Ok(made)
}

fn finish(state: &mut State, params: &Value) -> Answer {
    let unfinished = state.calls.len();
    let call = state.calls.get_mut(&text(params, "CALL_ID")).filter(|call| call.row.is_none());
    let Some(call) = call else {
        // With a code on some portals, without one on others.
        return error("", "Call is not found (call should be registered prior to finishing");
    };
    let row = json!({ "CALL_ID": call.id, "EXTERNAL_CALL_ID": call.registered["EXTERNAL_CALL_ID"],
        "PORTAL_USER_ID": text(params, "USER_ID"), "PHONE_NUMBER": call.registered["PHONE_NUMBER"],
        "CALL_DURATION": text(params, "DURATION"), "CALL_FAILED_CODE": params["STATUS_CODE"],
        "CRM_ENTITY_ID": call.registered["CRM_ENTITY_ID"], "CRM_ACTIVITY_ID": 7000 + unfinished });
    call.shown.clear();
    call.row = Some(row.clone());
    Ok(row)
}

fn attach(state: &mut State, params: &Value) -> Answer {
    let call = state.calls.get_mut(&text(params, "CALL_ID")).filter(|call| call.row.is_some());
    let Some(call) = call else {
        return error(
            "ERROR_CORE",
            "Call is not found in the statistic table. Looks like it is not finished yet.",
        );
    };
    let name = text(params, "FILENAME");
    if !std::path::Path::new(&name).extension().is_some_and(|ending| ending == "mp3" || ending == "wav") {
        return error("ERROR_CORE", "Wrong file extension");
    }
    call.record = Some(params.clone());
    Ok(json!({ "FILE_ID": 9079 }))
}
