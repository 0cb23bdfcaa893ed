//! The REST API writes times as `YYYY-MM-DD HH:MM:SS` in GMT (docs/pbx.md §0.3); this is all of it.

const MICROS: i64 = 1_000_000;
const DAY: i64 = 86_400;

/// Microseconds in an hour, the period of the request limit.
pub(super) const HOUR_MICROS: i64 = 3_600 * MICROS;

/// `micros` since the epoch as the API writes it.
pub(super) fn text(micros: i64) -> String {
    let seconds = micros.div_euclid(MICROS);
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let rest = seconds.rem_euclid(DAY);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

/// Whole seconds between two moments, rounded down.
pub(super) const fn seconds_between(from: i64, to: i64) -> i64 {
    (to - from).div_euclid(MICROS)
}

/// Whole seconds until the next full hour, never zero.
pub(super) const fn seconds_to_next_hour(now: i64) -> i64 {
    let left = HOUR_MICROS - now.rem_euclid(HOUR_MICROS);
    (left + MICROS - 1) / MICROS
}

/// The calendar date of a day counted from 1970-01-01 (Howard Hinnant's days-to-civil algorithm).
const fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}
