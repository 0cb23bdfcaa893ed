//! Internal or external: R12 as the vendor words it, in one place.

use super::fields::Fields;
use super::rulebook::Rulebook;
use crate::model::call::{CallEvent, Flow};
use crate::model::history::HistoryLeg;
use crate::model::number::{Party, PhoneNumber};

/// Whether a leg has an outside party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// It has; nobody's number when it was withheld.
    External {
        /// The outside party.
        number: Option<PhoneNumber>,
    },
    /// It has none: by default not logged.
    Internal(Internal),
    /// The outside party is on the connection's list of numbers to ignore.
    Ignored {
        /// The outside party.
        number: PhoneNumber,
    },
}

/// Why a leg is internal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Internal {
    /// Both numbers are extensions; the other one of the two.
    BothExtensions(Option<PhoneNumber>),
    /// Forwarded from extension to extension: `Transfered` with both extension ids.
    Forwarding(Option<PhoneNumber>),
    /// An extension dialled another one (docs/pbx.md §7.3 step 4).
    DialledExtension(Option<PhoneNumber>),
}

impl Scope {
    /// The other party's number, for the record.
    pub fn other_party(&self) -> Option<PhoneNumber> {
        match self {
            Self::External { number } => number.clone(),
            Self::Internal(
                Internal::BothExtensions(other)
                | Internal::Forwarding(other)
                | Internal::DialledExtension(other),
            ) => other.clone(),
            Self::Ignored { number } => Some(number.clone()),
        }
    }
}

/// Decides for a leg, from all that its events say, and from the history where there are none.
pub(super) fn scope(fields: Fields<'_>, told: Option<&HistoryLeg>, flow: Flow, book: Rulebook<'_>) -> Scope {
    let history = |number: Option<&PhoneNumber>| {
        let number = number.filter(|_| fields.leg.events().is_empty());
        book.party(number.map(PhoneNumber::reveal))
    };
    let caller_extension = fields.get(CallEvent::caller_extension);
    let called_extension = fields.get(CallEvent::called_extension);
    let caller = match fields.text(CallEvent::caller_number) {
        Some(text) => book.numbers.side(text, caller_extension.as_ref()),
        None => history(told.and_then(|told| told.from.as_ref())),
    };
    let called = match fields.text(CallEvent::called_number) {
        Some(text) => book.numbers.side(text, called_extension.as_ref()),
        None => history(told.and_then(|told| told.to.as_ref())),
    };
    let other = |party: &Party| party.number().map(PhoneNumber::new);

    // After a transfer between extensions, RemoteNumber is the party that counts (docs/pbx.md §12.2), also when it
    // names nobody.
    let caller = match fields.text(CallEvent::remote_number).map(|text| book.numbers.party(text)) {
        Some(Party::Outside(number)) => return external(Some(number), book),
        Some(Party::Withheld) => return external(None, book),
        Some(remote @ Party::Extension(_)) => remote,
        None => caller,
    };
    if fields.any(|event| event.transferred() && event.has_both_extension_ids()) {
        let other = match flow {
            Flow::In => other(&caller),
            Flow::Out => other(&called),
        };
        return Scope::Internal(Internal::Forwarding(other));
    }
    match flow {
        // Whatever rings here is one of our extensions, even where CalledNumber holds the DID (docs/pbx.md §11.5).
        Flow::In if caller.is_extension() => Scope::Internal(Internal::BothExtensions(other(&caller))),
        Flow::In => external(outside(&caller), book),
        Flow::Out if called.is_extension() && caller.is_extension() => {
            Scope::Internal(Internal::BothExtensions(other(&called)))
        }
        Flow::Out if called.is_extension() => Scope::Internal(Internal::DialledExtension(other(&called))),
        Flow::Out => external(outside(&called), book),
    }
}

fn outside(party: &Party) -> Option<PhoneNumber> {
    match party {
        Party::Outside(number) => Some(number.clone()),
        Party::Extension(_) | Party::Withheld => None,
    }
}

pub(super) fn external(number: Option<PhoneNumber>, book: Rulebook<'_>) -> Scope {
    match number {
        Some(number) if book.policy.ignore_numbers.iter().any(|one| number.same_digits(one.reveal())) => {
            Scope::Ignored { number }
        }
        number => Scope::External { number },
    }
}
