//! The fields of one event, found by key in any case, behind two allocations: an event is read, compared and digested
//! several times on its way, and a map of strings took longer than everything that is decided on it.

use std::cmp::Ordering;

/// Fields in the order of their lower-cased keys; the first of several with one key stays.
#[derive(Clone)]
pub(in crate::model) struct Fields {
    /// Of each field its key as it came, its key in lower case, its value.
    text: String,
    places: Vec<Place>,
}

/// A lower-cased key that is looked up.
#[derive(Clone, Copy)]
pub(in crate::model) struct Key {
    rank: u128,
    pub(super) text: &'static str,
}

/// Where a field lies in the text: offsets in bytes.
#[derive(Clone, Copy)]
struct Place {
    /// See [`rank`].
    rank: u128,
    key: usize,
    lower: usize,
    value: usize,
    end: usize,
}

impl Key {
    /// As a constant, so that it is ranked when it is compiled.
    pub(in crate::model) const fn new(lower_key: &'static str) -> Self {
        Self { rank: rank(lower_key), text: lower_key }
    }
}

impl Fields {
    /// Room for what this many bytes of a form hold.
    pub(super) fn for_form(bytes: usize) -> Self {
        // Keys are half of a form, and each stands there twice.
        Self { text: String::with_capacity(bytes + bytes / 2), places: Vec::with_capacity(32) }
    }

    /// Adds a field, unless its key is there.
    pub(in crate::model) fn insert(&mut self, key: &str, value: &str) {
        let start = self.text.len();
        self.text.push_str(key);
        let lower = self.text.len();
        self.text.push_str(key);
        if let Some(copy) = self.text.get_mut(lower..) {
            copy.make_ascii_lowercase();
        }
        let value_at = self.text.len();
        let lower_key = self.part(lower, value_at);
        let rank = rank(lower_key);
        match self.find(rank, lower_key) {
            Ok(_) => self.text.truncate(start),
            Err(at) => {
                self.text.push_str(value);
                let place = Place { rank, key: start, lower, value: value_at, end: self.text.len() };
                self.places.insert(at, place);
            }
        }
    }

    /// The value of a key.
    pub(in crate::model) fn get(&self, key: Key) -> Option<&str> {
        let place = self.places.get(self.find(key.rank, key.text).ok()?)?;
        Some(self.part(place.value, place.end))
    }

    /// Makes the space that a literal `+` before digits was decoded to a plus again.
    pub(super) fn restore_plus(&mut self, keys: &[Key]) {
        // Hardly any value begins so: it is looked for before the keys are.
        let spaced = |place: &Place| {
            matches!(self.text.as_bytes().get(place.value..place.end), Some([b' ', b'0'..=b'9', ..]))
        };
        let spaced: Vec<_> = self.places.iter().filter(|place| spaced(place)).copied().collect();
        for place in spaced {
            if keys.iter().any(|key| key.text == self.part(place.lower, place.value)) {
                self.text.replace_range(place.value..=place.value, "+");
            }
        }
    }

    /// Each field: its key as it came and its value.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.places.iter().map(|place| (self.part(place.key, place.lower), self.part(place.value, place.end)))
    }

    /// Each field: its key in lower case and its value.
    pub(super) fn lower(&self) -> impl Iterator<Item = (&str, &str)> {
        self.places
            .iter()
            .map(|place| (self.part(place.lower, place.value), self.part(place.value, place.end)))
    }

    /// How long the texts are, in bytes.
    pub(super) const fn len(&self) -> usize {
        self.text.len()
    }

    /// Where a key is, or where it belongs. Ranks are compared alone first, which takes no branch.
    fn find(&self, rank: u128, lower_key: &str) -> Result<usize, usize> {
        let mut at = self.places.partition_point(|place| place.rank < rank);
        while let Some(place) = self.places.get(at).filter(|place| place.rank == rank) {
            match self.part(place.lower, place.value).cmp(lower_key) {
                Ordering::Less => at += 1,
                Ordering::Equal => return Ok(at),
                Ordering::Greater => break,
            }
        }
        Err(at)
    }

    #[inline]
    fn part(&self, from: usize, to: usize) -> &str {
        self.text.get(from..to).unwrap_or_default()
    }
}

/// The first bytes of a key as a number that is ordered like them: it tells all documented keys apart, and is compared in
/// one step. Keys have no NUL, so the shorter of two comes first.
const fn rank(lower_key: &str) -> u128 {
    let bytes = lower_key.as_bytes();
    if let Some(first) = bytes.first_chunk() {
        return u128::from_be_bytes(*first);
    }
    let mut first = [0; 16];
    first.split_at_mut(bytes.len()).0.copy_from_slice(bytes);
    u128::from_be_bytes(first)
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Fields {}
