//! What a call is called where a CRM has a line for it.

use super::Message;
use crate::model::call::{Direction, Outcome, RecordKind};

/// Such as `Missed call from +442079460555`.
pub(super) fn subject(message: &Message<'_>, number: &str) -> String {
    let record = message.record;
    let what = match record.outcome {
        Some(Outcome::Answered) => "Call",
        Some(Outcome::Busy) => "Busy call",
        Some(Outcome::Cancelled) => "Cancelled call",
        Some(Outcome::Failed) => "Failed call",
        Some(Outcome::Unavailable) => "Call in vain",
        Some(Outcome::Missed) => "Missed call",
        None if record.kind == RecordKind::Missed => "Missed call",
        Some(Outcome::NoAnswer) | None => "Unanswered call",
    };
    let way = match record.direction {
        Direction::Inbound => "from",
        Direction::Outbound => "to",
    };
    format!("{what} {way} {number}")
}
