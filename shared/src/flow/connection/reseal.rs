//! After the operator has put a new sealing key in front: secrets sealed with an older one are sealed anew, at the
//! connection's next look at its history. An hour later the old key may go.

use crate::flow::deps::SettingsDeps;
use crate::metrics;
use crate::model::connection::{Connection, CrmTarget, Sealed};
use crate::model::ids::ConnectionId;
use crate::seal::{Unsealable, field};
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
    let CrmTarget::Webhook { url, secret, former } = &stored.value.crm;
    let over = former.as_ref().is_some_and(|former| former.until <= now);
    let sealed = [
        (field::PBX_SECRET, Some(&stored.value.pbx.app_secret)),
        (field::CRM_URL, Some(url)),
        (field::CRM_SECRET, Some(secret)),
        (field::CRM_SECRET, former.as_ref().filter(|_| !over).map(|former| &former.secret)),
    ];
    let renewed = match renew(deps, id, sealed) {
        Ok(renewed) => renewed,
        Err(error) => {
            // Whatever needs the secret says so to the administrator.
            tracing::error!({ log::CONNECTION } = %id, { log::DETAIL } = %error, "not sealed anew");
            metrics::write(now, &[(metrics::SECRETS_UNOPENABLE, 1)]);
            return Ok(stored);
        }
    };
    let tokens = token(deps, id).await?;
    let count = u64::try_from(renewed.len() + tokens).unwrap_or(u64::MAX);
    metrics::write(now, &[(metrics::SECRETS_RESEALED, count), (metrics::SECRETS_UNOPENABLE, 0)]);
    if renewed.is_empty() && !over {
        return Ok(stored);
    }
    let put = |connection: &mut Connection| {
        let CrmTarget::Webhook { url, secret, former } = &mut connection.crm;
        former.take_if(|former| former.until <= now);
        for one in &renewed {
            one.put(&mut connection.pbx.app_secret);
            one.put(url);
            one.put(secret);
            if let Some(former) = former {
                one.put(&mut former.secret);
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
    let sealed = [(field::PBX_TOKEN, Some(&token.value)), (field::PBX_REFRESH, token.refresh.as_ref())];
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

fn renew<const N: usize>(
    deps: &SettingsDeps,
    id: ConnectionId,
    sealed: [(&str, Option<&Sealed>); N],
) -> Result<Vec<Renewed>, Unsealable> {
    let mut renewed = Vec::new();
    // What was removed is not sealed.
    let sealed = sealed.into_iter().filter_map(|(field, sealed)| Some((field, sealed?)));
    for (field, old) in sealed.filter(|(_, old)| !old.is_empty()) {
        if let Some(new) = deps.sealer.renew(id, field, old, deps.random.as_ref())? {
            renewed.push(Renewed { old: old.clone(), new });
        }
    }
    Ok(renewed)
}
