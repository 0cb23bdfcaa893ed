//! Mappings: what is stored, how far the PBX is, what is offered.

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::flow::connection::provision::Progress as Provisioned;
use crate::model::extension::Extension;
use crate::model::mapping::{MappedUser as Stored, Mapping as StoredMapping};
use crate::rules::suggest::{Basis, Suggestion as Offer};

/// Who uses what.
#[derive(Clone, Serialize, ToSchema)]
// In the document by another name: a generated Python client would hide its language's own `Mapping`.
#[schema(as = UserMapping)]
pub struct Mapping {
    /// Grows with every save.
    pub version: u64,
    /// The users.
    pub users: Vec<MappedUser>,
}

/// A CRM user and their extensions.
#[derive(Clone, Serialize, ToSchema)]
pub struct MappedUser {
    /// Their id in the CRM.
    pub crm_user: String,
    /// Which extensions are theirs.
    pub extension_ids: Vec<u64>,
}

impl From<&StoredMapping> for Mapping {
    fn from(mapping: &StoredMapping) -> Self {
        Self { version: mapping.version, users: mapping.users.iter().map(MappedUser::from).collect() }
    }
}

impl From<&Stored> for MappedUser {
    fn from(user: &Stored) -> Self {
        Self {
            crm_user: user.crm_user.as_str().to_owned(),
            extension_ids: user.extension_ids.iter().map(|id| id.get()).collect(),
        }
    }
}

/// How far the PBX is with a mapping.
#[derive(Clone, Serialize, ToSchema)]
pub struct Provisioning {
    /// Of which mapping.
    pub version: u64,
    /// In numbers.
    pub progress: Progress,
    /// The same of the queue agents.
    pub agents: Progress,
    /// What a person must change.
    pub problems: Vec<ExtensionProblem>,
    /// When it goes on by itself; null: nothing is left to do.
    #[schema(required, format = DateTime)]
    pub next_attempt_at: Option<String>,
}

/// What became of a mapping that was saved.
#[derive(Serialize, ToSchema)]
pub struct MappingDone {
    /// How far the PBX is with it.
    #[serde(flatten)]
    pub provisioning: Provisioning,
    /// Whom it took extensions from, and which; somebody else may have them now.
    pub removed: Vec<MappedUser>,
}

/// Extensions or agents, counted.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Progress {
    /// Those that are to send us events, and those that are to stop.
    pub total: usize,
    /// Those that are as they should be.
    pub done: usize,
    /// Those that wait for somebody to act.
    pub failed: usize,
}

/// What a person must change about an extension.
#[derive(Clone, Serialize, ToSchema)]
pub struct ExtensionProblem {
    /// Which.
    pub extension_id: u64,
    /// What, and what to do.
    pub message: String,
}

impl Provisioning {
    /// How far a mapping has come, on extensions and on agents.
    pub fn of(mapping: &StoredMapping, progress: &Provisioned, agents: &Provisioned) -> Self {
        let goes_on = progress.goes_on() || agents.goes_on();
        let problems = progress.problems.iter().map(|(extension, message)| ExtensionProblem {
            extension_id: extension.get(),
            message: message.clone(),
        });
        Self {
            version: mapping.version,
            progress: Progress::from(progress),
            agents: Progress::from(agents),
            problems: problems.collect(),
            next_attempt_at: mapping.due_at.filter(|_| goes_on).map(Timestamp::rfc3339),
        }
    }
}

impl From<&Provisioned> for Progress {
    fn from(progress: &Provisioned) -> Self {
        Self { total: progress.total, done: progress.done, failed: progress.failed }
    }
}

/// An extension that may be a user's.
#[derive(Clone, Serialize, ToSchema)]
pub struct Suggestion {
    /// The user.
    pub crm_user: String,
    /// The extension.
    pub extension_id: u64,
    /// Its number.
    #[schema(required)]
    pub number: Option<String>,
    /// What the PBX calls it.
    #[schema(required)]
    pub label: Option<String>,
    /// Why it is offered.
    pub by: Basis,
}

impl Suggestion {
    /// An offer, with what is known of its extension.
    pub fn of(offer: &Offer, extension: Option<&Extension>) -> Self {
        Self {
            crm_user: offer.crm_user.as_str().to_owned(),
            extension_id: offer.extension.get(),
            number: extension.map(|extension| extension.listed.number.to_string()),
            label: extension
                .and_then(|extension| extension.listed.label.as_ref())
                .map(|label| label.reveal().to_owned()),
            by: offer.by,
        }
    }
}
