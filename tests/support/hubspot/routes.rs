//! What HubSpot does with a request.

use std::collections::BTreeMap;

use http::Method;
use ringbridge::clock::Timestamp;
use serde_json::{Value, json};

use super::search::search;
use super::state::{Object, State};
use super::{ACCOUNT, APPLICATION, CLIENT_ID, CLIENT_SECRET, CODE, TOKEN};

/// A request, taken apart.
pub(super) struct Asked<'a> {
    pub(super) method: &'a Method,
    pub(super) path: Vec<&'a str>,
    pub(super) query: BTreeMap<String, String>,
    pub(super) form: BTreeMap<String, String>,
    pub(super) body: Value,
    pub(super) token: &'a str,
    pub(super) now: Timestamp,
}

/// Status and body.
pub(super) type Answer = (u16, Value);

/// Properties of calls that every account has.
const CALL_PROPERTIES: [&str; 17] = [
    "hs_timestamp",
    "hs_call_title",
    "hs_call_body",
    "hs_call_direction",
    "hs_call_duration",
    "hs_call_from_number",
    "hs_call_to_number",
    "hs_call_status",
    "hs_call_disposition",
    "hubspot_owner_id",
    "hs_call_source",
    "hs_call_external_id",
    "hs_call_recording_url",
    "hs_object_id",
    "hs_lastmodifieddate",
    "hs_call_app_id",
    "hs_call_external_account_id",
];
const STATUSES: [&str; 11] = [
    "BUSY",
    "CALLING_CRM_USER",
    "CANCELED",
    "COMPLETED",
    "CONNECTING",
    "FAILED",
    "IN_PROGRESS",
    "MISSED",
    "NO_ANSWER",
    "QUEUED",
    "RINGING",
];

#[expect(clippy::needless_pass_by_value, reason = "each is made for its answer")]
pub(super) fn error(status: u16, category: &str, message: &str, errors: Value) -> Answer {
    let body = json!({ "status": "error", "message": message, "category": category, "errors": errors,
        "correlationId": "aeb5f871-7f07-4993-9211-075dc63e7cbf" });
    (status, body)
}

fn invalid(property: &str, code: &str, message: &str) -> Answer {
    let errors = json!([{ "message": message, "code": code, "context": { "propertyName": [property] } }]);
    error(400, "VALIDATION_ERROR", "Property values were not valid", errors)
}

fn missing() -> Answer {
    error(404, "OBJECT_NOT_FOUND", "resource not found", json!([]))
}

/// Answers one request.
pub(super) fn answer(state: &mut State, asked: &Asked<'_>) -> Answer {
    if let ["oauth", "v1" | "v3", "token"] = asked.path[..] {
        return tokens(state, &asked.form);
    }
    if let ["oauth", "v1", "access-tokens", token] = asked.path[..] {
        let about = json!({ "hub_id": ACCOUNT, "app_id": APPLICATION, "token_type": "access" });
        return if token == state.tokens.0 { (200, about) } else { missing() };
    }
    let application = asked.token == state.tokens.0;
    if asked.token != TOKEN && !application {
        let expired = asked.token.starts_with("access-");
        let category = if expired { "EXPIRED_AUTHENTICATION" } else { "INVALID_AUTHENTICATION" };
        return error(401, category, "Authentication credentials not found", json!([]));
    }
    match (asked.method.as_str(), &asked.path[..]) {
        ("GET", ["crm", "v3", "owners"]) => owners(state, &asked.query),
        ("GET", ["crm", "v3", "objects", "contacts" | "calls"]) => (200, json!({ "results": [] })),
        ("GET", ["crm", "v3", "properties", "calls", name]) => match state.properties.get(*name) {
            Some(unique) => (200, json!({ "name": name, "hasUniqueValue": unique })),
            None => missing(),
        },
        ("POST", ["crm", "v3", "properties", "calls", "groups"]) => {
            let name = asked.body["name"].as_str().unwrap_or_default().to_owned();
            if state.groups.contains(&name) {
                return error(409, "OBJECT_ALREADY_EXISTS", "Property group already exists", json!([]));
            }
            state.groups.push(name);
            (201, asked.body.clone())
        }
        ("POST", ["crm", "v3", "properties", "calls"]) => define(state, &asked.body),
        ("POST", ["crm", "v3", "objects", "contacts", "search"]) => search(state, &asked.body),
        ("POST", ["crm", "v3", "objects", "contacts"]) => new_contact(state, asked),
        ("POST", ["crm", "v3", "objects", "calls"]) => new_call(state, asked),
        ("POST", ["crm", "v3", "objects", "calls", "batch", "upsert"]) => upsert(state, asked),
        ("GET", ["crm", "v3", "objects", "calls", id]) => one_call(state, id, &asked.query),
        ("DELETE", ["crm", "v3", "objects", "calls", id]) => {
            for call in state.calls.iter_mut().filter(|call| call.id == *id) {
                call.archived = true;
            }
            (204, Value::Null)
        }
        ("PUT", ["crm", "v4", "objects", "calls", call, "associations", "default", "contacts", contact]) => {
            tie(state, call, contact)
        }
        ("DELETE", ["crm", "v4", "objects", "calls", call, "associations", "contacts", contact]) => {
            state.ties.retain(|(from, to)| from != call || to != contact);
            (204, Value::Null)
        }
        ("POST", ["crm", "v3", "extensions", "calling", "recordings", "ready"]) if application => {
            let id = asked.body["engagementId"].as_u64().unwrap_or_default();
            state.ready.push(id);
            (204, Value::Null)
        }
        _ => missing(),
    }
}

fn tokens(state: &mut State, form: &BTreeMap<String, String>) -> Answer {
    let given = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let refused =
        |status: &str| (400, json!({ "status": status, "message": "refused", "correlationId": "1" }));
    if given("client_id") != CLIENT_ID || given("client_secret") != CLIENT_SECRET {
        return refused("BAD_CLIENT_ID");
    }
    match given("grant_type") {
        "authorization_code" if given("code") == CODE && !given("redirect_uri").is_empty() => {}
        "refresh_token" if given("refresh_token") == state.tokens.1 => state.renewals += 1,
        "refresh_token" => return refused("BAD_REFRESH_TOKEN"),
        _ => return refused("BAD_AUTH_CODE"),
    }
    state.tokens.0 = format!("access-{}", state.renewals + 1);
    let body = json!({ "token_type": "bearer", "access_token": state.tokens.0, "refresh_token": state.tokens.1,
        "expires_in": 1800, "hub_id": ACCOUNT });
    (200, body)
}

fn owners(state: &State, query: &BTreeMap<String, String>) -> Answer {
    let limit = query.get("limit").and_then(|text| text.parse().ok()).unwrap_or(100);
    let start: usize = query.get("after").and_then(|text| text.parse().ok()).unwrap_or(0);
    let fits = |owner: &&Value| query.get("email").is_none_or(|email| owner["email"] == email.as_str());
    let all: Vec<_> = state.owners.iter().filter(fits).cloned().collect();
    let page: Vec<_> = all.iter().skip(start).take(limit).cloned().collect();
    let mut body = json!({ "results": page });
    if start + limit < all.len() {
        body["paging"] = json!({ "next": { "after": (start + limit).to_string() } });
    }
    (200, body)
}

fn define(state: &mut State, body: &Value) -> Answer {
    let name = body["name"].as_str().unwrap_or_default().to_owned();
    let group = body["groupName"].as_str().unwrap_or_default();
    if !state.groups.iter().any(|known| known == group) {
        return error(400, "VALIDATION_ERROR", "property group does not exist", json!([]));
    }
    if state.properties.contains_key(&name) {
        return error(409, "OBJECT_ALREADY_EXISTS", "A property with that name already exists", json!([]));
    }
    state.properties.insert(name, body["hasUniqueValue"] == true);
    (201, body.clone())
}

fn texts(body: &Value) -> Option<BTreeMap<String, String>> {
    let fields = body["properties"].as_object()?;
    fields.iter().map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

fn new_contact(state: &mut State, asked: &Asked<'_>) -> Answer {
    let (Some(properties), true) = (texts(&asked.body), asked.body["associations"].is_array()) else {
        return error(400, "VALIDATION_ERROR", "Invalid input JSON", json!([]));
    };
    let made = Object { id: state.next_id(), properties, updated_at: asked.now, archived: false };
    state.contacts.push(made.clone());
    (201, made.said())
}

/// What is wrong with a call's properties.
fn wrong(state: &State, fields: &BTreeMap<String, String>) -> Option<Answer> {
    let known = |name: &str| CALL_PROPERTIES.contains(&name) || state.properties.contains_key(name);
    if let Some(name) = fields.keys().find(|name| !known(name)) {
        return Some(invalid(name, "PROPERTY_DOESNT_EXIST", &format!("Property \"{name}\" does not exist")));
    }
    let text = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let owner = text("hubspot_owner_id");
    if !owner.is_empty() && !state.owners.iter().any(|one| one["id"] == owner) {
        return Some(invalid("hubspot_owner_id", "INVALID_OWNER_ID", "Owner does not exist"));
    }
    if !text("hs_call_duration").bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(invalid("hs_call_duration", "INVALID_INTEGER", "was not a valid number"));
    }
    let status = text("hs_call_status");
    if !status.is_empty() && !STATUSES.contains(&status) {
        return Some(invalid("hs_call_status", "INVALID_OPTION", "was not one of the allowed options"));
    }
    None
}

fn keyed(state: &State, fields: &BTreeMap<String, String>) -> Option<usize> {
    let unique = state.properties.iter().filter(|(_, unique)| **unique).map(|(name, _)| name);
    let keys: Vec<_> = unique.filter_map(|name| Some((name, fields.get(name)?))).collect();
    let has = |call: &Object| keys.iter().any(|(name, value)| call.properties.get(*name) == Some(value));
    state.calls.iter().position(|call| !call.archived && has(call))
}

fn new_call(state: &mut State, asked: &Asked<'_>) -> Answer {
    let associations = asked.body["associations"].as_array();
    let (Some(properties), Some(associations)) = (texts(&asked.body), associations) else {
        return error(400, "VALIDATION_ERROR", "Invalid input JSON: associations is required", json!([]));
    };
    if !properties.contains_key("hs_timestamp") {
        return invalid("hs_timestamp", "REQUIRED_FIELD", "hs_timestamp is required");
    }
    if let Some(wrong) = wrong(state, &properties) {
        return wrong;
    }
    if keyed(state, &properties).is_some() {
        return invalid(
            "ringbridge_record_id",
            "CONFLICTING_UNIQUE_VALUE",
            "Another object already has that value",
        );
    }
    let mut tied = Vec::new();
    for one in associations {
        let to = one["to"]["id"].as_str().unwrap_or_default().to_owned();
        if one["types"][0]["associationTypeId"] != 194 || !has_contact(state, &to) {
            return missing();
        }
        tied.push(to);
    }
    let made = Object { id: state.next_id(), properties, updated_at: asked.now, archived: false };
    state.ties.extend(tied.into_iter().map(|to| (made.id.clone(), to)));
    state.calls.push(made.clone());
    (201, made.said())
}

fn upsert(state: &mut State, asked: &Asked<'_>) -> Answer {
    let (mut results, mut errors) = (Vec::new(), Vec::new());
    for input in asked.body["inputs"].as_array().into_iter().flatten() {
        let key = input["idProperty"].as_str().unwrap_or_default();
        if state.properties.get(key) != Some(&true) {
            return invalid(key, "PROPERTY_DOESNT_EXIST", &format!("Property \"{key}\" does not exist"));
        }
        let Some(mut fields) = texts(input) else {
            return error(400, "VALIDATION_ERROR", "Invalid input JSON", json!([]));
        };
        fields.insert(key.to_owned(), input["id"].as_str().unwrap_or_default().to_owned());
        if let Some((_, wrong)) = wrong(state, &fields) {
            errors.push(wrong);
            continue;
        }
        let place = keyed(state, &fields);
        let mut said = if let Some(place) = place {
            let call = &mut state.calls[place];
            call.properties.extend(fields);
            call.updated_at = asked.now;
            call.said()
        } else {
            let made =
                Object { id: state.next_id(), properties: fields, updated_at: asked.now, archived: false };
            state.calls.push(made.clone());
            made.said()
        };
        said["new"] = json!(place.is_none());
        results.push(said);
    }
    let now = asked.now.rfc3339();
    let mut body = json!({ "status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now });
    if errors.is_empty() {
        return (200, body);
    }
    body["numErrors"] = json!(errors.len());
    body["errors"] = json!(errors);
    (207, body)
}

fn one_call(state: &State, id: &str, query: &BTreeMap<String, String>) -> Answer {
    let is_it = |call: &&Object| match query.get("idProperty") {
        Some(name) => call.text(name) == id,
        None => call.id == id,
    };
    let found = state.calls.iter().filter(|call| !call.archived).find(is_it);
    found.map_or_else(missing, |call| (200, call.said()))
}

fn has_contact(state: &State, id: &str) -> bool {
    state.contacts.iter().any(|contact| contact.id == id && !contact.archived)
}

fn tie(state: &mut State, call: &str, contact: &str) -> Answer {
    if !has_contact(state, contact) {
        return missing();
    }
    let tie = (call.to_owned(), contact.to_owned());
    if !state.ties.contains(&tie) {
        state.ties.push(tie);
    }
    (200, json!({ "status": "COMPLETE", "results": [] }))
}
