//! What each of the four answers.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Crm, State};

/// A status and a body.
type Answer = (u16, Value);

/// A request that came in.
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) path: Vec<&'a str>,
    pub(super) query: BTreeMap<String, String>,
    pub(super) body: Value,
}

/// What somebody without the token is answered.
pub(super) fn stranger(crm: Crm) -> Answer {
    match crm {
        Crm::Pipedrive => (401, json!({ "success": false, "error": "unauthorized access" })),
        Crm::Zoho => (401, json!({ "code": "INVALID_TOKEN", "status": "error", "details": {} })),
        Crm::EspoCrm => (401, Value::Null),
        Crm::Odoo => {
            (401, json!({ "name": "werkzeug.exceptions.Unauthorized", "message": "Invalid apikey" }))
        }
    }
}

/// Answers a request.
pub(super) fn answer(state: &mut State, crm: Crm, asked: &Asked<'_>) -> Answer {
    match crm {
        Crm::Pipedrive => pipedrive(state, asked),
        Crm::Zoho => zoho(state, asked),
        Crm::EspoCrm => espocrm(state, asked),
        Crm::Odoo => odoo(state, asked),
    }
}

fn named(state: &State, number: &str) -> Vec<u64> {
    state.contacts.iter().filter(|(_, known)| known == number).map(|(id, _)| *id).collect()
}

fn contact(state: &mut State, number: &Value) -> u64 {
    let id = state.new_id();
    state.contacts.push((id, number.as_str().unwrap_or_default().to_owned()));
    id
}

fn log(state: &mut State, call: &Value) -> u64 {
    let id = state.new_id();
    state.calls.push((id, call.clone()));
    id
}

/// The fields of a call that is there are replaced.
fn change(state: &mut State, id: &str, fields: &Value) -> bool {
    let Some((_, call)) = state.calls.iter_mut().find(|(known, _)| known.to_string() == id) else {
        return false;
    };
    for (name, value) in fields.as_object().into_iter().flatten() {
        call[name] = value.clone();
    }
    true
}

fn remove(state: &mut State, id: &str) -> bool {
    let before = state.calls.len();
    state.calls.retain(|(known, _)| known.to_string() != id);
    state.calls.len() < before
}

fn lacks(body: &Value, names: &[&str]) -> bool {
    names.iter().any(|name| body[name].is_null())
}

fn pipedrive(state: &mut State, asked: &Asked<'_>) -> Answer {
    let fine = |data: Value| (200, json!({ "success": true, "data": data }));
    let gone = || (404, json!({ "success": false, "error": "not found" }));
    match (asked.method, asked.path.as_slice()) {
        ("GET", ["api", "v2", "persons", "search"]) => {
            let found = named(state, asked.query.get("term").map_or("", String::as_str));
            let items: Vec<_> =
                found.iter().map(|id| json!({ "item": { "id": id, "type": "person" } })).collect();
            fine(json!({ "items": items }))
        }
        ("POST", ["api", "v2", "persons"]) => {
            let id = contact(state, &asked.body["phones"][0]["value"]);
            fine(json!({ "id": id }))
        }
        ("GET", ["v1", "callLogs"]) => {
            let shown = |(id, call): &(u64, Value)| {
                let mut call = call.clone();
                call["id"] = json!(id.to_string());
                call
            };
            let calls: Vec<_> = state.calls.iter().rev().map(shown).collect();
            fine(json!(calls))
        }
        ("POST", ["v1", "callLogs"]) => {
            let outcomes =
                ["connected", "no_answer", "left_message", "left_voicemail", "wrong_number", "busy"];
            let known = outcomes.contains(&asked.body["outcome"].as_str().unwrap_or_default());
            if !known || lacks(&asked.body, &["to_phone_number", "start_time", "end_time"]) {
                return (400, json!({ "success": false, "error": "Bad request" }));
            }
            let id = log(state, &asked.body);
            fine(json!({ "id": id.to_string() }))
        }
        ("DELETE", ["v1", "callLogs", id]) if remove(state, id) => fine(Value::Null),
        ("GET", ["v1", "users"]) => {
            fine(json!([{ "id": 7, "name": "Ann Example", "email": "ann@example.com" }]))
        }
        _ => gone(),
    }
}

fn zoho(state: &mut State, asked: &Asked<'_>) -> Answer {
    let row = |id: &str| json!({ "code": "SUCCESS", "status": "success", "details": { "id": id } });
    let fine = |id: &str| (200, json!({ "data": [row(id)] }));
    let wrong = |code: &str| (207, json!({ "data": [{ "code": code, "status": "error", "details": {} }] }));
    match (asked.method, asked.path.as_slice()) {
        ("GET", ["crm", "v8", "Contacts", "search"]) => {
            let found = named(state, asked.query.get("phone").map_or("", String::as_str));
            // Nobody: an answer without a body.
            let shown = |id: &u64| json!({ "id": id.to_string(), "Modified_Time": format!("2026-09-{id:02}T12:00:00+01:00") });
            let data: Vec<_> = found.iter().map(shown).collect();
            if data.is_empty() { (204, Value::Null) } else { (200, json!({ "data": data })) }
        }
        ("POST", ["crm", "v8", "Calls", "upsert"]) => {
            let call = &asked.body["data"][0];
            if lacks(call, &["Subject", "Call_Type", "Call_Start_Time"]) {
                return wrong("MANDATORY_NOT_FOUND");
            }
            let known = state.calls.iter().find(|(_, known)| known["Ringbridge_Id"] == call["Ringbridge_Id"]);
            let id = known.map(|(id, _)| id.to_string());
            let id = if let Some(id) = id {
                change(state, &id, call);
                id
            } else {
                log(state, call).to_string()
            };
            fine(&id)
        }
        ("PUT", ["crm", "v8", "Calls", id]) if change(state, id, &asked.body["data"][0]) => fine(id),
        ("DELETE", ["crm", "v8", "Calls", id]) if remove(state, id) => fine(id),
        ("GET", ["crm", "v8", "users"]) => {
            (200, json!({ "users": [{ "id": "7", "full_name": "Ann Example", "email": "ann@example.com" }] }))
        }
        _ => (404, json!({ "code": "INVALID_URL_PATTERN", "status": "error" })),
    }
}

fn espocrm(state: &mut State, asked: &Asked<'_>) -> Answer {
    let wanted = asked.query.get("where[0][value]").cloned().unwrap_or_default();
    let list = |list: Vec<Value>| (200, json!({ "total": list.len(), "list": list }));
    match (asked.method, asked.path.as_slice()) {
        ("GET", ["api", "v1", "Contact"]) => {
            let shown = |id: &u64| json!({ "id": format!("c{id}"), "modifiedAt": format!("2026-09-{id:02} 12:00:00") });
            list(named(state, &wanted).iter().map(shown).collect())
        }
        ("POST", ["api", "v1", "Contact"]) => {
            let id = contact(state, &asked.body["phoneNumber"]);
            (200, json!({ "id": format!("c{id}") }))
        }
        ("GET", ["api", "v1", "Call"]) => {
            let has = |call: &Value| call["description"].as_str().is_some_and(|text| text.contains(&wanted));
            let found = state.calls.iter().filter(|(_, call)| has(call));
            list(
                found
                    .map(|(id, call)| json!({ "id": id.to_string(), "description": call["description"] }))
                    .collect(),
            )
        }
        ("POST", ["api", "v1", "Call"]) => {
            let held =
                ["Planned", "Held", "Not Held"].contains(&asked.body["status"].as_str().unwrap_or_default());
            if !held || lacks(&asked.body, &["name", "dateStart", "dateEnd"]) {
                return (400, json!({ "messageTranslation": { "label": "validationFailure" } }));
            }
            let id = log(state, &asked.body);
            (200, json!({ "id": id.to_string() }))
        }
        ("PUT", ["api", "v1", "Call", id]) if change(state, id, &asked.body) => (200, json!({ "id": id })),
        ("DELETE", ["api", "v1", "Call", id]) if remove(state, id) => (200, json!(true)),
        ("GET", ["api", "v1", "User"]) => {
            list(vec![json!({ "id": "u7", "name": "Ann Example", "emailAddress": null })])
        }
        _ => (404, Value::Null),
    }
}

fn odoo(state: &mut State, asked: &Asked<'_>) -> Answer {
    let ["json", "2", model, method] = asked.path.as_slice() else { return (404, Value::Null) };
    let wanted = asked.body["domain"][0][2].as_str().unwrap_or_default().to_owned();
    let id = asked.body["ids"][0].as_u64().unwrap_or_default().to_string();
    let values = &asked.body["vals_list"][0];
    match (asked.method, *model, *method) {
        ("POST", "res.partner", "search_read") => {
            let shown = |id: &u64| json!({ "id": id, "write_date": format!("2026-09-{id:02} 12:00:00") });
            let found: Vec<_> = named(state, &wanted).iter().map(shown).collect();
            (200, json!(found))
        }
        ("POST", "res.partner", "create") => (200, json!([contact(state, &values["phone"])])),
        ("POST", "mail.message", "search_read") => {
            let has = |call: &Value| call["body"].as_str().is_some_and(|text| text.contains(&wanted));
            let found = state.calls.iter().filter(|(_, call)| has(call));
            let found: Vec<_> = found.map(|(id, call)| json!({ "id": id, "body": call["body"] })).collect();
            (200, json!(found))
        }
        ("POST", "mail.message", "create") if values["res_id"].is_u64() => (200, json!([log(state, values)])),
        ("POST", "mail.message", "write") if change(state, &id, &asked.body["vals"]) => (200, json!(true)),
        ("POST", "mail.message", "unlink") if remove(state, &id) => (200, json!(true)),
        ("POST", "res.users", "search_read") => {
            (200, json!([{ "id": 7, "name": "Ann Example", "email": "ann@example.com" }]))
        }
        ("POST", "mail.message", _) => {
            (404, json!({ "name": "odoo.exceptions.MissingError", "message": "gone" }))
        }
        _ => (422, json!({ "name": "builtins.TypeError", "message": "wrong" })),
    }
}
