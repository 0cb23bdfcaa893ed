//! What people see of the portal: the calls in its statistics, the newest first.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::state::{Call, State};
use crate::page::{escaped, head};

const COLUMNS: [(&str, &str); 8] = [
    ("User", "user"),
    ("Direction", "direction"),
    ("Outside number", "number"),
    ("Started", "started"),
    ("Duration, s", "duration"),
    ("Status", "status"),
    ("Bound to", "bound_to"),
    ("Recording", "recording"),
];

/// The calls that are in the statistics, the newest first, in words.
pub(super) fn calls(state: &State) -> Vec<Value> {
    let mut calls: Vec<_> =
        state.calls.values().filter_map(|call| Some((call, call.row.as_ref()?))).collect();
    calls.sort_by_key(|(call, row)| (std::cmp::Reverse(call.at), row["CRM_ACTIVITY_ID"].as_u64()));
    calls.into_iter().map(|(call, row)| in_words(state, call, row)).collect()
}

fn in_words(state: &State, call: &Call, row: &Value) -> Value {
    let of = &call.registered;
    let user = state.users.iter().find(|user| user["ID"] == row["PORTAL_USER_ID"]);
    let kind = of["CRM_ENTITY_TYPE"].as_str().map(str::to_lowercase);
    let bound = kind.map(|kind| format!("{kind} {}", text(&of["CRM_ENTITY_ID"])));
    json!({
        "id": call.id,
        "external_id": row["EXTERNAL_CALL_ID"],
        "user_id": row["PORTAL_USER_ID"],
        "user": user.map(|user| &user["NAME"]),
        "direction": if text(&of["TYPE"]) == "1" { "outbound" } else { "inbound" },
        "number": row["PHONE_NUMBER"],
        "started": of["CALL_START_DATE"],
        "duration": text(&row["CALL_DURATION"]).parse::<u64>().unwrap_or_default(),
        "code": row["CALL_FAILED_CODE"],
        "status": meaning(row["CALL_FAILED_CODE"].as_str().unwrap_or_default()),
        "bound_to": bound,
        "recording": call.record.is_some(),
        "recording_url": call.record.as_ref().map(|record| &record["RECORD_URL"]),
    })
}

/// What a status code is called, as the documentation of `telephony.externalCall.finish` has it.
fn meaning(code: &str) -> &'static str {
    match code {
        "200" => "answered",
        "304" => "missed",
        "480" => "unavailable",
        "486" => "busy",
        "603-S" => "cancelled",
        _ => "failed",
    }
}

/// The page.
pub(super) fn html(state: &State) -> String {
    let calls = calls(state);
    let cards: usize = state.calls.values().map(|call| call.shown.len()).sum();
    let mut page = head("Bitrix24 portal");
    // Writing to a String can't fail.
    let _ = writeln!(
        page,
        "<p>{} calls in the statistics · {cards} cards open · {} requests · {} pairs of tokens given out</p>",
        calls.len(),
        state.requests,
        state.renewals,
    );
    if calls.is_empty() {
        page.push_str("<p>No call has been logged yet.</p></body></html>");
        return page;
    }
    page.push_str("<div><table><thead><tr>");
    for (title, _) in COLUMNS {
        let _ = write!(page, "<th>{title}</th>");
    }
    page.push_str("</tr></thead><tbody>\n");
    for call in &calls {
        row(&mut page, call);
    }
    page.push_str("</tbody></table></div></body></html>");
    page
}

fn row(page: &mut String, call: &Value) {
    page.push_str("<tr>");
    for (_, name) in COLUMNS {
        let words = escaped(&text(&call[name]));
        let _ = match (name, words.as_str()) {
            ("status", "answered" | "missed") => write!(page, r#"<td class="{words}">{words}</td>"#),
            ("recording", "yes") => {
                let address = escaped(&text(&call["recording_url"]));
                write!(page, r#"<td><a href="{address}" rel="noreferrer">yes</a></td>"#)
            }
            _ => write!(page, "<td>{words}</td>"),
        };
    }
    page.push_str("</tr>\n");
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::String(text) => text.clone(),
        other @ (Value::Number(_) | Value::Array(_) | Value::Object(_)) => other.to_string(),
    }
}
