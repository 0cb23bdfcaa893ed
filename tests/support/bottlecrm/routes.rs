//! What is answered to whom.

use std::time::Duration;

use http::Method;
use ringbridge::clock::Timestamp;
use serde_json::{Map, Value, json};

use super::state::{Card, Kind, Profile, State};

/// A status, a body, and how long to wait.
pub(super) type Answer = (u16, Value, Option<u64>);

/// A request that came in.
pub(super) struct Asked<'a> {
    pub(super) method: &'a Method,
    /// Below `/api/`, without slashes around.
    pub(super) path: Vec<&'a str>,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Value,
    pub(super) token: &'a str,
    pub(super) now: Timestamp,
}

impl Asked<'_> {
    fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn count(&self, name: &str, default: usize) -> usize {
        self.query(name).and_then(|text| text.parse().ok()).unwrap_or(default)
    }
}

fn detail(status: u16, words: &str) -> Answer {
    (status, json!({ "detail": words }), None)
}

fn refused(errors: &Value) -> Answer {
    (400, json!({ "error": true, "errors": errors }), None)
}

/// Answers a request.
pub(super) fn answer(state: &mut State, asked: &Asked<'_>) -> Answer {
    let profile = state.profiles.iter().find(|one| one.active && one.token == asked.token).cloned();
    let Some(profile) = profile else {
        return detail(403, "Organization context is required. Please login again.");
    };
    let kind = |name: &str| if name == "leads" { Kind::Lead } else { Kind::Contact };
    if asked.path.first() == Some(&"leads") && !state.has_leads {
        return detail(404, "Leads are turned off for this organization.");
    }
    match (asked.method.as_str(), asked.path.as_slice()) {
        ("GET", ["users"]) => users(state, asked, &profile),
        ("POST", [cards @ ("contacts" | "leads"), "duplicates"]) => {
            duplicates(state, asked, &profile, kind(cards))
        }
        ("POST", [cards @ ("contacts" | "leads")]) => make(state, asked, &profile, kind(cards)),
        ("GET" | "PATCH", [cards @ ("contacts" | "leads"), id]) => {
            let card = state.cards.iter().find(|card| card.id == *id && card.kind == kind(cards));
            match card.filter(|card| sees(&profile, card)) {
                Some(card) => (200, json!({ named(card.kind, "_obj"): shown(state, card) }), None),
                None => detail(404, "No such record matches the given query."),
            }
        }
        ("GET", ["interactions"]) => timeline(state, asked, &profile),
        ("POST", ["interactions"]) => log(state, asked, &profile),
        ("PATCH" | "DELETE", ["interactions", id]) => change(state, asked, &profile, id),
        _ => detail(405, "Method not allowed."),
    }
}

fn named(kind: Kind, end: &str) -> String {
    let name = if kind == Kind::Lead { "lead" } else { "contact" };
    format!("{name}{end}")
}

/// Members see what they made or were given; administrators everything.
fn sees(profile: &Profile, card: &Card) -> bool {
    profile.admin || card.created_by == profile.id || card.assigned().contains(&profile.id.as_str())
}

fn users(state: &State, asked: &Asked<'_>, profile: &Profile) -> Answer {
    if !profile.admin {
        return (403, json!({ "error": true, "errors": "Permission Denied" }), None);
    }
    let active: Vec<_> = state.profiles.iter().filter(|one| one.active).collect();
    let shown = |one: &&Profile| {
        json!({ "id": one.id, "phone": one.phone, "role": if one.admin { "ADMIN" } else { "USER" },
            "user_details": { "name": one.name, "email": format!("{}@example.com", one.id), "is_active": true } })
    };
    let page = active.iter().skip(asked.count("offset", 0)).take(asked.count("limit", 10)).map(shown);
    let page: Vec<_> = page.collect();
    (
        200,
        json!({ "active_users": { "active_users_count": active.len(), "active_users": page, "offset": null },
            "inactive_users": { "inactive_users_count": 0, "inactive_users": [], "offset": 0 } }),
        None,
    )
}

/// The last ten digits of a number, or all of a shorter one.
fn tail(phone: &str) -> Option<String> {
    let digits: Vec<_> = phone.chars().filter(char::is_ascii_digit).collect();
    (digits.len() >= 7).then(|| digits[digits.len().saturating_sub(10)..].iter().collect())
}

fn duplicates(state: &mut State, asked: &Asked<'_>, profile: &Profile, kind: Kind) -> Answer {
    let rate = state.rate;
    let looked = state.looked.entry(profile.id.clone()).or_default();
    looked.retain(|at| asked.now.since(*at) < Duration::from_mins(1));
    if looked.len() >= rate {
        return (
            429,
            json!({ "detail": "Request was throttled. Expected available in 55 seconds." }),
            Some(55),
        );
    }
    looked.push(asked.now);
    let wanted = asked.body["phone"].as_str().and_then(tail);
    let fits = |card: &&&Card| {
        card.kind == kind && sees(profile, card) && wanted.is_some() && tail(card.phone()) == wanted
    };
    let all: Vec<_> = state.cards.iter().rev().collect();
    let found = all.iter().filter(fits).take(10).map(|card| {
        json!({ "id": card.id, "name": "Somebody", "email": "", "phone": card.phone(), "matched_on": ["phone"],
            "can_delete": profile.admin })
    });
    (200, json!({ "duplicates": found.collect::<Vec<_>>() }), None)
}

fn make(state: &mut State, asked: &Asked<'_>, profile: &Profile, kind: Kind) -> Answer {
    let text = |name: &str| asked.body[name].as_str().unwrap_or_default().trim();
    let mut errors = Map::new();
    for name in ["first_name", "last_name"] {
        if kind == Kind::Contact && text(name).is_empty() {
            errors.insert(name.to_owned(), json!(["This field may not be blank."]));
        }
    }
    let phone = text("phone");
    let shaped = phone.chars().all(|c| c.is_ascii_digit() || "+-. ()".contains(c));
    let fits = phone.is_empty() || ((7..=25).contains(&phone.len()) && shaped);
    if !fits {
        errors.insert("phone".to_owned(), json!(["Enter a valid phone number"]));
    }
    if !errors.is_empty() {
        return refused(&Value::Object(errors));
    }
    let (id, created_by) = (state.new_id(), profile.id.clone());
    state.cards.push(Card {
        id: id.clone(),
        kind,
        fields: asked.body.clone(),
        created_by,
        updated_at: asked.now,
    });
    // 200, not 201.
    (200, json!({ "error": false, "message": "Created Successfully", "id": id }), None)
}

fn shown(state: &State, card: &Card) -> Value {
    let profile = |id: &&str| state.profiles.iter().find(|one| one.id == *id);
    let assigned = card.assigned();
    let assigned = assigned.iter().filter_map(profile).map(|one| json!({ "id": one.id, "role": "USER" }));
    json!({ "id": card.id, "phone": card.phone(), "updated_at": card.updated_at.rfc3339(),
        "assigned_to": assigned.collect::<Vec<_>>() })
}

/// The contact or lead that a request names, if it names exactly one that its sender sees.
fn record(state: &State, profile: &Profile, name: impl Fn(&str) -> Option<String>) -> Result<Card, Answer> {
    let given: Vec<_> =
        ["contact", "lead", "account", "opportunity", "case"].into_iter().filter_map(name).collect();
    let [id] = given.as_slice() else {
        let words = "Name exactly one record: lead, contact, account, opportunity or case.";
        return Err(refused(&json!({ "non_field_errors": [words] })));
    };
    let card = state.cards.iter().find(|card| card.id == *id && sees(profile, card));
    card.cloned().ok_or_else(|| detail(404, "No such record."))
}

fn timeline(state: &State, asked: &Asked<'_>, profile: &Profile) -> Answer {
    let card = match record(state, profile, |name| asked.query(name).map(str::to_owned)) {
        Ok(card) => card,
        Err(answer) => return answer,
    };
    let on = |one: &&Value| one[named(card.kind, "")] == *card.id;
    let mut rows: Vec<_> = state.interactions.iter().filter(on).cloned().collect();
    rows.sort_by_key(|one| std::cmp::Reverse(one["occurred_at"].as_str().map(str::to_owned)));
    let count = rows.len();
    let limit = asked.count("limit", 50).min(200);
    let page: Vec<_> = rows.into_iter().skip(asked.count("offset", 0)).take(limit).collect();
    (200, json!({ "interactions": page, "count": count }), None)
}

/// What is wrong with a body.
fn errors(body: &Value, now: Timestamp) -> Map<String, Value> {
    let mut errors = Map::new();
    let mut wrong = |name: &str, words: &str| drop(errors.insert(name.to_owned(), json!([words])));
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let choices: [(&str, &[&str]); 2] = [
        ("direction", &["inbound", "outbound"]),
        ("outcome", &["", "connected", "no_answer", "voicemail", "busy", "wrong_number"]),
    ];
    for (name, known) in choices {
        if !body[name].is_null() && !known.contains(&text(name)) {
            wrong(name, "This is not a valid choice.");
        }
    }
    for (name, longest) in [("subject", 200), ("body", 10_000)] {
        if text(name).chars().count() > longest {
            wrong(name, "Ensure this field has no more characters.");
        }
    }
    if !body["duration_seconds"].is_null() && body["duration_seconds"].as_u64().is_none() {
        wrong("duration_seconds", "A valid integer is required.");
    }
    match Timestamp::parse_rfc3339(text("occurred_at")) {
        None if !body["occurred_at"].is_null() => wrong("occurred_at", "Datetime has wrong format."),
        Some(at) if at > now + Duration::from_mins(5) => {
            wrong("occurred_at", "This is more than five minutes in the future.");
        }
        Some(_) | None => {}
    }
    errors
}

fn log(state: &mut State, asked: &Asked<'_>, profile: &Profile) -> Answer {
    let errors = errors(&asked.body, asked.now);
    if !errors.is_empty() || asked.body["kind"] != "call" {
        return refused(&Value::Object(errors));
    }
    let card = match record(state, profile, |name| asked.body[name].as_str().map(str::to_owned)) {
        Ok(card) => card,
        Err(answer) => return answer,
    };
    let mut made = json!({ "id": state.new_id(), "contact": null, "lead": null, "logged_by": profile.id,
        "origin": "manual", "external_id": "", "outcome": "", "duration_seconds": null, "body": "", "subject": "",
        "direction": "outbound", "occurred_at": asked.now.rfc3339(), "kind": "call" });
    put(&mut made, &asked.body);
    made[named(card.kind, "")] = json!(card.id);
    state.interactions.push(made.clone());
    (201, made, None)
}

/// What may be changed is taken; what else is sent, a key of ours among it, is ignored.
fn put(one: &mut Value, body: &Value) {
    for name in ["direction", "occurred_at", "duration_seconds", "outcome", "subject", "body"] {
        if let Some(value) = body.get(name) {
            one[name] = value.clone();
        }
    }
}

fn change(state: &mut State, asked: &Asked<'_>, profile: &Profile, id: &str) -> Answer {
    let cards = &state.cards;
    let visible = |one: &Value| {
        cards
            .iter()
            .any(|card| sees(profile, card) && (one["contact"] == *card.id || one["lead"] == *card.id))
    };
    let place = state.interactions.iter().position(|one| one["id"] == *id && visible(one));
    let Some(place) = place else { return detail(404, "No such interaction.") };
    if !profile.admin && state.interactions[place]["logged_by"] != *profile.id {
        let words = "Only the person who logged this, or an admin, can change it.";
        return (403, json!({ "error": true, "errors": words }), None);
    }
    if asked.method == Method::DELETE {
        state.interactions.remove(place);
        return (204, Value::Null, None);
    }
    let errors = errors(&asked.body, asked.now);
    if !errors.is_empty() {
        return refused(&Value::Object(errors));
    }
    put(&mut state.interactions[place], &asked.body);
    (200, state.interactions[place].clone(), None)
}
