//! Times as the PBX's REST writes them: `YYYY-MM-DD HH:MM:SS` in UTC.

use ringbridge::clock::Timestamp;

/// The text of a moment, without its fraction.
pub fn text(micros: i64) -> String {
    let text = Timestamp::from_micros(micros).rfc3339();
    format!("{} {}", text.get(..10).unwrap_or_default(), text.get(11..19).unwrap_or_default())
}
