//! Compares what was left with what was expected.

use serde_json::{Map, Value};

use crate::site::Final;

/// Whether a record is the expected one: every key that is named, a list meaning any of these.
pub(super) fn fits(expected: &Map<String, Value>, found: &Final) -> bool {
    expected.iter().all(|(key, wanted)| match key.as_str() {
        "type" => any_of(wanted, |one| one == &Value::String(found.kind.clone())),
        "leg" => {
            let leg = found.data["leg_id"].as_str().map(str::to_lowercase);
            any_of(wanted, |one| one.as_str().map(str::to_lowercase) == leg)
        }
        "talk_seconds" => {
            let talk = found.data[key].as_i64();
            any_of(wanted, |one| talk.zip(one.as_i64()).is_some_and(|(a, b)| (a - b).abs() <= 1))
        }
        _ => any_of(wanted, |one| one == &found.data[key]),
    })
}

fn any_of(wanted: &Value, fits: impl Fn(&Value) -> bool) -> bool {
    match wanted {
        Value::Array(items) => items.iter().any(fits),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => fits(wanted),
    }
}

/// An expected record: as it is to be, and as the file has it.
pub(super) type Expected<'a> = (Map<String, Value>, &'a Map<String, Value>);

/// What differs, in one line; nothing when exactly the expected records are there.
pub(super) fn differences(expected: &[Expected<'_>], found: &[&Final]) -> Option<String> {
    let mut rest = found.to_vec();
    let mut missing = Vec::new();
    for (wanted, written) in expected {
        match rest.iter().position(|one| fits(wanted, one)) {
            Some(place) => drop(rest.remove(place)),
            None => missing.push(of(&wanted["type"], |key| written.get(key))),
        }
    }
    if missing.is_empty() && rest.is_empty() {
        return None;
    }
    let mut extra: Vec<_> = rest.into_iter().map(short).collect();
    extra.sort();
    Some(format!("missing {} | extra {}", listed(&missing), listed(&extra)))
}

fn listed(lines: &[String]) -> String {
    if lines.is_empty() { "nothing".to_owned() } else { lines.join("; ") }
}

fn short(found: &Final) -> String {
    of(&Value::String(found.kind.clone()), |key| found.data.get(key))
}

fn of<'a>(kind: &Value, value: impl Fn(&str) -> Option<&'a Value>) -> String {
    let keys = [
        "direction",
        "outcome",
        "external_number",
        "internal_number",
        "crm_user",
        "extension_id",
        "talk_seconds",
    ];
    let values: Vec<_> = keys.iter().filter_map(|key| value(key)).map(Value::to_string).collect();
    let kind = kind.as_str().unwrap_or_default().trim_start_matches("call.");
    format!("{kind} {}", values.join(" ").replace('"', ""))
}
