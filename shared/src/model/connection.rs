//! A connection: one customer's PBX account, the CRM it feeds, and how calls are logged.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::clock::Timestamp;
use crate::model::crm_target::CrmTarget;
use crate::model::ids::{ConnectionId, CrmUserId, PbxClientId};
use crate::model::keyring::Keyring;
use crate::model::number::{NumberPlan, PhoneNumber};
use crate::model::secret::Sealed;

/// One customer's connection. Secrets in it are sealed; see [`crate::seal::Sealer`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// What the administrator calls it.
    pub name: String,
    /// The PBX account.
    pub pbx: PbxAccount,
    /// The prefix, the length of extension numbers, and which exist.
    pub numbers: NumberPlan,
    /// Where records go.
    pub crm: CrmTarget,
    /// How calls are logged.
    pub policy: Policy,
    /// The admin keys.
    pub keys: Keyring,
    /// When it was made.
    pub created_at: Timestamp,
    /// Why deliveries wait, if they do.
    pub pause: Option<Pause>,
    /// Since when the CRM has taken nothing, if it has failed since its last success.
    #[serde(default)]
    pub failing_since: Option<Timestamp>,
    /// Open while its CRM lets attempts time out.
    #[serde(default)]
    pub breaker: Option<Breaker>,
    /// Whether the list of extensions must be read again.
    #[serde(default)]
    pub list: ListAge,
    /// Being removed: no events are taken any more, our handlers go first, then the data.
    #[serde(default)]
    pub closing: bool,
}

/// The account on the PBX.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PbxAccount {
    /// Scheme, host and port of the PBX.
    pub origin: Origin,
    /// The customer's id there.
    pub client_id: PbxClientId,
    /// OAuth client id.
    pub app_id: String,
    /// OAuth client secret, sealed.
    pub app_secret: Sealed,
    /// When they were entered: the same ones entered again count as others.
    #[serde(default)]
    pub entered_at: Timestamp,
}

/// Scheme, host and port; always one that the operator allowed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Origin(String);

impl Origin {
    /// Reads `https://host[:port]`, or a bare host, which means `https`. Paths, queries and credentials are refused.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('/');
        let url =
            if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("https://{text}")) }
                .ok()?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        plain.then(|| Self(url.origin().ascii_serialization()))
    }

    /// The text, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Host and port without the scheme.
    pub fn authority(&self) -> &str {
        self.0.split_once("://").map_or(self.0.as_str(), |(_, authority)| authority)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A CRM that hangs is left alone until a probe is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// When the next attempt may be made, by the retry job.
    pub probe_at: Timestamp,
    /// Timeouts since the CRM last answered.
    pub timeouts: u32,
}

/// Why a connection's deliveries wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Since when.
    pub since: Timestamp,
    /// What happened.
    pub reason: PauseReason,
}

/// Reasons for a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// The CRM answered 401 or 403.
    CrmRefusedCredentials,
    /// The CRM serves nobody until its bill is paid.
    CrmUnpaid,
    /// The endpoint answered 410, or failed everything for days.
    EndpointDisabled,
    /// Whoever runs this installation stopped them by hand.
    Operator,
}

impl PauseReason {
    /// Its name in logs and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CrmRefusedCredentials => "crm_refused_credentials",
            Self::CrmUnpaid => "crm_unpaid",
            Self::EndpointDisabled => "endpoint_disabled",
            Self::Operator => "operator",
        }
    }
}

/// Between two reads of a list that events have proved too old: they cost requests of the PBX's hourly limit.
pub const LIST_EVERY: Duration = Duration::from_hours(1);

/// Whether the list of extensions has proved too old: an event was of an extension that is not in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListAge {
    /// When it last proved so, or was read for that.
    pub marked_at: Option<Timestamp>,
    /// When it is to be read, if it is: the connection's entry in the index of what is due.
    pub due_at: Option<Timestamp>,
}

impl ListAge {
    /// Makes it due, unless it is or was within [`LIST_EVERY`]; whether that changed anything.
    pub fn mark(&mut self, now: Timestamp) -> bool {
        let marked = self.due_at.is_some() || self.marked_at.is_some_and(|at| now < at + LIST_EVERY);
        if !marked {
            *self = Self { marked_at: Some(now), due_at: Some(now) };
        }
        !marked
    }
}

/// How calls are logged (docs/promises.md §3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Log calls between extensions too.
    pub log_internal: bool,
    /// Log a missed call that rang a phone directly (docs/pbx.md §7.4).
    pub direct_missed: bool,
    /// Outside numbers whose calls are not logged.
    pub ignore_numbers: Vec<PhoneNumber>,
    /// ISO 3166 country, for reading national numbers.
    pub country: String,
    /// IANA time zone, for CRMs that want local times.
    pub timezone: String,
    /// What to do when the CRM knows nobody with that number.
    pub unknown_contact: UnknownContact,
    /// What to do when several contacts share it.
    pub several_contacts: SeveralContacts,
    /// Who is responsible for a missed call.
    pub missed_responsible: MissedResponsible,
    /// Who is responsible when nobody else is.
    pub default_crm_user: Option<CrmUserId>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            log_internal: false,
            direct_missed: true,
            ignore_numbers: Vec::new(),
            country: "GB".to_owned(),
            timezone: "Europe/London".to_owned(),
            unknown_contact: UnknownContact::Ignore,
            several_contacts: SeveralContacts::Latest,
            missed_responsible: MissedResponsible::Default,
            default_crm_user: None,
        }
    }
}

/// What is done when the CRM knows nobody with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnknownContact {
    /// Log without a contact.
    Ignore,
    /// Make a contact.
    Contact,
    /// Make a lead.
    Lead,
}

/// What is done when several contacts share a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeveralContacts {
    /// The one changed last.
    Latest,
    /// None of them.
    None,
}

/// Who is responsible for a missed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MissedResponsible {
    /// The connection's default user.
    Default,
    /// The user mapped to the queue or IVR.
    Queue,
    /// The contact's owner in the CRM.
    Owner,
}
