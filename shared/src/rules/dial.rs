//! Which phone rings when somebody clicks on a number.

use crate::model::connection::Policy;
use crate::model::extension::{Extension, ExtensionKind};
use crate::model::ids::CrmUserId;

/// The first phone of a user; of nobody in particular, of whoever answers for calls of nobody.
pub fn phone<'a>(
    user: Option<&CrmUserId>,
    policy: &Policy,
    extensions: impl IntoIterator<Item = &'a Extension>,
) -> Option<&'a Extension> {
    let user = user.or(policy.default_crm_user.as_ref())?;
    let rings = |one: &&Extension| {
        one.crm_user.as_ref() == Some(user)
            && one.listed.kind == ExtensionKind::Phone
            && one.present
            && one.listed.active
    };
    extensions.into_iter().filter(rings).min_by_key(|one| one.listed.id)
}
