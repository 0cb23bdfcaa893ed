//! How calls are logged, as it is shown: every setting is there, also one that nobody has changed.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::connection::{MissedResponsible, Policy as Stored, SeveralContacts, UnknownContact};

/// How calls are logged.
#[derive(Clone, Serialize, ToSchema)]
pub struct Policy {
    /// Calls between extensions are logged too.
    pub log_internal: bool,
    /// A missed call that rang a phone directly is logged.
    pub direct_missed: bool,
    /// Outside numbers whose calls are not logged.
    pub ignore_numbers: Vec<String>,
    /// ISO 3166 country, for reading national numbers.
    pub country: String,
    /// IANA time zone, for CRMs that want local times.
    pub timezone: String,
    /// What is done when the CRM knows nobody with that number.
    pub unknown_contact: UnknownContact,
    /// What is done when several contacts share it.
    pub several_contacts: SeveralContacts,
    /// Who is responsible for a missed call.
    pub missed_responsible: MissedResponsible,
    /// Who is responsible when nobody else is.
    #[schema(required)]
    pub default_crm_user: Option<String>,
}

impl From<&Stored> for Policy {
    fn from(policy: &Stored) -> Self {
        Self {
            log_internal: policy.log_internal,
            direct_missed: policy.direct_missed,
            ignore_numbers: policy.ignore_numbers.iter().map(|number| number.reveal().to_owned()).collect(),
            country: policy.country.clone(),
            timezone: policy.timezone.clone(),
            unknown_contact: policy.unknown_contact,
            several_contacts: policy.several_contacts,
            missed_responsible: policy.missed_responsible,
            default_crm_user: policy.default_crm_user.as_ref().map(|user| user.as_str().to_owned()),
        }
    }
}
