//! An extension of the PBX, who uses it in the CRM, and what we have installed on it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use super::extension_kind::{ExtensionKind, SubscribedKind};
use crate::clock::Timestamp;
use crate::model::ids::{CrmUserId, ExtensionId, HandlerId};
use crate::model::number::ExtensionNumber;
use crate::model::secret::Digest;

/// What the PBX lists of an extension (docs/pbx.md §3.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedExtension {
    /// Its id.
    pub id: ExtensionId,
    /// Its full number.
    pub number: ExtensionNumber,
    /// Its kind.
    pub kind: ExtensionKind,
    /// What the administrator calls it; often a person's name, so never logged.
    pub label: Option<Label>,
    /// Whether it is active, or blocked.
    pub active: bool,
}

/// A person's or desk's name. Never printed by `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Label(String);

impl Label {
    /// Wraps a name.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The name.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Label(…)")
    }
}

/// An extension as we keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// What the PBX last listed of it.
    #[serde(flatten)]
    pub listed: ListedExtension,
    /// Whether the PBX listed it at the last refresh; a missing one keeps its mapping until a person changes it.
    pub present: bool,
    /// Whose it is in the CRM.
    pub crm_user: Option<CrmUserId>,
    /// The mapping that said so, so that an older one that comes late changes nothing.
    #[serde(default)]
    pub mapping_version: u64,
    /// Our subscriptions on it.
    #[serde(default)]
    pub events: Subscriptions,
}

impl Extension {
    /// An extension seen for the first time.
    pub fn new(listed: ListedExtension) -> Self {
        Self { listed, present: true, crm_user: None, mapping_version: 0, events: Subscriptions::default() }
    }
}

/// What we have on an extension or a queue agent of the PBX, as far as we know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscriptions {
    /// Whether it should send us events.
    pub wanted: bool,
    /// SHA-256 of every token whose URL may still be on the PBX, the one in use last.
    pub tokens: Vec<Digest>,
    /// What the PBX confirmed: handler by kind.
    pub installed: BTreeMap<SubscribedKind, HandlerId>,
    /// Handlers of other integrations, when last looked.
    pub foreign: u32,
    /// Work that is left, if any.
    pub work: Option<Work>,
    /// What a person must change first.
    pub problem: Option<String>,
    /// Tokens in use that are to be replaced: they let events in until what replaces them is on the PBX.
    #[serde(default)]
    pub replace: Vec<Digest>,
    /// Tokens that no handler carries any more.
    #[serde(default)]
    pub retired: Vec<Retired>,
    /// Since when it should send us nothing, if it ever should.
    #[serde(default)]
    pub unwanted_since: Option<Timestamp>,
}

/// A token that is no longer in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    /// Its SHA-256.
    pub digest: Digest,
    /// Since when.
    pub at: Timestamp,
}

/// Which events an event URL lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// All.
    All,
    /// Those of calls that began before that moment, for a while.
    BegunBefore(Timestamp),
}

/// How long the PBX may take to carry out a request whose answer was lost: so long a retired token's handler is still
/// recognised as ours, and removed.
const TURNS_UP_WITHIN: Duration = Duration::from_hours(7 * 24);

/// Digests that are kept: a handler whose POST lost its answer may turn up late, but not after so many others.
const MOST_TOKENS: usize = 8;

impl Subscriptions {
    /// Remembers a new token as the one in use.
    pub fn add_token(&mut self, digest: Option<Digest>) {
        self.tokens.extend(digest);
        let surplus = self.tokens.len().saturating_sub(MOST_TOKENS);
        self.tokens.drain(..surplus);
    }

    /// What a token's URL lets in; nothing, if it is none of this extension's. Every digest is compared.
    pub fn admits(&self, digest: &Digest) -> Option<Admission> {
        let in_use = self.tokens.iter().fold(false, |known, stored| stored.matches(digest) | known);
        let retired = self
            .retired
            .iter()
            .fold(None, |found, one| if one.digest.matches(digest) { Some(one.at) } else { found });
        match (in_use, self.wanted) {
            (true, true) => Some(Admission::All),
            (true, false) => self.unwanted_since.map(Admission::BegunBefore),
            (false, _) => retired.map(Admission::BegunBefore),
        }
    }

    /// Wants events of it, or none any more, and marks the work that this makes.
    pub fn want(&mut self, wanted: bool, now: Timestamp) {
        if self.wanted == wanted {
            return;
        }
        self.wanted = wanted;
        self.unwanted_since = (!wanted).then_some(now);
        self.problem = None;
        let work = wanted || !self.tokens.is_empty() || !self.installed.is_empty();
        self.work = work.then_some(Work { failures: 0, not_before: now });
    }

    /// Whether work on it is due.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.work.as_ref().is_some_and(|work| work.not_before <= now)
    }

    /// All tokens in use are to be replaced by a new one.
    pub fn rotate(&mut self, now: Timestamp) {
        self.replace.clone_from(&self.tokens);
        self.problem = None;
        self.work = Some(Work { failures: 0, not_before: now });
    }

    /// The PBX lists no handler with any other token than this one.
    pub fn retire_all_but(&mut self, kept: Option<&Digest>, now: Timestamp) {
        let (kept, old) = std::mem::take(&mut self.tokens)
            .into_iter()
            .partition(|one| kept.is_some_and(|kept| kept.matches(one)));
        self.tokens = kept;
        self.replace.clear();
        self.retired.retain(|one| now < one.at + TURNS_UP_WITHIN);
        let at = self.unwanted_since.unwrap_or(now);
        self.retired.extend(old.into_iter().map(|digest: Digest| Retired { digest, at }));
        let surplus = self.retired.len().saturating_sub(MOST_TOKENS);
        self.retired.drain(..surplus);
    }

    /// Nothing more is done until a person acts.
    pub fn park(&mut self, problem: &str) {
        self.work = None;
        self.problem = Some(problem.to_owned());
    }

    /// A person wants what was parked or waits to be tried now.
    pub fn ask_again(&mut self, now: Timestamp) {
        if self.problem.take().is_some() || self.work.is_some() {
            self.work = Some(Work { failures: 0, not_before: now });
        }
    }
}

/// Provisioning work that is left on an extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Attempts that failed transiently.
    pub failures: u32,
    /// Not before.
    pub not_before: Timestamp,
}
