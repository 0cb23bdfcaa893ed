//! What an account's API does, as far as calls need it.

use ringbridge::clock::Timestamp;
use serde_json::{Value, json};

use super::notes;
use super::state::State;

/// A request.
pub(super) struct Asked {
    method: String,
    /// The path below `/api/v4` or `/api/v2`.
    pub(super) path: String,
    query: Vec<(String, String)>,
    pub(super) body: Value,
}

/// A status and, where there is one, a body.
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
}

impl Asked {
    pub(super) fn new(method: &str, path: &str, query: Vec<(String, String)>, body: Value) -> Self {
        let below = ["/api/v4/", "/api/v2/", "/"].into_iter().find_map(|prefix| path.strip_prefix(prefix));
        let path = below.unwrap_or(path).trim_end_matches('/').to_owned();
        Self { method: method.to_owned(), path, query, body }
    }

    /// Such as `GET contacts/ID/notes`.
    pub(super) fn name(&self) -> String {
        let parts = self.path.split('/');
        let parts = parts.map(|part| if part.parse::<u64>().is_ok() { "ID" } else { part });
        format!("{} {}", self.method, parts.collect::<Vec<_>>().join("/"))
    }

    /// A parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// One page of what was found: nothing has a status of its own.
    pub(super) fn page(&self, name: &str, found: Vec<Value>) -> Answered {
        let number = |name: &str, otherwise| {
            self.parameter(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
        };
        let (limit, page) = (number("limit", 50_usize).min(250), number("page", 1_usize).max(1));
        let items: Vec<_> = found.into_iter().skip((page - 1) * limit).take(limit).collect();
        if items.is_empty() {
            return Answered { status: 204, body: None };
        }
        success(json!({ "_page": page, "_links": {}, "_embedded": { name: items } }))
    }
}

/// It worked.
pub(super) fn success(body: Value) -> Answered {
    Answered { status: 200, body: Some(body) }
}

/// A problem document; `paths` are the fields that are wrong.
pub(super) fn problem(status: u16, title: &str, paths: &[&str]) -> Answered {
    let mut body = json!({ "title": title, "type": format!("https://httpstatus.es/{status}"),
        "status": status, "detail": "Request validation failed" });
    if !paths.is_empty() {
        let error = |path: &&str| json!({ "code": "InvalidValue", "path": path, "detail": "is not valid" });
        let errors: Vec<_> = paths.iter().map(error).collect();
        body["validation-errors"] = json!([{ "request_id": "0", "errors": errors }]);
    }
    Answered { status, body: Some(body) }
}

/// Does what is asked.
pub(super) fn act(state: &mut State, asked: &Asked, now: Timestamp) -> Answered {
    let parts: Vec<_> = asked.path.split('/').collect();
    match (asked.method.as_str(), parts.as_slice()) {
        ("GET", ["account"]) => success(json!({ "id": 34_389_139, "name": "Example",
            "subdomain": state.account.split('.').next(), "current_user_id": 1, "country": "GB" })),
        ("GET", ["users"]) => asked.page("users", state.users.clone()),
        ("GET", ["leads", "unsorted"]) => {
            let mut found = state.unsorted.clone();
            found.reverse();
            asked.page("unsorted", found)
        }
        ("POST", ["leads", "unsorted", "sip"]) => come(state, &asked.body, now),
        ("GET", [kind @ ("contacts" | "companies" | "leads")]) => search(state, kind, asked),
        ("POST", [kind @ ("contacts" | "companies")]) => make(state, kind, &asked.body, now),
        ("GET", [kind, id, "notes"]) => notes::list(state, kind, id, asked),
        ("POST", [kind, "notes"]) => notes::add(state, kind, &asked.body, now),
        ("PATCH", [kind, "notes"]) => notes::change(state, kind, &asked.body, now),
        ("POST", ["events"]) => tell(state, &asked.body),
        _ => problem(404, "Not Found", &[]),
    }
}

/// A full-text search: digits are compared with those of every value.
fn search(state: &mut State, kind: &str, asked: &Asked) -> Answered {
    let hidden = state.hidden.clone();
    let wanted = asked.parameter("query").unwrap_or_default().to_owned();
    let Some(cards) = state.cards(kind) else { return problem(404, "Not Found", &[]) };
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let holds = |card: &&Value| {
        let values = card["custom_fields_values"].as_array().into_iter().flatten();
        let mut values = values.flat_map(|field| field["values"].as_array().into_iter().flatten());
        values.any(|one| digits(one["value"].as_str().unwrap_or_default()).contains(&wanted))
    };
    let seen = |card: &&Value| card["id"].as_u64().is_none_or(|id| !hidden.contains(&id));
    let found = cards.iter().filter(seen).filter(holds).cloned().collect();
    asked.page(kind, found)
}

fn make(state: &mut State, kind: &str, body: &Value, now: Timestamp) -> Answered {
    let Some(items) = body.as_array() else { return problem(400, "Bad Request", &["0"]) };
    let mut made = Vec::new();
    for item in items {
        let user = &item["responsible_user_id"];
        if !user.is_null() && !state.has_user(user) {
            return problem(400, "Bad Request", &["responsible_user_id"]);
        }
        let id = state.new_id();
        let mut card = item.clone();
        card["id"] = json!(id);
        card["updated_at"] = json!(now.secs());
        if state.lags {
            state.hidden.insert(id);
        }
        state.cards(kind).into_iter().for_each(|cards| cards.push(card.clone()));
        made.push(json!({ "id": id, "request_id": "0", "_links": {} }));
    }
    success(json!({ "_links": {}, "_embedded": { kind: made } }))
}

/// An incoming lead of a call: what comes with it can't be found before somebody accepts it, and where it is wanted the
/// call is logged on its contact.
fn come(state: &mut State, body: &Value, now: Timestamp) -> Answered {
    let item = &body[0];
    let metadata = &item["metadata"];
    let texts = ["service_code", "phone", "from"].map(|name| (name, metadata[name].is_string()));
    let numbers = ["duration", "called_at"].map(|name| (name, metadata[name].is_u64()));
    let sources = ["source_name", "source_uid"].map(|name| (name, item[name].is_string()));
    let wrong: Vec<_> =
        texts.into_iter().chain(numbers).chain(sources).filter(|(_, is)| !is).map(|(name, _)| name).collect();
    if !wrong.is_empty() {
        return problem(400, "Bad Request", &wrong);
    }
    let (uid, lead, contact) = (state.new_id(), state.new_id(), state.new_id());
    let mut card = item["_embedded"]["contacts"][0].clone();
    card["id"] = json!(contact);
    card["updated_at"] = json!(now.secs());
    state.contacts.push(card);
    state.hidden.insert(contact);
    state.leads.push(json!({ "id": lead, "name": item["_embedded"]["leads"][0]["name"] }));
    if metadata["is_call_event_needed"] == true {
        let params = json!({ "uniq": metadata["uniq"], "duration": metadata["duration"],
            "source": item["source_name"], "phone": metadata["from"], "link": metadata["link"] });
        let note = json!({ "entity_id": contact, "note_type": "call_in", "params": params });
        notes::put(state, "contacts", &note, now);
    }
    let incoming = json!({ "uid": format!("uid-{uid}"), "source_uid": item["source_uid"], "category": "sip",
        "created_at": item["created_at"], "metadata": metadata,
        "_embedded": { "contacts": [{ "id": contact }], "leads": [{ "id": lead }], "companies": [] } });
    state.unsorted.push(incoming.clone());
    success(json!({ "_total_items": 1, "_embedded": { "unsorted": [incoming] } }))
}

fn tell(state: &mut State, body: &Value) -> Answered {
    let items = body["add"].as_array().cloned().unwrap_or_default();
    let whole = |item: &Value| item["type"] == "phone_call" && item["phone_number"].is_string();
    if items.is_empty() || !items.iter().all(whole) {
        return problem(400, "Bad Request", &["add"]);
    }
    state.events.extend(items);
    Answered { status: 202, body: None }
}
