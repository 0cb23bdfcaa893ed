//! What is answered to whom.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};

use super::{API_KEY, State};

/// A status and a body.
type Answer = (u16, Value);

/// A request that came in.
pub(super) struct Asked<'a> {
    pub(super) method: &'a Method,
    pub(super) path: Vec<&'a str>,
    pub(super) query: BTreeMap<String, String>,
    pub(super) form: BTreeMap<String, String>,
    pub(super) key: &'a str,
}

impl Asked<'_> {
    /// The request with what is nested taken apart.
    pub(super) fn understood(&self, name: &str) -> Value {
        let apart = |(name, text): (&String, &String)| {
            let nested = text.starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten();
            (name.clone(), nested.unwrap_or_else(|| json!(text)))
        };
        let query: serde_json::Map<_, _> = self.query.iter().map(apart).collect();
        let form: serde_json::Map<_, _> = self.form.iter().map(apart).collect();
        json!([name, query, form])
    }

    /// What stands as JSON in a field of the form.
    fn nested(&self, name: &str) -> Option<Value> {
        serde_json::from_str(self.form.get(name)?).ok()
    }
}

fn refused(status: u16, words: &str) -> Answer {
    (status, json!({ "success": false, "errorMsg": words }))
}

fn wrong(field: &str, words: &str) -> Answer {
    let errors = json!({ field: words });
    (400, json!({ "success": false, "errorMsg": "Errors in the input parameters", "errors": errors }))
}

/// Answers a request.
pub(super) fn answer(state: &mut State, asked: &Asked<'_>) -> Answer {
    if asked.key != API_KEY {
        return refused(403, "Wrong \"apiKey\" value.");
    }
    if asked.path[0] == "telephony" && !state.telephony {
        return refused(403, "Access denied.");
    }
    match (asked.method.as_str(), asked.path.as_slice()) {
        ("GET", ["users"]) => users(state, asked),
        ("GET", ["telephony", "manager"]) => manager(state, asked),
        ("POST", ["telephony", "call", "event"]) => event(state, asked),
        ("POST", ["telephony", "calls", "upload"]) => upload(state, asked),
        ("POST", ["integration-modules", code, "edit"]) => module(state, asked, code),
        _ => refused(404, "API method not found"),
    }
}

fn users(state: &State, asked: &Asked<'_>) -> Answer {
    let number =
        |name: &str, default| asked.query.get(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (limit, page) = (number("limit", 20), number("page", 1).max(1));
    if ![20, 50, 100].contains(&limit) {
        return wrong("limit", "The value you selected is not a valid choice.");
    }
    let only_active = asked.query.get("filter[active]").is_some_and(|active| active == "1");
    let all: Vec<_> = state.users.iter().filter(|user| user.active || !only_active).collect();
    let shown = |user: &&super::User| {
        let (first, last) = user.name.split_once(' ').unwrap_or((user.name, ""));
        json!({ "id": user.id, "active": user.active, "firstName": first, "lastName": last,
            "email": format!("u{}@example.com", user.id), "code": user.code, "status": "free" })
    };
    let shown: Vec<_> = all.iter().skip((page - 1) * limit).take(limit).map(shown).collect();
    let pagination = json!({ "limit": limit, "totalCount": all.len(), "currentPage": page,
        "totalPageCount": all.len().div_ceil(limit) });
    (200, json!({ "success": true, "pagination": pagination, "users": shown }))
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn manager(state: &State, asked: &Asked<'_>) -> Answer {
    let Some(phone) = asked.query.get("phone").filter(|phone| !phone.is_empty()) else {
        return wrong("phone", "Parameter \"phone\" is missing");
    };
    let found = state.customers.iter().find(|(number, _)| *number == digits(phone));
    let user = found.and_then(|(_, id)| state.users.iter().find(|user| user.id == *id));
    let manager = user.map(|user| json!({ "id": user.id, "firstName": user.name, "code": user.code }));
    let mut body =
        json!({ "success": true, "links": { "newCustomerLink": "https://crm.example/customers/add" } });
    if let Some(manager) = manager {
        body["manager"] = manager;
        body["customer"] = json!({ "id": 1, "phones": [{ "number": phone }] });
    }
    (200, body)
}

fn event(state: &mut State, asked: &Asked<'_>) -> Answer {
    let Some(event) = asked.nested("event").filter(Value::is_object) else {
        return wrong("event", "Parameter \"event\" is missing");
    };
    if !["in", "out", "hangup"].contains(&event["type"].as_str().unwrap_or_default()) {
        return wrong("event[type]", "This value is not valid.");
    }
    let statuses = ["answered", "busy", "cancel", "failed", "no answered"];
    if event["type"] == "hangup" && !statuses.contains(&event["hangupStatus"].as_str().unwrap_or_default()) {
        return wrong("event[hangupStatus]", "This value is not valid.");
    }
    if event["phone"].as_str().is_none_or(str::is_empty) {
        return wrong("event[phone]", "This value should not be blank.");
    }
    let list = |name: &str| event[name].as_array().cloned().unwrap_or_default();
    let has_code = |code: &Value| state.users.iter().any(|user| user.active && user.code == code.as_str());
    let has_user = |id: &Value| state.users.iter().any(|user| user.active && Some(user.id) == id.as_u64());
    let codes: Vec<_> = list("codes").into_iter().filter(|code| !has_code(code)).collect();
    let users: Vec<_> = list("userIds").into_iter().filter(|user| !has_user(user)).collect();
    state.events.push(event);
    let mut body = json!({ "success": true });
    for (name, unknown) in [("notExistCodes", codes), ("notExistUsers", users)] {
        if !unknown.is_empty() {
            body[name] = json!(unknown);
        }
    }
    (200, body)
}

fn upload(state: &mut State, asked: &Asked<'_>) -> Answer {
    let Some(calls) = asked.nested("calls").and_then(|calls| calls.as_array().cloned()) else {
        return wrong("calls", "Parameter \"calls\" is missing");
    };
    if calls.len() > 50 {
        return refused(400, "Array \"calls\" contains more than 50 elements");
    }
    if let Some(answer) = calls.iter().enumerate().find_map(|(place, call)| mistake(state, place, call)) {
        return answer;
    }
    let mut duplicates = Vec::new();
    for call in &calls {
        if state.calls.iter().any(|known| known["externalId"] == call["externalId"]) {
            duplicates.push(call["externalId"].clone());
        } else {
            state.calls.push(call.clone());
        }
    }
    let mut body = json!({ "success": true, "processedCallsCount": calls.len() - duplicates.len() });
    if !duplicates.is_empty() {
        body["duplicateCalls"] = json!(duplicates);
    }
    (200, body)
}

/// What is wrong with a call.
fn mistake(state: &State, place: usize, call: &Value) -> Option<Answer> {
    let text = |name: &str| call[name].as_str().unwrap_or_default();
    let field = |name: &str| format!("calls[{place}][{name}]");
    let results = ["answered", "busy", "failed", "no answer", "not allowed", "unknown"];
    for (name, known) in [("type", &["in", "out"][..]), ("result", &results[..])] {
        if !known.contains(&text(name)) {
            return Some(wrong(&field(name), "This value is not valid."));
        }
    }
    let shape = text("date").chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect::<String>();
    if shape != "9999-99-99 99:99:99" {
        return Some(wrong(&field("date"), "This value is not a valid datetime."));
    }
    if digits(text("phone")).len() < 3 {
        return Some(wrong(&field("phone"), "This value should not be blank."));
    }
    let user = call["userId"].as_u64();
    if user.is_some_and(|id| !state.users.iter().any(|user| user.id == id)) {
        return Some(wrong(&field("userId"), "User does not exist."));
    }
    let whole = |name: &str| call[name].is_null() || call[name].as_u64().is_some();
    (!whole("duration") || !whole("durationWaiting"))
        .then(|| wrong(&field("duration"), "This value is not valid."))
}

fn module(state: &mut State, asked: &Asked<'_>, code: &str) -> Answer {
    let Some(module) = asked.nested("integrationModule").filter(|module| module["code"] == code) else {
        return wrong("integrationModule", "Parameter \"integrationModule\" is missing");
    };
    state.modules.retain(|known| known["code"] != code);
    state.modules.push(module);
    (200, json!({ "success": true, "info": {} }))
}
