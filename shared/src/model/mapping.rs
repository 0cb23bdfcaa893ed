//! Who in the CRM uses which extensions, as the administrator last saved it, and whether that has been carried out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::model::ids::{CrmUserId, ExtensionId};

/// A connection's mapping. It is saved whole, first and in one write; extensions and the PBX follow it (P5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// Grows with each saved change; 0 before the first.
    pub version: u64,
    /// Its users, as they were given.
    pub users: Vec<MappedUser>,
    /// Whether every extension knows its user by now.
    pub applied: bool,
    /// When work on the PBX goes on, if any is left: the connection's entry in the index of what is due.
    pub due_at: Option<Timestamp>,
}

/// A CRM user and their extensions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappedUser {
    /// Who.
    pub crm_user: CrmUserId,
    /// Which extensions are theirs.
    pub extension_ids: Vec<ExtensionId>,
}

impl Mapping {
    /// The user of each mapped extension.
    pub fn by_extension(&self) -> BTreeMap<ExtensionId, &CrmUserId> {
        let pairs = self
            .users
            .iter()
            .flat_map(|user| user.extension_ids.iter().map(move |extension| (*extension, &user.crm_user)));
        pairs.collect()
    }

    /// Whom a later mapping takes extensions from, and which.
    pub fn taken_by(&self, later: &Self) -> Vec<MappedUser> {
        let theirs = later.by_extension();
        let taken = self.users.iter().map(|user| MappedUser {
            crm_user: user.crm_user.clone(),
            extension_ids: user
                .extension_ids
                .iter()
                .copied()
                .filter(|extension| theirs.get(extension) != Some(&&user.crm_user))
                .collect(),
        });
        taken.filter(|user| !user.extension_ids.is_empty()).collect()
    }

    /// Its users, but for those who are named anew: they have what is named, or nothing.
    pub fn with(&self, named: &[MappedUser]) -> Vec<MappedUser> {
        let others = self.users.iter().filter(|user| named.iter().all(|one| one.crm_user != user.crm_user));
        // The named come first, so that a place among them is the same in the whole.
        named.iter().chain(others).cloned().collect()
    }
}
