//! Who answers for a record.

use crate::model::connection::{MissedResponsible, Policy};
use crate::model::extension::ExtensionKind;
use crate::model::ids::CrmUserId;

/// For a leg: its extension's user.
pub fn of_leg(own: Option<&CrmUserId>, policy: &Policy) -> Option<CrmUserId> {
    own.or(policy.default_crm_user.as_ref()).cloned()
}

/// For a missed call: whoever the policy names (`missed_responsible`); a phone's own user answers for their phone.
pub fn of_missed(own: Option<&CrmUserId>, kind: Option<ExtensionKind>, policy: &Policy) -> Option<CrmUserId> {
    let default = policy.default_crm_user.as_ref();
    let is_phone = kind == Some(ExtensionKind::Phone);
    match policy.missed_responsible {
        MissedResponsible::Queue => own.or(default),
        MissedResponsible::Default | MissedResponsible::Owner if is_phone => own.or(default),
        MissedResponsible::Default | MissedResponsible::Owner => default,
    }
    .cloned()
}
