//! What people see of the inbox: one table, the newest record first, without any script or outside asset.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Record, State};
use crate::page::{escaped, head};

const COLUMNS: [(&str, &str); 12] = [
    ("Direction", "direction"),
    ("Outcome", "outcome"),
    ("Outside number", "external_number"),
    ("Extension", "internal_number"),
    ("User", "crm_user"),
    ("Taken by", "answered_by"),
    ("Talk, s", "talk_seconds"),
    ("Started", "started_at"),
    ("Answered", "answered_at"),
    ("Ended", "ended_at"),
    ("Revision", "revision"),
    ("Recording", "recording_url"),
];

/// The records, the one that changed last first.
pub(super) fn newest_first(state: &State) -> Vec<&Record> {
    let mut records: Vec<_> = state.records.iter().collect();
    records.sort_by_key(|record| std::cmp::Reverse(record.changed));
    records
}

/// The page.
pub(super) fn html(state: &State) -> String {
    let counters = state.counters;
    let mut page = head("CRM inbox");
    // Writing to a String can't fail.
    let _ = writeln!(
        page,
        "<p>{} records, {} of them stand · {} messages taken · {} came again · {} refused · {} failed on purpose</p>",
        state.records.len(),
        state.standing().count(),
        counters.accepted,
        counters.repeats,
        counters.refused,
        counters.failed,
    );
    if state.records.is_empty() {
        page.push_str("<p>No call has been recorded yet.</p></body></html>");
        return page;
    }
    page.push_str("<div><table><thead><tr><th>Type</th>");
    for (title, _) in COLUMNS {
        let _ = write!(page, "<th>{title}</th>");
    }
    page.push_str("</tr></thead><tbody>\n");
    for record in newest_first(state) {
        row(&mut page, record);
    }
    page.push_str("</tbody></table></div></body></html>");
    page
}

fn row(page: &mut String, record: &Record) {
    let class = match (record.is_withdrawn(), record.is_signal()) {
        (true, _) => r#" class="withdrawn""#,
        (_, true) => r#" class="signal""#,
        (false, false) => "",
    };
    let _ = write!(page, "<tr{class}><td>{}</td>", escaped(&record.kind));
    for (_, key) in COLUMNS {
        let text = match &record.data[key] {
            Value::Null => "–".to_owned(),
            Value::String(text) => escaped(text),
            other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                escaped(&other.to_string())
            }
        };
        let _ = match (key, text.as_str()) {
            ("outcome", "answered" | "missed") => write!(page, r#"<td class="{text}">{text}</td>"#),
            ("recording_url", address) if address.starts_with("http") => {
                write!(page, r#"<td><a href="{address}" rel="noreferrer">listen</a></td>"#)
            }
            _ => write!(page, "<td>{text}</td>"),
        };
    }
    page.push_str("</tr>\n");
}
