//! Telephone numbers, and the one place that tells an extension from an outside party (R3, docs/pbx.md §3.4).

use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::model::extension_kind::ExtensionKind;

/// An outside party's number as the PBX wrote it; never printed whole.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Wraps a number as it came.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The whole number.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether both hold the same digits, whatever their punctuation.
    pub fn same_digits(&self, other: &str) -> bool {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let mine = digits(&self.0);
        !mine.is_empty() && mine == digits(other)
    }

    /// What the spellings of one number have in common: its last nine digits, which a national and an international one
    /// share, or all of a shorter one.
    pub fn tail(&self) -> String {
        let digits: String = self.0.chars().filter(char::is_ascii_digit).collect();
        let digits = digits.trim_start_matches('0');
        digits.get(digits.len().saturating_sub(9)..).unwrap_or_default().to_owned()
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(…)")
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// An extension's full number, such as `4821*205`. Names a desk, not a person, so it may be printed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExtensionNumber(String);

impl ExtensionNumber {
    /// Reads `prefix*number` (R3): three to six digits, `*`, two to four digits. In its absolute form the domain's prefix
    /// and a `*` stand before it; it comes with or without `@domain`. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (front, short) = bare(text).rsplit_once('*')?;
        let (domain, prefix) =
            front.rsplit_once('*').map_or((None, front), |(domain, prefix)| (Some(domain), prefix));
        let fits = are_digits(short, 2..=4)
            && are_digits(prefix, 3..=6)
            && domain.is_none_or(|domain| are_digits(domain, 1..=6));
        fits.then(|| Self(format!("{prefix}*{short}")))
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the `*`.
    pub fn short(&self) -> &str {
        self.0.split_once('*').map_or(self.0.as_str(), |(_, short)| short)
    }
}

impl fmt::Display for ExtensionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a text is so many digits.
fn are_digits(text: &str, count: RangeInclusive<usize>) -> bool {
    count.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number alone: without `sip:` or `tel:` before it, and without `@domain` or parameters behind it. The domain
/// differs between providers (docs/pbx.md §3.4).
fn bare(text: &str) -> &str {
    let text = text.trim().trim_start_matches('<');
    let scheme = ["sip:", "sips:", "tel:"]
        .into_iter()
        .find(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    let number = scheme.map_or(text, |scheme| text.get(scheme.len()..).unwrap_or_default());
    let end = number.find(['@', ';', '>']).unwrap_or(number.len());
    number.get(..end).unwrap_or_default().trim()
}

/// Who a number field names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Party {
    /// An extension of a PBX.
    Extension(ExtensionNumber),
    /// Somebody outside.
    Outside(PhoneNumber),
    /// Nobody that can be called: empty, `anonymous` and the like (docs/pbx.md §13.32).
    Withheld,
}

impl Party {
    /// Whether it is an extension.
    pub const fn is_extension(&self) -> bool {
        matches!(self, Self::Extension(_))
    }

    /// The number as text, if there is one.
    pub fn number(&self) -> Option<&str> {
        match self {
            Self::Extension(number) => Some(number.as_str()),
            Self::Outside(number) => Some(number.reveal()),
            Self::Withheld => None,
        }
    }
}

/// A connection's numbering: its prefix, the length of its bare numbers, and which of those exist.
///
/// The set of existing numbers is a bitmap over all numbers of that length: at most 1,250 bytes however many
/// extensions there are, so that it travels with the connection and costs no extra read (docs/promises.md §5). Queues and IVRs
/// are few: their short numbers are listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberPlan {
    prefix: String,
    extension_len: u8,
    #[serde(with = "bitmap", default)]
    known: Vec<u8>,
    #[serde(default)]
    places: BTreeSet<String>,
}

/// Queues and IVRs that are listed at most; a company with more has their numbers taken for phones.
const MOST_PLACES: usize = 200;

impl NumberPlan {
    /// `extension_len` is 2, 3 or 4 (docs/pbx.md §2.2); `None` for others and for a prefix that isn't digits.
    pub fn new(prefix: &str, extension_len: u8) -> Option<Self> {
        let digits = !prefix.is_empty() && prefix.len() <= 12 && prefix.bytes().all(|b| b.is_ascii_digit());
        (digits && (2..=4).contains(&extension_len)).then(|| Self {
            prefix: prefix.to_owned(),
            extension_len,
            known: Vec::new(),
            places: BTreeSet::new(),
        })
    }

    /// The same numbering, knowing these extensions.
    #[must_use]
    pub fn knowing<'a>(
        mut self,
        numbers: impl IntoIterator<Item = (&'a ExtensionNumber, ExtensionKind)>,
    ) -> Self {
        self.known.clear();
        self.places.clear();
        for (number, kind) in numbers {
            let is_place = matches!(kind, ExtensionKind::Queue | ExtensionKind::Ivr);
            if is_place && self.places.len() < MOST_PLACES {
                self.places.insert(number.short().to_owned());
            }
            if let Some(slot) = self.slot(number.short()) {
                if self.known.len() <= slot / 8 {
                    self.known.resize(slot / 8 + 1, 0);
                }
                if let Some(byte) = self.known.get_mut(slot / 8) {
                    *byte |= 1 << (slot % 8);
                }
            }
        }
        self
    }

    /// The client's prefix, the left part of every extension number.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Digits after the `*`.
    pub const fn extension_len(&self) -> u8 {
        self.extension_len
    }

    /// Says who `text` names: an extension when it matches R3 whole, or is a bare number of the list.
    pub fn party(&self, text: &str) -> Party {
        if let Some(number) = ExtensionNumber::parse(text) {
            return Party::Extension(number);
        }
        let bare = bare(text);
        if self.knows(bare) {
            return Party::Extension(ExtensionNumber(format!("{}*{bare}", self.prefix)));
        }
        if bare.bytes().any(|b| b.is_ascii_digit()) {
            return Party::Outside(PhoneNumber(bare.to_owned()));
        }
        Party::Withheld
    }

    /// The same, with what the event says of that side's extension: bare digits that are its short number name it,
    /// whether the list knows it yet or not (docs/pbx.md §2.2, §13.33).
    pub fn side(&self, text: &str, extension: Option<&ExtensionNumber>) -> Party {
        match (self.party(text), extension) {
            (Party::Outside(number), Some(extension)) if number.reveal() == extension.short() => {
                Party::Extension(extension.clone())
            }
            (party, _) => party,
        }
    }

    /// Whether it is one of this customer's queues or IVRs.
    pub fn is_place(&self, number: &ExtensionNumber) -> bool {
        self.is_own(number) && self.places.contains(number.short())
    }

    /// Whether it is one of this customer's phones (or faxes).
    pub fn is_phone(&self, number: &ExtensionNumber) -> bool {
        self.is_own(number) && self.knows(number.short()) && !self.places.contains(number.short())
    }

    /// Whether it has this customer's prefix and is not in the list: the list is too old.
    pub fn is_new(&self, number: &ExtensionNumber) -> bool {
        self.is_own(number) && !self.knows(number.short())
    }

    fn is_own(&self, number: &ExtensionNumber) -> bool {
        number.as_str().split_once('*').is_some_and(|(prefix, _)| prefix == self.prefix)
    }

    fn knows(&self, short: &str) -> bool {
        self.slot(short)
            .and_then(|slot| self.known.get(slot / 8).map(|byte| byte & (1 << (slot % 8)) != 0))
            .unwrap_or(false)
    }

    fn slot(&self, short: &str) -> Option<usize> {
        let fits =
            short.len() == usize::from(self.extension_len) && short.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| short.parse().ok()).flatten()
    }
}

mod bitmap {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    use serde::Deserialize as _;

    pub(super) fn serialize<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD_NO_PAD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD_NO_PAD.decode(&text).map_err(serde::de::Error::custom)
    }
}
