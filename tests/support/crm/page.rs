//! What people see of the inbox: one table, the newest record first, without any script or outside asset.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Record, State};

const HEAD: &str = r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><title>CRM inbox</title>
<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5"><style>
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:84rem;padding:0 1rem}
h1{font-size:1.3rem;margin:0}p{margin:.2rem 0 1.2rem;opacity:.7}div{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.4rem .7rem;border-bottom:1px solid #8883;white-space:nowrap;font-variant-numeric:tabular-nums}
th{font-weight:600;opacity:.7}.answered{color:#1a7f37}.missed{color:#cf222e}.signal{opacity:.6}.withdrawn{text-decoration:line-through;opacity:.6}
</style></head><body><h1>CRM inbox</h1>
"#;

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
    let mut page = String::from(HEAD);
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

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, letter| {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
        out
    })
}
