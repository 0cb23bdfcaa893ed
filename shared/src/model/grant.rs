//! What a CRM's consent gave us: a token, what it is renewed with, and what else the CRM said of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::model::secret::{Digest, Sealed, Secret};

/// A consent as it is stored.
pub type StoredGrant = Grant<Sealed>;

/// The same, opened for the length of one delivery.
pub type OpenGrant = Grant<Secret>;

/// What a CRM's consent gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant<S> {
    /// The settings that it was given for: with others it is void.
    pub of: Digest,
    /// The access token.
    pub access: S,
    /// What a new one is had for. CRMs give another with every renewal, and the one before is void then.
    pub refresh: Option<S>,
    /// When the access token ends.
    pub expires_at: Timestamp,
    /// When it was given or renewed: some CRMs forget who does not renew for months.
    pub renewed_at: Timestamp,
    /// What the CRM proves itself with when it calls us.
    pub proof: Option<S>,
    /// Addresses and ids that came with it, by name.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
}

impl<S> Grant<S> {
    /// The same grant with every secret made into another by `make`, which is told the field's name for sealing.
    pub fn try_map<T, E>(
        &self,
        mut make: impl FnMut(&'static str, &S) -> Result<T, E>,
    ) -> Result<Grant<T>, E> {
        use crate::model::secret::field::{CRM_PROOF, CRM_REFRESH, CRM_TOKEN};
        Ok(Grant {
            of: self.of,
            access: make(CRM_TOKEN, &self.access)?,
            refresh: self.refresh.as_ref().map(|value| make(CRM_REFRESH, value)).transpose()?,
            expires_at: self.expires_at,
            renewed_at: self.renewed_at,
            proof: self.proof.as_ref().map(|value| make(CRM_PROOF, value)).transpose()?,
            facts: self.facts.clone(),
        })
    }

    /// A fact that the CRM told, such as its REST address.
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.facts.get(name).map(String::as_str)
    }
}
