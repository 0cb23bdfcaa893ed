//! After the operator has put a new sealing key in front: secrets sealed with an older one are sealed anew, at the
//! connection's next look at its history. An hour later the old key may go.

use crate::flow::deps::SettingsDeps;
use crate::model::connection::Connection;
use crate::model::crm_target::SIGNING_SECRET;
use crate::model::ids::ConnectionId;
use crate::model::secret::Sealed;
use crate::model::secret::{crm_field, field};
use crate::seal::Unsealable;
use crate::storage::{StoreError, Stored};
use crate::telemetry::field as log;

/// A secret as it was, and sealed anew.
struct Renewed {
    old: Sealed,
    new: Sealed,
}

impl Renewed {
    /// Somebody may have entered another secret meanwhile; that one stays.
    fn put(&self, place: &mut Sealed) {
        if *place == self.old {
            place.clone_from(&self.new);
        }
    }
}

/// Seals what needs it with the key in use; the connection as it is then.
pub(in crate::flow) async fn connection(
    deps: &SettingsDeps,
    stored: Stored<Connection>,
) -> Result<Stored<Connection>, StoreError> {
    let id = stored.value.id;
    let crm = &stored.value.crm;
    let settings = crm.fields.iter().map(|(name, value)| (crm_field(name), value));
    let former = crm.former.iter().map(|former| (crm_field(SIGNING_SECRET), &former.secret));
    let pbx = (field::PBX_SECRET.to_owned(), &stored.value.pbx.app_secret);
    let renewed = match renew(deps, id, [pbx].into_iter().chain(settings).chain(former)) {
        Ok(renewed) => renewed,
        Err(error) => {
            // Whatever needs the secret says so to the administrator.
            tracing::error!({ log::CONNECTION } = %id, { log::DETAIL } = %error, "not sealed anew");
            return Ok(stored);
        }
    };
    token(deps, id).await?;
    grant(deps, id).await?;
    if renewed.is_empty() {
        return Ok(stored);
    }
    let put = |connection: &mut Connection| {
        for one in &renewed {
            one.put(&mut connection.pbx.app_secret);
            for (_, secret) in connection.crm.secrets_mut() {
                one.put(secret);
            }
        }
    };
    let saved = deps.store.update_connection(stored, put).await?;
    tracing::info!({ log::CONNECTION } = %id, "credentials sealed with the key in use");
    Ok(saved)
}

/// The PBX's token. Most are gone within the hour; what one is renewed with stays.
async fn token(deps: &SettingsDeps, id: ConnectionId) -> Result<(), StoreError> {
    let mut state = deps.store.pbx_state(id).await?;
    let Some(token) = state.value.token.as_mut() else { return Ok(()) };
    let refresh = token.refresh.iter().map(|refresh| (field::PBX_REFRESH.to_owned(), refresh));
    let sealed = [(field::PBX_TOKEN.to_owned(), &token.value)].into_iter().chain(refresh);
    let renewed = renew(deps, id, sealed)?;
    if renewed.is_empty() {
        return Ok(());
    }
    for one in &renewed {
        one.put(&mut token.value);
        if let Some(refresh) = &mut token.refresh {
            one.put(refresh);
        }
    }
    // Changed meanwhile, perhaps to a new token: the next look sees.
    deps.store.save_pbx_state(id, &state).await.map(drop)
}

/// What a consent in the CRM gave.
async fn grant(deps: &SettingsDeps, id: ConnectionId) -> Result<(), StoreError> {
    let mut state = deps.store.crm_state(id).await?;
    let Some(grant) = &state.value.grant else { return Ok(()) };
    let mut renewed = false;
    let anew = |field: &str, old: &Sealed| {
        let new = deps.sealer.renew(id, field, old, deps.random.as_ref())?;
        renewed |= new.is_some();
        Ok::<_, Unsealable>(new.unwrap_or_else(|| old.clone()))
    };
    let grant = grant.try_map(anew)?;
    if renewed {
        state.value.grant = Some(grant);
        // Changed meanwhile, perhaps to a new token: the next look sees.
        deps.store.save_crm_state(id, &state).await?;
    }
    Ok(())
}

fn renew<'a>(
    deps: &SettingsDeps,
    id: ConnectionId,
    sealed: impl Iterator<Item = (String, &'a Sealed)>,
) -> Result<Vec<Renewed>, Unsealable> {
    let mut renewed = Vec::new();
    // What was removed is not sealed.
    for (field, old) in sealed.filter(|(_, old)| !old.is_empty()) {
        if let Some(new) = deps.sealer.renew(id, &field, old, deps.random.as_ref())? {
            renewed.push(Renewed { old: old.clone(), new });
        }
    }
    Ok(renewed)
}
