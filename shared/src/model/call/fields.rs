//! The fields of one event, found by key in any case, behind two allocations: an event is read, compared and digested
//! several times on its way, and a map of strings took longer than everything that is decided on it.

/// Fields in the order of their lower-cased keys; the first of several with one key stays.
#[derive(Clone)]
pub(in crate::model) struct Fields {
    /// Of each field its key as it came, its key in lower case, its value.
    text: String,
    places: Vec<Place>,
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
        match self.find(lower_key) {
            Ok(_) => self.text.truncate(start),
            Err(at) => {
                let rank = rank(lower_key);
                self.text.push_str(value);
                let place = Place { rank, key: start, lower, value: value_at, end: self.text.len() };
                self.places.insert(at, place);
            }
        }
    }

    /// The value of a lower-cased key.
    pub(in crate::model) fn get(&self, lower_key: &str) -> Option<&str> {
        let place = self.places.get(self.find(lower_key).ok()?)?;
        Some(self.part(place.value, place.end))
    }

    /// Makes the space that a literal `+` before digits was decoded to a plus again.
    pub(super) fn restore_plus(&mut self, lower_key: &str) {
        let Some(place) = self.find(lower_key).ok().and_then(|at| self.places.get(at)).copied() else {
            return;
        };
        if let [b' ', b'0'..=b'9', ..] = self.part(place.value, place.end).as_bytes() {
            self.text.replace_range(place.value..=place.value, "+");
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

    fn find(&self, lower_key: &str) -> Result<usize, usize> {
        let wanted = rank(lower_key);
        self.places.binary_search_by(|place| {
            place.rank.cmp(&wanted).then_with(|| self.part(place.lower, place.value).cmp(lower_key))
        })
    }

    #[inline]
    fn part(&self, from: usize, to: usize) -> &str {
        self.text.get(from..to).unwrap_or_default()
    }
}

/// The first bytes of a key as a number that is ordered like them: it tells all documented keys apart, and is compared in
/// one step. Keys have no NUL, so the shorter of two comes first.
fn rank(lower_key: &str) -> u128 {
    let bytes = lower_key.as_bytes();
    if let Some(first) = bytes.first_chunk() {
        return u128::from_be_bytes(*first);
    }
    let mut first = [0; 16];
    first.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
    u128::from_be_bytes(first)
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Fields {}
