//! Extensions, whose they are, and how their events are.

use serde::Serialize;
use utoipa::ToSchema;

use crate::flow::connection::provision::{self, ExtensionState};
use crate::flow::connection::refresh::Refreshed;
use crate::model::extension::Extension as Stored;
use crate::model::extension::{ExtensionKind, Subscriptions};
use crate::model::ids::ExtensionId;

/// An extension of the PBX.
#[derive(Clone, Serialize, ToSchema)]
pub struct Extension {
    /// Its id on the PBX.
    pub id: u64,
    /// Its full number, such as `4821*205`.
    pub number: String,
    /// What it is.
    pub r#type: ExtensionKind,
    /// What the PBX calls it.
    #[schema(required)]
    pub label: Option<String>,
    /// Whether the PBX has it, and lets it call.
    pub status: ExtensionStatus,
    /// Whose it is in the CRM.
    #[schema(required)]
    pub crm_user: Option<String>,
    /// Our events on it.
    pub events: ExtensionEvents,
}

/// Whether the PBX has an extension, and lets it call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExtensionStatus {
    /// It does.
    Active,
    /// The PBX lets it make no calls.
    Blocked,
    /// The PBX no longer lists it.
    Missing,
}

/// Events on an extension or a queue agent.
#[derive(Clone, Serialize, ToSchema)]
pub struct ExtensionEvents {
    /// How far ours are.
    pub state: ExtensionState,
    /// The kinds that are installed.
    pub installed: Vec<String>,
    /// How many there are of others.
    pub foreign: u32,
    /// What a person must change.
    #[schema(required)]
    pub problem: Option<String>,
}

impl From<&Stored> for Extension {
    fn from(stored: &Stored) -> Self {
        let Stored { listed, present, crm_user, events, .. } = stored;
        Self {
            id: listed.id.get(),
            number: listed.number.to_string(),
            r#type: listed.kind,
            label: listed.label.as_ref().map(|label| label.reveal().to_owned()),
            status: match (present, listed.active) {
                (false, _) => ExtensionStatus::Missing,
                (true, true) => ExtensionStatus::Active,
                (true, false) => ExtensionStatus::Blocked,
            },
            crm_user: crm_user.as_ref().map(|user| user.as_str().to_owned()),
            events: ExtensionEvents::from(events),
        }
    }
}

impl From<&Subscriptions> for ExtensionEvents {
    fn from(events: &Subscriptions) -> Self {
        Self {
            state: provision::state(events),
            installed: events.installed.keys().map(|kind| kind.as_str().to_owned()).collect(),
            foreign: events.foreign,
            problem: events.problem.clone(),
        }
    }
}

/// What reading the PBX again has changed.
#[derive(Clone, Serialize, ToSchema)]
pub struct Difference {
    /// Extensions that are new.
    pub added: Vec<Extension>,
    /// Those of which something is different.
    pub changed: Vec<Extension>,
    /// Those that the PBX no longer lists.
    pub missing: Vec<Extension>,
    /// Whether the list could be read to its end.
    pub complete: bool,
    /// What kept it from that.
    #[schema(required)]
    pub problem: Option<String>,
}

impl Difference {
    /// What was read, shown with all that is known of the extensions.
    pub fn of(refreshed: &Refreshed, all: &[Stored]) -> Self {
        let shown = |ids: &[ExtensionId]| {
            all.iter().filter(|one| ids.contains(&one.listed.id)).map(Extension::from).collect()
        };
        let difference = &refreshed.difference;
        Self {
            added: shown(&difference.added),
            changed: shown(&difference.changed),
            missing: shown(&difference.missing),
            complete: difference.whole,
            problem: refreshed.problem.clone(),
        }
    }
}
