//! With which key a connection's secrets are sealed: before the former key goes, none may need it.

use crate::flow::deps::SettingsDeps;
use crate::model::connection::Connection;
use crate::model::crm_target::SIGNING_SECRET;
use crate::model::secret::{Sealed, crm_field, field};
use crate::seal::Unsealable;
use crate::storage::StoreError;

/// How many of a connection's secrets are sealed how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Sealing {
    /// With the key in use.
    pub current: usize,
    /// With a former one that is still given: the retry job seals them anew within the hour.
    pub former: usize,
    /// With one that is not given: nobody opens them any more.
    pub unopenable: usize,
}

/// Looks at all of them, and changes none.
pub async fn of(deps: &SettingsDeps, connection: &Connection) -> Result<Sealing, StoreError> {
    let id = connection.id;
    let mut sealing = Sealing::default();
    let mut count = |field: &str, sealed: &Sealed| {
        // What was removed is not sealed.
        if sealed.is_empty() {
            return;
        }
        match deps.sealer.renew(id, field, sealed, deps.random.as_ref()) {
            Ok(None) => sealing.current += 1,
            Ok(Some(_)) => sealing.former += 1,
            Err(_) => sealing.unopenable += 1,
        }
    };
    count(field::PBX_SECRET, &connection.pbx.app_secret);
    for (name, sealed) in &connection.crm.fields {
        count(&crm_field(name), sealed);
    }
    if let Some(former) = &connection.crm.former {
        count(&crm_field(SIGNING_SECRET), &former.secret);
    }
    if let Some(token) = &deps.store.pbx_state(id).await?.value.token {
        count(field::PBX_TOKEN, &token.value);
        token.refresh.iter().for_each(|refresh| count(field::PBX_REFRESH, refresh));
    }
    let crm = deps.store.crm_state(id).await?.value;
    crm.address.iter().for_each(|address| count(field::CRM_ADDRESS, address));
    if let Some(grant) = &crm.grant {
        let counted = grant.try_map(|field, sealed| {
            count(field, sealed);
            Ok::<_, Unsealable>(())
        });
        // Counting does not fail.
        drop(counted);
    }
    for (field, sealed) in deps.store.notify(id).await?.value.channels.sealed_mut() {
        count(field, sealed);
    }
    Ok(sealing)
}
