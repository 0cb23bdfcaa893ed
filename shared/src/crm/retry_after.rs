//! `Retry-After` in both of its forms (RFC 9110 §10.2.3), bounded: a CRM can't put a record off for ever.

use std::time::{Duration, UNIX_EPOCH};

use crate::clock::Timestamp;

/// The longest wait that is granted: the last step of the retry policy.
const MAX: Duration = Duration::from_hours(12);

/// Reads seconds, or an HTTP date seen from `at`; `None` for anything else.
pub(super) fn parse(text: &str, at: Timestamp) -> Option<Duration> {
    let text = text.trim();
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // What doesn't fit is surely beyond the bound.
        text.parse().map_or(MAX, Duration::from_secs)
    } else {
        let date = httpdate::parse_http_date(text).ok()?;
        let secs = date.duration_since(UNIX_EPOCH).ok()?.as_secs();
        Timestamp::from_secs(i64::try_from(secs).ok()?).since(at)
    };
    Some(wait.min(MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_bounded() {
        let at = Timestamp::parse_rfc3339("2026-09-01T12:00:00Z").unwrap();
        let secs = |text| parse(text, at).map(|wait| wait.as_secs());
        assert_eq!(secs("120"), Some(120));
        assert_eq!(secs(" 0 "), Some(0));
        assert_eq!(secs("Tue, 01 Sep 2026 12:30:00 GMT"), Some(1_800));
        assert_eq!(secs("Tuesday, 01-Sep-26 12:30:00 GMT"), Some(1_800));
        assert_eq!(secs("Tue, 01 Sep 2026 11:00:00 GMT"), Some(0), "a date that has passed");
        for far in ["43201", "99999999999999999999999999", "Wed, 01 Sep 2027 12:00:00 GMT"] {
            assert_eq!(secs(far), Some(43_200), "{far}");
        }
        for nonsense in ["", "-1", "1.5", "soon", "12 seconds"] {
            assert_eq!(secs(nonsense), None, "{nonsense}");
        }
    }
}
