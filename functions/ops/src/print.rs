//! What a person at the terminal reads, or a program.

use std::io::Write as _;

use serde_json::Value;

/// An answer.
pub(crate) fn answer(answer: &Value, json: bool) {
    let mut text = String::new();
    match answer {
        _ if json => text = format!("{answer:#}\n"),
        Value::String(words) => text.push_str(words),
        Value::Object(_) | Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {
            plain(answer, 0, &mut text);
        }
    }
    // A closed pipe is nobody's loss.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Why there is none.
pub(crate) fn error(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "ringbridge-ops: {text}");
}

/// One line for each field, what belongs to it below; what there is none of is left out.
fn plain(value: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                match value {
                    Value::Object(_) | Value::Array(_) => {
                        text.extend([indent.as_str(), name.as_str(), ":\n"]);
                        plain(value, depth + 1, text);
                    }
                    Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                        text.extend([indent.as_str(), name.as_str(), ": ", word(value).as_str(), "\n"]);
                    }
                }
            }
        }
        Value::Array(all) => {
            for one in all {
                let simple =
                    one.as_object().is_some_and(|fields| fields.values().all(|value| !is_part(value)));
                if simple {
                    text.extend([indent.as_str(), in_one_line(one).as_str(), "\n"]);
                } else {
                    plain(one, depth, text);
                    text.push('\n');
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.extend([indent.as_str(), word(value).as_str(), "\n"]);
        }
    }
}

fn is_part(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

fn in_one_line(value: &Value) -> String {
    let fields = value.as_object().into_iter().flatten();
    let fields = fields.filter(|(_, value)| !value.is_null());
    fields.map(|(name, value)| format!("{name}={}", word(value))).collect::<Vec<_>>().join("  ")
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
