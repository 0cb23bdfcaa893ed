//! An offer of matches between CRM users and extensions, by name or e-mail against the label. Only an offer: a person
//! decides. A label that fits two users fits neither.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::extension::{Extension, ExtensionKind};
use crate::model::ids::{CrmUserId, ExtensionId};

/// A user as the CRM knows him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// His id.
    pub crm_user: CrmUserId,
    /// His name.
    pub name: Option<String>,
    /// His e-mail.
    pub email: Option<String>,
}

/// A match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Who.
    pub crm_user: CrmUserId,
    /// Which extension may be his.
    pub extension: ExtensionId,
    /// What fits.
    pub by: Basis,
}

/// What fits. The first is the surest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// The label is the name, whatever the order of its words.
    Name,
    /// The label is the e-mail, or the part before the `@`.
    Email,
    /// The label holds all words of the name, and more.
    NameWithin,
}

impl Basis {
    /// Its name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::NameWithin => "name_within",
        }
    }
}

/// Matches phones that nobody uses with users, the extensions in the order given.
pub fn suggest(users: &[Candidate], extensions: &[Extension]) -> Vec<Suggestion> {
    let mut found = Vec::new();
    for extension in extensions {
        let free = extension.listed.kind == ExtensionKind::Phone && extension.crm_user.is_none();
        let Some(label) = extension.listed.label.as_ref().filter(|_| free && extension.present) else {
            continue;
        };
        let mut fits: BTreeMap<Basis, Vec<&Candidate>> = BTreeMap::new();
        for user in users {
            if let Some(basis) = basis(user, label.reveal()) {
                fits.entry(basis).or_default().push(user);
            }
        }
        if let Some((by, best)) = fits.first_key_value()
            && let [only] = best.as_slice()
        {
            let (crm_user, extension) = (only.crm_user.clone(), extension.listed.id);
            found.push(Suggestion { crm_user, extension, by: *by });
        }
    }
    found
}

fn basis(user: &Candidate, label: &str) -> Option<Basis> {
    let label_words = words(label);
    let name = user.name.as_deref().map(words).filter(|name| !name.is_empty());
    if name.as_ref().is_some_and(|name| *name == label_words) {
        return Some(Basis::Name);
    }
    let email = user.email.as_deref().map(str::trim).filter(|email| email.contains('@'));
    if let Some(email) = email {
        let local = email.split('@').next().map(words).unwrap_or_default();
        // One short word, such as `info`, says nothing of a person.
        let telling = local.len() >= 2 || local.iter().any(|word| word.chars().count() >= 6);
        if label.trim().eq_ignore_ascii_case(email) || (telling && local == label_words) {
            return Some(Basis::Email);
        }
    }
    name.filter(|name| name.len() >= 2 && name.is_subset(&label_words)).map(|_| Basis::NameWithin)
}

/// The words of a text, in lower case, whatever stands between them.
fn words(text: &str) -> BTreeSet<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    parts.map(str::to_lowercase).collect()
}
