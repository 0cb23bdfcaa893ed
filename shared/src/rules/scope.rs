//! Internal or external: R12 as the vendor words it, in one place.

use crate::call::{CallEvent, Flow};
use crate::number::{Party, PhoneNumber};
use crate::rules::leg::{Fields, Rulebook, party};

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
    Ignored,
}

/// Why a leg is internal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Internal {
    /// Both numbers are extensions; the other one of the two.
    BothExtensions(Option<PhoneNumber>),
    /// Forwarded from extension to extension: `Transfered` with both extension ids.
    Forwarding(Option<PhoneNumber>),
    /// An extension dialled another one (pbx-api.md §7.3 step 4).
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
            Self::Ignored => None,
        }
    }
}

/// Decides for a leg, from all that its events say.
pub(super) fn scope(fields: &Fields<'_>, flow: Flow, book: Rulebook<'_>) -> Scope {
    let remote = party(book, fields.text(CallEvent::remote_number));
    let caller = party(book, fields.text(CallEvent::caller_number));
    let called = party(book, fields.text(CallEvent::called_number));
    let other = |party: &Party| party.number().map(PhoneNumber::new);

    // After a transfer between extensions, RemoteNumber is the party that counts (pbx-api.md §12.2).
    if let Party::Outside(number) = &remote {
        return external(Some(number.clone()), book);
    }
    let caller = if remote.is_extension() { remote } else { caller };
    if fields.any(|event| event.transferred() && event.has_both_extension_ids()) {
        let other = match flow {
            Flow::In => other(&caller),
            Flow::Out => other(&called),
        };
        return Scope::Internal(Internal::Forwarding(other));
    }
    match flow {
        // Whatever rings here is one of our extensions, even where CalledNumber holds the DID (pbx-api.md §11.5).
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

fn external(number: Option<PhoneNumber>, book: Rulebook<'_>) -> Scope {
    let ignored = number.as_ref().is_some_and(|number| {
        book.policy.ignore_numbers.iter().any(|listed| number.same_digits(listed.reveal()))
    });
    if ignored { Scope::Ignored } else { Scope::External { number } }
}
