//! After the operator has put a new sealing key in front: secrets sealed with an older one are sealed anew, at the
//! connection's next look at its history. An hour later the old key may go.

use crate::flow::deps::SettingsDeps;
use crate::metrics;
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

/// Seals what needs it with the key in use; the connection as it is then. How many secrets were sealed with another
/// key, and how many no key opens, is counted: once the former is 0 for an hour, the old key may go.
pub(in crate::flow) async fn connection(
    deps: &SettingsDeps,
    stored: Stored<Connection>,
) -> Result<Stored<Connection>, StoreError> {
    let (id, now) = (stored.value.id, deps.clock.now());
    let crm = &stored.value.crm;
    let over = crm.former.as_ref().is_some_and(|former| former.until <= now);
    let settings = crm.fields.iter().map(|(name, value)| (crm_field(name), value));
    let former = crm.former.iter().filter(|_| !over);
    let former = former.map(|former| (crm_field(SIGNING_SECRET), &former.secret));
    let pbx = (field::PBX_SECRET.to_owned(), &stored.value.pbx.app_secret);
    let renewed = match renew(deps, id, [pbx].into_iter().chain(settings).chain(former)) {
        Ok(renewed) => renewed,
        Err(error) => {
            // Whatever needs the secret says so to the administrator.
            tracing::error!({ log::CONNECTION } = %id, { log::DETAIL } = %error, "not sealed anew");
            metrics::write(now, &[(metrics::SECRETS_UNOPENABLE, 1)]);
            return Ok(stored);
        }
    };
    let tokens = token(deps, id).await? + grant(deps, id).await? + told(deps, id).await?;
    let count = u64::try_from(renewed.len() + tokens).unwrap_or(u64::MAX);
    metrics::write(now, &[(metrics::SECRETS_RESEALED, count), (metrics::SECRETS_UNOPENABLE, 0)]);
    if renewed.is_empty() && !over {
        return Ok(stored);
    }
    let put = |connection: &mut Connection| {
        connection.crm.former.take_if(|former| former.until <= now);
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

/// The PBX's token. Most are gone within the hour; what one is renewed with stays. How many were sealed anew.
async fn token(deps: &SettingsDeps, id: ConnectionId) -> Result<usize, StoreError> {
    let mut state = deps.store.pbx_state(id).await?;
    let Some(token) = state.value.token.as_mut() else { return Ok(0) };
    let refresh = token.refresh.iter().map(|refresh| (field::PBX_REFRESH.to_owned(), refresh));
    let sealed = [(field::PBX_TOKEN.to_owned(), &token.value)].into_iter().chain(refresh);
    let renewed = renew(deps, id, sealed)?;
    if renewed.is_empty() {
        return Ok(0);
    }
    for one in &renewed {
        one.put(&mut token.value);
        if let Some(refresh) = &mut token.refresh {
            one.put(refresh);
        }
    }
    // Changed meanwhile, perhaps to a new token: the next look sees.
    deps.store.save_pbx_state(id, &state).await?;
    Ok(renewed.len())
}

/// What a consent in the CRM gave, and the CRM's address. How many secrets of it were sealed anew.
async fn grant(deps: &SettingsDeps, id: ConnectionId) -> Result<usize, StoreError> {
    let mut state = deps.store.crm_state(id).await?;
    let mut renewed = 0;
    let mut anew = |field: &str, old: &Sealed| {
        let new = deps.sealer.renew(id, field, old, deps.random.as_ref())?;
        renewed += usize::from(new.is_some());
        Ok::<_, Unsealable>(new.unwrap_or_else(|| old.clone()))
    };
    let address =
        state.value.address.as_ref().map(|address| anew(field::CRM_ADDRESS, address)).transpose()?;
    let grant = state.value.grant.as_ref().map(|grant| grant.try_map(anew)).transpose()?;
    if renewed > 0 {
        (state.value.grant, state.value.address) = (grant, address);
        // Changed meanwhile, perhaps to a new token: the next look sees.
        deps.store.save_crm_state(id, &state).await?;
    }
    Ok(renewed)
}

/// Who is told of notices. How many secrets of it were sealed anew.
async fn told(deps: &SettingsDeps, id: ConnectionId) -> Result<usize, StoreError> {
    // Nothing else needs them at this time, so they are not read for nothing.
    if !deps.sealer.is_rotated() {
        return Ok(0);
    }
    let mut stored = deps.store.notify(id).await?;
    let mut renewed = 0;
    for (field, sealed) in stored.value.channels.sealed_mut() {
        if let Some(new) = deps.sealer.renew(id, field, sealed, deps.random.as_ref())? {
            *sealed = new;
            renewed += 1;
        }
    }
    if renewed > 0 {
        // Changed meanwhile: the next look sees.
        deps.store.save_notify(id, &stored).await?;
    }
    Ok(renewed)
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
