//! The fields of one event, found by key in any case, behind two allocations: an event is read, compared and digested
//! several times on its way, and a map of strings took longer than everything that is decided on it.

use std::cmp::Ordering;
use std::io::Write as _;

/// Fields in the order of their lower-cased keys; the first of several with one key stays.
#[derive(Clone, Default)]
pub(in crate::model) struct Fields {
    /// Holds each key as it came and each value, wherever its place says.
    text: String,
    places: Vec<Place>,
}

/// Fields that are not in order yet.
pub(super) struct Unordered(Fields);

/// A part of the text: where it begins and ends, in bytes.
pub(super) type Span = (usize, usize);

/// A lower-cased key that is looked up.
#[derive(Clone, Copy)]
pub(in crate::model) struct Key {
    rank: u128,
    text: &'static str,
}

/// Where a field lies in the text: offsets in bytes.
#[derive(Clone, Copy)]
struct Place {
    /// See [`rank`].
    rank: u128,
    key: (u32, u32),
    value: (u32, u32),
}

/// Bytes of a key that its rank holds.
const RANKED: usize = 16;
/// What events usually have; the documented ones have at most 25 fields, of less than a kibibyte.
const USUAL_FIELDS: usize = 16;
const USUAL_BYTES: usize = 500;

impl Key {
    /// As a constant, so that it is ranked when it is compiled.
    pub(in crate::model) const fn new(lower_key: &'static str) -> Self {
        Self { rank: rank(lower_key.as_bytes(), lower_key.len()), text: lower_key }
    }

    /// The key, in lower case.
    pub(super) const fn text(self) -> &'static str {
        self.text
    }

    /// Whether a field's key is this one.
    pub(super) const fn is(self, key: &str) -> bool {
        self.text.eq_ignore_ascii_case(key)
    }
}

impl Unordered {
    /// Those of a form, which most of them are parts of: it is copied once.
    pub(super) fn of_form(form: &str) -> Self {
        let mut text = String::with_capacity(form.len() + form.len() / 4);
        text.push_str(form);
        Self(Fields { text, places: Vec::with_capacity(USUAL_FIELDS) })
    }

    /// Those that are decoded already, of which nothing is known yet.
    pub(super) fn of_pairs() -> Self {
        Self(Fields { text: String::with_capacity(USUAL_BYTES), places: Vec::with_capacity(USUAL_FIELDS) })
    }

    /// The text, which begins with the form and to which decoded parts are added.
    pub(super) const fn text(&mut self) -> &mut String {
        &mut self.0.text
    }

    /// Adds a field that is in the text.
    pub(super) fn place(&mut self, key: Span, value: Span) {
        let from = self.0.text.as_bytes().get(key.0..).unwrap_or_default();
        let rank = rank(from, key.1 - key.0);
        // An event has 8 KiB at most.
        let short = |(from, to): Span| Some((u32::try_from(from).ok()?, u32::try_from(to).ok()?));
        if let (Some(key), Some(value)) = (short(key), short(value)) {
            self.0.places.push(Place { rank, key, value });
        }
    }

    /// Adds a field.
    pub(super) fn push(&mut self, key: &str, value: &str) {
        let text = self.text();
        let start = text.len();
        text.push_str(key);
        text.push_str(value);
        let (between, end) = (start + key.len(), text.len());
        self.place((start, between), (between, end));
    }

    /// In order, and each key once.
    pub(super) fn ordered(self) -> Fields {
        let Fields { text, mut places } = self.0;
        // Stable sorts: the first of several with one key stays the first.
        places.sort_by_key(|place| place.rank);
        if places.is_sorted_by(|a, b| a.rank < b.rank) {
            return Fields { text, places };
        }
        places.sort_by(|a, b| a.rank.cmp(&b.rank).then_with(|| compare(a.rest(&text), b.rest(&text))));
        places.dedup_by(|a, b| a.rank == b.rank && a.rest(&text).eq_ignore_ascii_case(b.rest(&text)));
        Fields { text, places }
    }
}

impl Fields {
    /// Adds a field, unless its key is there.
    pub(super) fn insert(&mut self, key: &str, value: &str) {
        let mut fields = Unordered(std::mem::take(self));
        fields.push(key, value);
        *self = fields.ordered();
    }

    /// The value of a key.
    pub(in crate::model) fn get(&self, key: Key) -> Option<&str> {
        // Ranks are compared alone first, which takes no branch.
        let from = self.places.partition_point(|place| place.rank < key.rank);
        let mut alike = self.places.iter().skip(from).take_while(|place| place.rank == key.rank);
        alike.find(|place| self.has(place, key)).map(|place| self.part(place.value))
    }

    /// Makes the space that a literal `+` before digits was decoded to a plus again.
    pub(super) fn restore_plus(&mut self, keys: &[Key]) {
        // Hardly any value begins so: it is looked for before the keys are.
        let spaced = |place: &Place| {
            matches!(self.part(place.value).as_bytes(), [b' ', b'0'..=b'9', ..])
                && keys.iter().any(|key| self.has(place, *key))
        };
        let starts = |place: &Place| spaced(place).then_some(place.value.0 as usize);
        for start in self.places.iter().filter_map(starts).collect::<Vec<_>>() {
            self.text.replace_range(start..=start, "+");
        }
    }

    /// Each field: its key as it came and its value.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.places.iter().map(|place| (self.part(place.key), self.part(place.value)))
    }

    /// Each field but one: its key in lower case and its value, each behind its length in bytes, which keeps `a=b` + `c`
    /// apart from `a` + `b=c`.
    pub(super) fn sized(&self, without: Key) -> Vec<u8> {
        let mut sized = Vec::with_capacity(self.text.len() + 4 * self.places.len());
        for place in self.places.iter().filter(|place| !self.has(place, without)) {
            let length = place.key_length();
            push_size(&mut sized, length);
            // The rank is the key in lower case, as far as it reaches.
            let ranked = place.rank.to_be_bytes();
            sized.extend_from_slice(ranked.get(..length).unwrap_or(&ranked));
            for byte in place.rest(&self.text) {
                sized.push(byte.to_ascii_lowercase());
            }
            let value = self.part(place.value).as_bytes();
            push_size(&mut sized, value.len());
            sized.extend_from_slice(value);
        }
        sized
    }

    /// Whether the other ones have the same keys, in any case, and values, that one left out.
    pub(super) fn is_same(&self, other: &Self, without: Key) -> bool {
        let ours = self.places.iter().filter(|place| !self.has(place, without));
        let theirs = other.places.iter().filter(|place| !other.has(place, without));
        // From the end: the kind and the time of an event are among the last, and tell nearly all of them apart.
        let mut pairs = ours.clone().rev().zip(theirs.clone().rev());
        pairs.all(|(a, b)| {
            a.rank == b.rank
                && self.part(a.value) == other.part(b.value)
                && a.rest(&self.text).eq_ignore_ascii_case(b.rest(&other.text))
        }) && ours.count() == theirs.count()
    }

    fn has(&self, place: &Place, key: Key) -> bool {
        place.rank == key.rank && (place.key_length() < RANKED || key.is(self.part(place.key)))
    }

    fn part(&self, (from, to): (u32, u32)) -> &str {
        self.text.get(from as usize..to as usize).unwrap_or_default()
    }
}

impl Place {
    const fn key_length(&self) -> usize {
        (self.key.1 - self.key.0) as usize
    }

    /// What of its key the rank does not hold.
    fn rest<'a>(&self, text: &'a str) -> &'a [u8] {
        if self.key_length() <= RANKED {
            return &[];
        }
        text.as_bytes().get(self.key.0 as usize + RANKED..self.key.1 as usize).unwrap_or_default()
    }
}

/// The first bytes of a key in lower case, as a number that is ordered like them: it tells all documented keys
/// apart, and is compared in one step. Keys have no NUL, so the shorter of two comes first. The key is the beginning of
/// `from`: whatever follows it is read with it, since a copy of known length is quicker, and cut off.
const fn rank(from: &[u8], length: usize) -> u128 {
    let first = if let Some(first) = from.first_chunk() {
        *first
    } else {
        let mut padded = [0; RANKED];
        padded.split_at_mut(from.len()).0.copy_from_slice(from);
        padded
    };
    let lower = to_lower(u128::from_be_bytes(first));
    match length {
        0 => 0,
        1..RANKED => {
            let unused = 8 * (RANKED - length);
            lower >> unused << unused
        }
        _ => lower,
    }
}

/// Sixteen bytes with their ASCII letters in lower case, all at once.
const fn to_lower(bytes: u128) -> u128 {
    const EACH: u128 = u128::MAX / 0xff;
    const TOP: u128 = EACH * 0x80;
    let low = bytes & !TOP;
    // The top bit of each byte says whether it is at least an `A`, and whether it is past a `Z`: no sum carries over.
    let from_a = low + EACH * (0x80 - 0x41);
    let past_z = low + EACH * (0x80 - 0x5b);
    let upper = from_a & !past_z & !bytes & TOP;
    bytes | upper >> 2
}

/// Adds the length of what follows, in bytes. By hand, since it is done for each field of each event.
fn push_size(sized: &mut Vec<u8>, length: usize) {
    match u8::try_from(length) {
        Ok(length @ 0..100) => {
            if length >= 10 {
                sized.push(b'0' + length / 10);
            }
            sized.push(b'0' + length % 10);
        }
        // Writing to a vector can't fail.
        Ok(_) | Err(_) => drop(write!(sized, "{length}")),
    }
    sized.push(b':');
}

fn compare(a: &[u8], b: &[u8]) -> Ordering {
    a.iter().map(u8::to_ascii_lowercase).cmp(b.iter().map(u8::to_ascii_lowercase))
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Fields {}
