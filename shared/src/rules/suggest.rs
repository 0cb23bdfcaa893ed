//! An offer of matches between CRM users and extensions, by name or e-mail against the label. Only an offer: a person
//! decides. A label that fits two users fits neither. Texts are read once and found by their words, so that many
//! users and many phones cost their sum and not their product.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::extension::{Extension, ExtensionKind};
use crate::model::ids::{CrmUserId, ExtensionId};

/// A text of more words is nobody's name; it is compared whole, but not word by word.
const MOST_WORDS: usize = 16;

/// A user as the CRM knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Their id.
    pub crm_user: CrmUserId,
    /// Their name.
    pub name: Option<String>,
    /// Their e-mail.
    pub email: Option<String>,
    /// The inner number that the CRM has of them.
    pub number: Option<String>,
}

/// A match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Who.
    pub crm_user: CrmUserId,
    /// Which extension may be theirs.
    pub extension: ExtensionId,
    /// What fits.
    pub by: Basis,
}

/// What fits. The first is the surest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The CRM has the extension's number as theirs, long or short.
    Number,
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
            Self::Number => "number",
            Self::Name => "name",
            Self::Email => "email",
            Self::NameWithin => "name_within",
        }
    }
}

/// Matches phones that nobody uses with users, the extensions in the order given.
pub fn suggest(users: &[Candidate], extensions: &[Extension]) -> Vec<Suggestion> {
    let known = Known::of(users);
    let mut found = Vec::new();
    for extension in extensions {
        let free = extension.listed.kind == ExtensionKind::Phone && extension.crm_user.is_none();
        if !free || !extension.present {
            continue;
        }
        let by_label = || known.fit(extension.listed.label.as_ref()?.reveal());
        if let Some((user, by)) = known.numbered(extension).or_else(by_label) {
            let (crm_user, extension) = (users[user].crm_user.clone(), extension.listed.id);
            found.push(Suggestion { crm_user, extension, by });
        }
    }
    found
}

type Words = BTreeSet<String>;

/// The users by what they can be found by; each by their place in the list.
struct Known {
    names: Vec<Words>,
    by_number: HashMap<String, Vec<usize>>,
    by_name: HashMap<Words, Vec<usize>>,
    by_email: HashMap<String, Vec<usize>>,
    by_local_part: HashMap<Words, Vec<usize>>,
    /// Names of two words and more, by the word that the fewest of them have.
    by_word: HashMap<String, Vec<usize>>,
}

impl Known {
    fn of(users: &[Candidate]) -> Self {
        let mut known = Self {
            names: users.iter().map(|user| user.name.as_deref().map(words).unwrap_or_default()).collect(),
            by_number: HashMap::new(),
            by_name: HashMap::new(),
            by_email: HashMap::new(),
            by_local_part: HashMap::new(),
            by_word: HashMap::new(),
        };
        let mut often: HashMap<&str, usize> = HashMap::new();
        known.names.iter().flatten().for_each(|word| *often.entry(word).or_default() += 1);
        for (at, (user, name)) in users.iter().zip(&known.names).enumerate() {
            if let Some(number) = user.number.as_deref().map(str::trim).filter(|number| !number.is_empty()) {
                known.by_number.entry(number.to_owned()).or_default().push(at);
            }
            if !name.is_empty() {
                known.by_name.entry(name.clone()).or_default().push(at);
            }
            let rarest = name.iter().min_by_key(|word| often.get(word.as_str()));
            if let Some(rarest) = rarest.filter(|_| (2..=MOST_WORDS).contains(&name.len())) {
                known.by_word.entry(rarest.clone()).or_default().push(at);
            }
            let email = user.email.as_deref().map(str::trim).filter(|email| email.contains('@'));
            let Some(email) = email else { continue };
            known.by_email.entry(email.to_ascii_lowercase()).or_default().push(at);
            let local = email.split('@').next().map(words).unwrap_or_default();
            // One short word, such as `info`, says nothing of a person.
            if local.len() >= 2 || local.iter().any(|word| word.chars().count() >= 6) {
                known.by_local_part.entry(local).or_default().push(at);
            }
        }
        known
    }

    /// The only user who has the extension's number in the CRM.
    fn numbered(&self, extension: &Extension) -> Option<(usize, Basis)> {
        let whole = extension.listed.number.as_str();
        let short = whole.rsplit('*').next().unwrap_or(whole);
        let users = self.by_number.get(whole).or_else(|| self.by_number.get(short))?;
        match users.as_slice() {
            [only] => Some((*only, Basis::Number)),
            _ => None,
        }
    }

    /// The only user whom a label fits best.
    fn fit(&self, label: &str) -> Option<(usize, Basis)> {
        let words = words(label);
        let mut fits: BTreeMap<usize, Basis> = BTreeMap::new();
        let mut fit = |users: Option<&Vec<usize>>, basis| {
            for user in users.into_iter().flatten() {
                let best = fits.entry(*user).or_insert(basis);
                *best = (*best).min(basis);
            }
        };
        fit(self.by_name.get(&words), Basis::Name);
        fit(self.by_email.get(&label.trim().to_ascii_lowercase()), Basis::Email);
        fit(self.by_local_part.get(&words), Basis::Email);
        if words.len() <= MOST_WORDS {
            for user in words.iter().filter_map(|word| self.by_word.get(word)).flatten() {
                if self.names[*user].is_subset(&words) {
                    fits.entry(*user).or_insert(Basis::NameWithin);
                }
            }
        }
        let best = *fits.values().min()?;
        let mut those = fits.into_iter().filter(|(_, basis)| *basis == best);
        let only = those.next()?;
        those.next().is_none().then_some(only)
    }
}

/// The words of a text, in lower case, whatever stands between them.
fn words(text: &str) -> Words {
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    parts.map(str::to_lowercase).collect()
}
