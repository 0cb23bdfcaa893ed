//! Notes of an account: each on one thing, calls with their parameters.

use ringbridge::clock::Timestamp;
use serde_json::{Value, json};

use super::routes::{Answered, Asked, problem, success};
use super::state::State;

/// `GET /api/v4/{kind}/{id}/notes`.
pub(super) fn list(state: &mut State, kind: &str, id: &str, asked: &Asked) -> Answered {
    let id = json!(id.parse::<u64>().unwrap_or_default());
    if !is_there(state, kind, &id) {
        return problem(404, "Not Found", &[]);
    }
    let wanted = asked.parameter("filter[note_type][]");
    let since = asked.parameter("filter[updated_at][from]").and_then(|text| text.parse().ok()).unwrap_or(0);
    let is_it = |note: &&Value| {
        note["kind"] == kind
            && note["entity_id"] == id
            && wanted.is_none_or(|wanted| note["note_type"] == wanted)
            && note["updated_at"].as_i64().unwrap_or_default() >= since
    };
    asked.page("notes", state.notes.iter().filter(is_it).cloned().collect())
}

/// `POST /api/v4/{kind}/notes`.
pub(super) fn add(state: &mut State, kind: &str, body: &Value, now: Timestamp) -> Answered {
    let Some(items) = body.as_array() else { return problem(400, "Bad Request", &["0"]) };
    let mut made = Vec::new();
    for (place, item) in items.iter().enumerate() {
        let mut wrong = wrong(item);
        if !is_there(state, kind, &item["entity_id"]) {
            wrong.push("entity_id");
        }
        for name in ["created_by", "responsible_user_id"] {
            if !item[name].is_null() && !state.has_user(&item[name]) {
                wrong.push(name);
            }
        }
        let same = |note: &Value| {
            note["kind"] == kind
                && note["entity_id"] == item["entity_id"]
                && !note["params"]["uniq"].is_null()
                && note["params"]["uniq"] == item["params"]["uniq"]
        };
        if state.keys_are_unique && state.notes.iter().any(same) {
            wrong.push("params.uniq");
        }
        if !wrong.is_empty() {
            return problem(400, "Bad Request", &wrong);
        }
        let id = put(state, kind, item, now);
        let request = item["request_id"].as_str().map_or_else(|| place.to_string(), str::to_owned);
        made.push(json!({ "id": id, "entity_id": item["entity_id"], "request_id": request, "_links": {} }));
    }
    success(json!({ "_links": {}, "_embedded": { "notes": made } }))
}

/// `PATCH /api/v4/{kind}/notes`: the parameters are replaced as a whole.
pub(super) fn change(state: &mut State, kind: &str, body: &Value, now: Timestamp) -> Answered {
    let Some(items) = body.as_array() else { return problem(400, "Bad Request", &["0"]) };
    for item in items {
        let wrong = wrong(item);
        if !wrong.is_empty() || item["entity_id"].is_null() {
            return problem(400, "Bad Request", if wrong.is_empty() { &["note_type"] } else { &wrong });
        }
        let is_it = |note: &&mut Value| {
            note["kind"] == kind && note["id"] == item["id"] && note["entity_id"] == item["entity_id"]
        };
        let Some(note) = state.notes.iter_mut().find(is_it) else { return problem(404, "Not Found", &[]) };
        note["params"] = item["params"].clone();
        note["updated_at"] = json!(now.secs());
    }
    let changed: Vec<_> =
        items.iter().map(|item| json!({ "id": item["id"], "updated_at": now.secs() })).collect();
    success(json!({ "_links": {}, "_embedded": { "notes": changed } }))
}

/// Writes a note down; gives its id.
pub(super) fn put(state: &mut State, kind: &str, item: &Value, now: Timestamp) -> u64 {
    let id = state.new_id();
    let mut note = item.clone();
    note["id"] = json!(id);
    note["kind"] = json!(kind);
    note["updated_at"] = json!(now.secs());
    state.notes.push(note);
    id
}

fn is_there(state: &mut State, kind: &str, id: &Value) -> bool {
    state.cards(kind).is_some_and(|cards| cards.iter().any(|card| &card["id"] == id))
}

/// The fields of a note that are wrong.
fn wrong(item: &Value) -> Vec<&'static str> {
    let params = &item["params"];
    match item["note_type"].as_str() {
        Some("common") => {
            if params["text"].is_string() {
                Vec::new()
            } else {
                vec!["params.text"]
            }
        }
        Some("call_in" | "call_out") => {
            let texts = ["params.uniq", "params.source", "params.phone"];
            let is_text = |path: &&str| !params[path.trim_start_matches("params.")].is_string();
            let mut wrong: Vec<_> = texts.into_iter().filter(is_text).collect();
            if !params["duration"].is_u64() {
                wrong.push("params.duration");
            }
            if params["call_status"].as_u64().is_some_and(|status| !(1..=8).contains(&status)) {
                wrong.push("params.call_status");
            }
            wrong
        }
        _ => vec!["note_type"],
    }
}
