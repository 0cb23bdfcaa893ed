//! The admin keys of a connection: several, so that each person and program has one of its own, and one can be changed
//! for another without a gap. Digests and times stand in the connection, which every request reads; names do not.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::model::secret::Digest;

/// Keys of one connection: it is read with every event, and stays below 4 KB with so many.
pub const MOST_KEYS: usize = 20;

/// Use is noted at most so often, so that asking costs no write each time.
const USE_NOTED_EVERY: Duration = Duration::from_hours(1);

/// What a key is called: the beginning of its digest, which says nothing of it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

impl KeyId {
    fn of(digest: &Digest) -> Self {
        Self(digest.short_hex(6))
    }

    /// Reads one; `None` when it can't be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (text.len() == 12 && text.bytes().all(hex)).then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything.
    Full,
    /// Look, and change nothing.
    Read,
}

impl Scope {
    /// Its name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Read => "read",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Full, Self::Read].into_iter().find(|scope| scope.as_str() == text)
    }
}

/// A key as the connection has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Packed", into = "Packed")]
pub struct StoredKey {
    /// What it is called.
    pub id: KeyId,
    digest: Digest,
    /// What it may do.
    pub scope: Scope,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was used last, give or take an hour.
    pub used_at: Option<Timestamp>,
}

/// How a key is written: digest, scope, end and last use in seconds.
type Packed = (Digest, Scope, Option<i64>, Option<i64>);

impl From<Packed> for StoredKey {
    fn from((digest, scope, expires, used): Packed) -> Self {
        let moment = |secs: Option<i64>| secs.map(Timestamp::from_secs);
        Self { id: KeyId::of(&digest), digest, scope, expires_at: moment(expires), used_at: moment(used) }
    }
}

impl From<StoredKey> for Packed {
    fn from(key: StoredKey) -> Self {
        (key.digest, key.scope, key.expires_at.map(Timestamp::secs), key.used_at.map(Timestamp::secs))
    }
}

impl StoredKey {
    /// A key that was not used yet.
    pub fn new(digest: Digest, scope: Scope, expires_at: Option<Timestamp>) -> Self {
        Self { id: KeyId::of(&digest), digest, scope, expires_at, used_at: None }
    }

    /// Whether it opens anything now.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether its use should be noted now.
    pub fn use_is_news(&self, now: Timestamp) -> bool {
        self.used_at.is_none_or(|used| now.since(used) >= USE_NOTED_EVERY)
    }
}

/// All keys of a connection, in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Keyring(Vec<StoredKey>);

impl Keyring {
    /// With one key, for everything and without an end.
    pub fn of(digest: Digest) -> Self {
        Self(vec![StoredKey::new(digest, Scope::Full, None)])
    }

    /// The keys.
    pub fn keys(&self) -> &[StoredKey] {
        &self.0
    }

    /// The key of that digest, unless it has ended. Every key is compared, each in constant time.
    pub fn find(&self, digest: &Digest, now: Timestamp) -> Option<&StoredKey> {
        let found =
            self.0.iter().fold(None, |found, key| if key.digest.matches(digest) { Some(key) } else { found });
        found.filter(|key| key.is_valid(now))
    }

    /// The key of that name.
    pub fn get(&self, id: &KeyId) -> Option<&StoredKey> {
        self.0.iter().find(|key| key.id == *id)
    }

    /// Whether no more can be made.
    pub fn is_full(&self) -> bool {
        self.0.len() >= MOST_KEYS
    }

    /// Adds a key, if there is room and it is not there.
    pub fn add(&mut self, key: &StoredKey) {
        if !self.is_full() && self.get(&key.id).is_none() {
            self.0.push(key.clone());
        }
    }

    /// Removes a key, unless it is the last one that can make others.
    pub fn remove(&mut self, id: &KeyId, now: Timestamp) {
        let able = |key: &StoredKey| key.scope == Scope::Full && key.is_valid(now);
        if self.0.iter().any(|key| key.id != *id && able(key)) {
            self.0.retain(|key| key.id != *id);
        }
    }

    /// Notes that a key was used.
    pub fn note_use(&mut self, id: &KeyId, now: Timestamp) {
        if let Some(key) = self.0.iter_mut().find(|key| key.id == *id) {
            key.used_at = Some(now);
        }
    }
}
