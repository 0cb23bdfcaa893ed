//! Cursors of the delivery log: a person can type one, so it is checked before the store would refuse it.

use super::keys;
use crate::clock::Timestamp;
use crate::model::call::RecordId;

/// Whether a cursor is a place in a span of the log, as a page's own cursor is.
pub fn is_place(cursor: &str, from: Timestamp, to: Timestamp) -> bool {
    let Some((moment, record)) = cursor.split_once('#') else { return false };
    let written = moment.len() == 19 && moment.bytes().all(|digit| digit.is_ascii_digit());
    // To the letter: what is written otherwise is no cursor of ours.
    let named = RecordId::parse(record).is_some_and(|id| id.to_string() == record);
    written && named && *keys::listed_from(from) <= *cursor && *cursor <= *keys::listed_from(to)
}
