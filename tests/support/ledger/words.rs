//! Words that several CRMs share.

use crate::outside::Expected;

/// The digits of a number, in whatever way it is written.
pub(super) fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

/// Such as `Missed call from`.
pub fn what_and_way(expected: &Expected) -> String {
    let what = match expected.outcome {
        "answered" => "Call",
        "busy" => "Busy call",
        "cancelled" => "Cancelled call",
        "failed" => "Failed call",
        "unavailable" => "Call in vain",
        "missed" => "Missed call",
        _ => "Unanswered call",
    };
    let way = if expected.direction == "inbound" { "from" } else { "to" };
    format!("{what} {way}")
}

/// Such as `Missed call from 442079460555`; a withheld number is `unknown`.
pub(super) fn subject(expected: &Expected) -> String {
    let number = digits(&expected.external);
    format!("{} {}", what_and_way(expected), if number.is_empty() { "unknown" } else { &number })
}

/// A subject as it stands in a CRM, written in the same way: up to the name that may follow it.
pub(super) fn as_subject(text: &str) -> String {
    let text = text.split(" – ").next().unwrap_or_default();
    let place = text.find(" from ").map(|at| at + 6).or_else(|| text.find(" to ").map(|at| at + 4));
    let (what, number) = text.split_at(place.unwrap_or(text.len()));
    let number = digits(number);
    format!("{what}{}", if number.is_empty() { "unknown" } else { &number })
}

/// What stands behind a word, up to the end of its line.
pub(super) fn behind<'a>(text: &'a str, word: &str) -> &'a str {
    let rest = text.split_once(word).map_or("", |(_, rest)| rest);
    rest.split(['\n', '<']).next().unwrap_or_default().trim()
}
