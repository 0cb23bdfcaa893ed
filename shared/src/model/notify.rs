//! Who is told of notices outside the pages, and what is on its way to them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::model::ids::ConnectionId;
use crate::model::notice::Notice;
use crate::model::secret::{Digest, Sealed};
use crate::text::Language;

/// Addresses that one connection may tell.
pub const MOST_ADDRESSES: usize = 5;
/// Notices that one letter names; the page has all.
pub const MOST_NAMED: usize = 50;

/// An e-mail address. `Debug` masks it: it is a person's.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads `name@example.com`: letters, digits and the signs that are usual, so that it is one word of any header. What is
    /// allowed beyond (quotes, comments, other alphabets) few servers take.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (name, domain) = text.rsplit_once('@')?;
        let sign = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
        let word = |word: &str| !word.is_empty() && word.chars().all(sign);
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let sound = text.len() <= 254
            && name.len() <= 64
            && name.split('.').all(word)
            && domain.contains('.')
            && domain.split('.').all(label);
        sound.then(|| Self(text.to_owned()))
    }

    /// The address itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What stands after the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

/// Who is told of a connection's notices, and what is on its way to them: one document, so that who writes a letter into it
/// is the only one who sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notify {
    /// Who, and how.
    pub channels: Channels,
    /// Letters that were not sent whole.
    pub letters: Vec<Letter>,
    /// When somebody was last told of a cause at once, as long as that holds a next letter back.
    pub told: BTreeMap<String, Timestamp>,
    /// When a test was last sent.
    pub tested_at: Timestamp,
}

impl Notify {
    /// When something of it is due.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.letters.iter().map(|letter| letter.next_at).min()
    }
}

/// Who is told, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channels {
    /// Their addresses, a sealed JSON list.
    pub email: Option<Sealed>,
    /// A webhook.
    pub webhook: Option<Hook>,
    /// Whether there are digests of what stops nothing.
    pub digest: bool,
    /// What they read.
    pub language: Language,
}

impl Default for Channels {
    fn default() -> Self {
        Self { email: None, webhook: None, digest: true, language: Language::English }
    }
}

impl Channels {
    /// Whether anybody is told.
    pub const fn any(&self) -> bool {
        self.email.is_some() || self.webhook.is_some()
    }

    /// Everything sealed, by the name of its field.
    pub fn sealed_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut Sealed)> {
        let hook = self.webhook.iter_mut();
        let hook = hook.flat_map(|hook| [(field::URL, &mut hook.url), (field::SECRET, &mut hook.secret)]);
        self.email.iter_mut().map(|email| (field::EMAIL, email)).chain(hook)
    }
}

/// A webhook, sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// Where it is posted; some addresses are secrets.
    pub url: Sealed,
    /// What signs it.
    pub secret: Sealed,
}

/// What a sealed value of [`Channels`] is.
pub mod field {
    /// The addresses.
    pub const EMAIL: &str = "notify.email";
    /// The webhook's address.
    pub const URL: &str = "notify.webhook.url";
    /// The webhook's secret.
    pub const SECRET: &str = "notify.webhook.secret";
}

/// Which raising of which notice is meant: one that was resolved and raised anew is another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The notice's key.
    pub key: String,
    /// When it was raised.
    pub first_at: Timestamp,
}

impl Reference {
    /// Of a notice.
    pub fn of(notice: &Notice) -> Self {
        Self { key: notice.cause.key(), first_at: notice.first_at }
    }
}

/// What kind of letter it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterKind {
    /// Of one notice, at once.
    Raised,
    /// Of what is new.
    Digest,
}

/// One telling, on its way. It names notices and holds nothing of them: what they say is read when it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The same at every attempt, for receivers that look for repeats.
    pub id: String,
    /// Of what kind.
    pub kind: LetterKind,
    /// Of which notices.
    pub notices: Vec<Reference>,
    /// How many more there were.
    #[serde(default)]
    pub more: usize,
    /// Whether the e-mail is sent.
    #[serde(default)]
    pub mailed: bool,
    /// Whether the webhook is posted.
    #[serde(default)]
    pub posted: bool,
    /// Attempts that failed.
    #[serde(default)]
    pub failures: u32,
    /// When it is to be sent, or was claimed until.
    pub next_at: Timestamp,
}

impl Letter {
    /// A new one, to be sent now.
    pub fn new(id: ConnectionId, kind: LetterKind, mut notices: Vec<Reference>, now: Timestamp) -> Self {
        let more = notices.len().saturating_sub(MOST_NAMED);
        let named = notices.iter().map(|one| format!("\n{}@{}", one.key, one.first_at.micros()));
        let named = format!("{id}{kind:?}{}", named.collect::<String>());
        notices.truncate(MOST_NAMED);
        Self {
            id: format!("ntc_{}", Digest::of(named.as_bytes()).short_hex(16)),
            kind,
            notices,
            more,
            mailed: false,
            posted: false,
            failures: 0,
            next_at: now,
        }
    }
}
