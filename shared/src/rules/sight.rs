//! What is known of a record before it is driven: what it is, when it is to be looked at again, where it is listed. What
//! "no record" means has one name each: keep what stands, or withdraw it.

use std::time::Duration;

use super::delivery::Derived;
use super::leg::{LegReading, LegRecord, Stage};
use super::missed::Missed;
use crate::clock::Timestamp;
use crate::model::call::CallRecord;
use crate::model::delivery::Delivery;
use crate::model::ids::{CrmUserId, ExtensionId};

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Sight {
    /// What the events say of it.
    pub derived: Derived,
    /// When it must be looked at again whatever becomes of it now.
    pub look_again: Option<Timestamp>,
    /// Its leg goes on: the due time that stands there is for the case that its end never comes.
    pub goes_on: bool,
    /// When the first event arrived of a leg that ended and gives no record.
    pub unlogged_at: Option<Timestamp>,
    /// No event tells of it: the history made it.
    pub recovered: bool,
}

/// Of a leg.
pub fn of_leg(
    reading: &LegReading<'_>,
    record: &LegRecord,
    stored: Option<&Delivery>,
    user: impl Fn(ExtensionId) -> Option<CrmUserId>,
    hold: Duration,
    now: Timestamp,
) -> Sight {
    let first_arrival = reading.leg().events().iter().map(|arrived| arrived.at).min();
    let ended = reading.stage == Stage::Ended;
    let sight = Sight {
        derived: of_record(record, stored, user),
        look_again: None,
        goes_on: !ended,
        unlogged_at: first_arrival.filter(|_| ended),
        recovered: false,
    };
    // A hangup that overtook its answer or dial: they may be under way, and would change the record.
    let patient_until = reading.hangup().map(|hangup| hangup.at + hold);
    match patient_until.filter(|until| stored.is_none() && now < *until && !reading.is_complete()) {
        Some(until) if matches!(record, LegRecord::Logged(_)) => {
            Sight { derived: Derived::Keep, look_again: Some(until), ..sight }
        }
        _ => sight,
    }
}

/// Of a record that a leg, or the history, gives or not.
pub fn of_record(
    record: &LegRecord,
    stored: Option<&Delivery>,
    user: impl Fn(ExtensionId) -> Option<CrmUserId>,
) -> Derived {
    match record {
        LegRecord::Logged(record) => Derived::Is(Box::new(record.clone()), user(record.extension_id)),
        LegRecord::Unwanted(record) => unwanted(record, stored),
        LegRecord::None => Derived::Withdraw,
    }
}

/// Of a missed call.
pub fn of_missed(
    missed: Missed,
    stored: Option<&Delivery>,
    user: impl Fn(ExtensionId) -> Option<CrmUserId>,
) -> Sight {
    let (derived, look_again) = match missed {
        Missed::Yes(record) => {
            let user = user(record.extension_id);
            (Derived::Is(record, user), None)
        }
        Missed::AskAgain(at) => (Derived::Keep, Some(at)),
        Missed::Unwanted(_, record) => (unwanted(&record, stored), None),
        Missed::Answered | Missed::NoQuestion => (Derived::Withdraw, None),
    };
    Sight { derived, look_again, ..Sight::of_history(Derived::Keep, false) }
}

impl Sight {
    /// Of a record that the history made, or helped to make.
    pub const fn of_history(derived: Derived, recovered: bool) -> Self {
        Self { derived, look_again: None, goes_on: false, unlogged_at: None, recovered }
    }
}

/// A change of policy takes nothing back; an event that shows another record which the policy does not want does.
fn unwanted(record: &CallRecord, stored: Option<&Delivery>) -> Derived {
    match stored {
        Some(stored) if stored.record.tells_the_same(record) => Derived::Keep,
        Some(_) | None => Derived::Withdraw,
    }
}
