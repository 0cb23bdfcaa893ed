//! The audit trail: who changed what of a connection, when and from where. It names keys by their ids, shortens
//! addresses, and holds no secret, no number and no name.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::model::call::RecordId;
use crate::model::ids::ExtensionId;
use crate::model::keyring::{KeyId, Scope};

/// How long an entry is kept: time to find out about a change half a year ago.
pub const KEPT: Duration = Duration::from_hours(180 * 24);

/// Who does something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Their key; none for whoever proves with the PBX's credentials that the account is theirs.
    pub key: Option<KeyId>,
    /// The network that they came from, if it is known.
    pub from: Option<String>,
}

/// What they do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Act {
    /// A PBX account is connected.
    Connected,
    /// A connection is taken over by whoever has the PBX account; its keys are void.
    TakenOver {
        /// Keys that are void now.
        void_keys: Vec<KeyId>,
    },
    /// A key is made.
    KeyMade {
        /// Which.
        made: KeyId,
        /// What it may do.
        scope: Scope,
    },
    /// A key is revoked.
    KeyRevoked {
        /// Which.
        revoked: KeyId,
    },
    /// The connection is changed.
    Changed {
        /// The names of what is changed; no values.
        fields: Vec<String>,
    },
    /// A mapping is saved, and the PBX's events follow it.
    MappingSaved {
        /// Its version.
        version: u64,
    },
    /// Work on the PBX that was parked is tried again.
    ProvisioningRetried,
    /// Event URLs are replaced.
    EventUrlsRotated {
        /// Of one extension; of all, if none is named.
        extension: Option<ExtensionId>,
    },
    /// A record is sent again, or all that were parked, if none is named.
    Resent {
        /// Which.
        record: Option<String>,
    },
    /// What is kept of a person is erased.
    PersonErased,
    /// The connection is removed.
    Disconnected,
}

impl Act {
    /// A record is sent again.
    pub fn resent(record: RecordId) -> Self {
        Self::Resent { record: Some(record.to_string()) }
    }

    /// Its name, for the log.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::TakenOver { .. } => "taken_over",
            Self::KeyMade { .. } => "key_made",
            Self::KeyRevoked { .. } => "key_revoked",
            Self::Changed { .. } => "changed",
            Self::MappingSaved { .. } => "mapping_saved",
            Self::ProvisioningRetried => "provisioning_retried",
            Self::EventUrlsRotated { .. } => "event_urls_rotated",
            Self::Resent { .. } => "resent",
            Self::PersonErased => "person_erased",
            Self::Disconnected => "disconnected",
        }
    }
}

/// One line of the trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// What.
    pub act: Act,
}
