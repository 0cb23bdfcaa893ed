//! The other party of a call, as every CRM is asked for them, and which of several people the policy chooses.

use super::number::External;
use super::{Access, Message};
use crate::model::call::RecordKind;
use crate::model::connection::{MissedResponsible, Policy, SeveralContacts};
use crate::model::number::PhoneNumber;

/// The number to look for, unless it is one's own, or none that a customer can have.
pub(super) fn lookable(access: Access<'_>, message: &Message<'_>) -> Option<External> {
    let outside = message.record.external_number.as_ref()?;
    let number = External::read(outside, &access.policy.country)?;
    let did = message.record.did.as_ref().and_then(|did| External::read(did, &access.policy.country));
    (did.as_ref() != Some(&number)).then_some(number)
}

/// The number as people read it: in one form, or as the PBX wrote it; none of a caller who withheld theirs.
pub(super) fn written(access: Access<'_>, message: &Message<'_>) -> Option<String> {
    let number = message.record.external_number.as_ref()?;
    let read = External::read(number, &access.policy.country);
    Some(read.map_or_else(|| PhoneNumber::reveal(number).to_owned(), |read| read.e164().to_owned()))
}

/// Whether the contact's owner answers for this call.
pub(super) fn wants_owner(access: Access<'_>, message: &Message<'_>) -> bool {
    message.record.kind == RecordKind::Missed && access.policy.missed_responsible == MissedResponsible::Owner
}

/// Whom a number led to.
pub(super) enum Found<T> {
    /// Nobody.
    Nobody,
    /// One person.
    One(T),
    /// Several, of whom the one is meant that was changed last.
    Latest(Vec<T>),
    /// Several, of whom none is meant.
    Undecided,
}

impl<T> Found<T> {
    /// By the policy.
    pub(super) fn of(mut found: Vec<T>, policy: &Policy) -> Self {
        match (found.len(), policy.several_contacts) {
            (0 | 1, _) => found.pop().map_or(Self::Nobody, Self::One),
            (_, SeveralContacts::Latest) => Self::Latest(found),
            (_, SeveralContacts::None) => Self::Undecided,
        }
    }
}
