//! Where a connection's records go: a kind of CRM and its settings, whatever they are called there. All of them are
//! secrets at rest, so there is one way to seal, open and renew them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::model::secret::{Digest, Sealed, Secret};

/// A CRM with its settings, as they are stored.
pub type CrmTarget = Target<Sealed>;

/// The same, opened for the length of one delivery.
pub type OpenCrmTarget = Target<Secret>;

/// A CRM with its settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target<S> {
    /// The kind's name in the settings, such as `webhook`.
    pub kind: String,
    /// The settings by their names.
    pub fields: BTreeMap<String, S>,
    /// The setting `secret` as it was before, which is valid beside the new one for a while.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub former: Option<Former<S>>,
}

/// The setting that may have a former value.
pub const SIGNING_SECRET: &str = "secret";

/// A secret that was changed for another, and signs until its receiver must know the new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Former<S> {
    /// The secret.
    pub secret: S,
    /// When it goes.
    pub until: Timestamp,
}

impl<S> Target<S> {
    /// A target of that kind with these settings.
    pub fn new(kind: &str, fields: impl IntoIterator<Item = (&'static str, S)>) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { kind: kind.to_owned(), fields, former: None }
    }

    /// A setting.
    pub fn field(&self, name: &str) -> Option<&S> {
        self.fields.get(name)
    }

    /// The same target with every secret made into another by `make`, which is told the setting's name.
    pub fn try_map<T, E>(&self, mut make: impl FnMut(&str, &S) -> Result<T, E>) -> Result<Target<T>, E> {
        let mut fields = BTreeMap::new();
        for (name, value) in &self.fields {
            fields.insert(name.clone(), make(name, value)?);
        }
        let former = match &self.former {
            Some(former) => {
                Some(Former { secret: make(SIGNING_SECRET, &former.secret)?, until: former.until })
            }
            None => None,
        };
        Ok(Target { kind: self.kind.clone(), fields, former })
    }

    /// Every secret with its setting's name.
    pub fn secrets_mut(&mut self) -> impl Iterator<Item = (&str, &mut S)> {
        let former = self.former.as_mut().map(|former| (SIGNING_SECRET, &mut former.secret));
        self.fields.iter_mut().map(|(name, value)| (name.as_str(), value)).chain(former)
    }
}

impl OpenCrmTarget {
    /// What a grant is bound to: with other settings it is void.
    pub fn fingerprint(&self) -> Digest {
        let mut text = self.kind.clone();
        for (name, value) in &self.fields {
            text.push('\n');
            text.push_str(name);
            text.push('\n');
            text.push_str(value.reveal());
        }
        Digest::of(text.as_bytes())
    }

    /// A setting's text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.field(name).map(Secret::reveal)
    }
}
