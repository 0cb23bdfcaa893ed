//! What a call gives under a policy, and what another policy would make of it: shown before a change is saved.

use std::time::Duration;

use super::leg::LegRecord;
use super::missed::{self, Missed};
use super::responsible;
use super::whole::Whole;
use crate::clock::Timestamp;
use crate::model::call::{CallRecord, Leg};
use crate::model::connection::Policy;
use crate::model::extension::ExtensionKind;
use crate::model::ids::{CrmUserId, ExtensionId};

/// A record that a call gives, and who answers for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// The record.
    pub record: CallRecord,
    /// Who answers for it.
    pub crm_user: Option<CrmUserId>,
}

/// What another policy makes of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It would be logged, and is not.
    New(Given),
    /// It is logged, and would not be.
    Gone(Given),
    /// Somebody else would answer for it: this is how it would be, and who it is now.
    Other(Given, Option<CrmUserId>),
}

/// The records of a call under a policy, whatever was told of it; `own` says whose an extension is, and what it is.
pub fn given(
    whole: &Whole<'_>,
    legs: &[&Leg],
    policy: &Policy,
    own: impl Fn(ExtensionId) -> (Option<CrmUserId>, Option<ExtensionKind>),
    hold: Duration,
    now: Timestamp,
) -> Vec<Given> {
    let of_legs = legs.iter().map(|leg| whole.record_of(leg));
    let of_history = whole.recovered().into_iter().map(|recovered| recovered.record);
    let mut given: Vec<_> = of_legs
        .chain(of_history)
        .filter_map(|record| match record {
            LegRecord::Logged(record) => {
                let crm_user = responsible::of_leg(own(record.extension_id).0.as_ref(), policy);
                Some(Given { record, crm_user })
            }
            LegRecord::None | LegRecord::Unwanted(_) => None,
        })
        .collect();
    if let Missed::Yes(record) = missed::decide(whole, hold, now) {
        let (user, kind) = own(record.extension_id);
        let crm_user = responsible::of_missed(user.as_ref(), kind, policy);
        given.push(Given { record: *record, crm_user });
    }
    given
}

/// What differs between what a call gives now and what it would give.
pub fn compare(now: &[Given], then: &[Given]) -> Vec<Change> {
    let find = |all: &[Given], one: &Given| {
        all.iter().find(|other| other.record.record_id == one.record.record_id).cloned()
    };
    let changed = then.iter().filter_map(|one| match find(now, one) {
        None => Some(Change::New(one.clone())),
        Some(was) if was.crm_user != one.crm_user => Some(Change::Other(one.clone(), was.crm_user)),
        Some(_) => None,
    });
    let gone = now.iter().filter(|one| find(then, one).is_none()).cloned().map(Change::Gone);
    changed.chain(gone).collect()
}
