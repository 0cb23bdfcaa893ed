//! After the operator has put a new sealing key in front: secrets sealed with an older one are sealed anew, at the
//! connection's next look at its history. An hour later the old key may go.

use crate::flow::deps::SettingsDeps;
use crate::model::connection::{Connection, CrmTarget, Sealed};
use crate::model::ids::ConnectionId;
use crate::seal::Unsealable;
use crate::storage::{StoreError, Stored};
use crate::telemetry::field;

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
    let CrmTarget::Webhook { secret, .. } = &stored.value.crm;
    let renewed = match renew(deps, id, [Some(&stored.value.pbx.app_secret), Some(secret)]) {
        Ok(renewed) => renewed,
        Err(error) => {
            // Whatever needs the secret says so to the administrator.
            tracing::error!({ field::CONNECTION } = %id, { field::DETAIL } = %error, "not sealed anew");
            return Ok(stored);
        }
    };
    token(deps, id).await?;
    if renewed.is_empty() {
        return Ok(stored);
    }
    let put = |connection: &mut Connection| {
        let CrmTarget::Webhook { secret, .. } = &mut connection.crm;
        for one in &renewed {
            one.put(&mut connection.pbx.app_secret);
            one.put(secret);
        }
    };
    let saved = deps.store.update_connection(stored, put).await?;
    tracing::info!({ field::CONNECTION } = %id, "credentials sealed with the key in use");
    Ok(saved)
}

/// The PBX's token. Most are gone within the hour; what one is renewed with stays.
async fn token(deps: &SettingsDeps, id: ConnectionId) -> Result<(), StoreError> {
    let mut state = deps.store.pbx_state(id).await?;
    let Some(token) = state.value.token.as_mut() else { return Ok(()) };
    let renewed = renew(deps, id, [Some(&token.value), token.refresh.as_ref()])?;
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

fn renew(
    deps: &SettingsDeps,
    id: ConnectionId,
    sealed: [Option<&Sealed>; 2],
) -> Result<Vec<Renewed>, Unsealable> {
    let mut renewed = Vec::new();
    for old in sealed.into_iter().flatten() {
        if let Some(new) = deps.sealer.renew(id, old, deps.random.as_ref())? {
            renewed.push(Renewed { old: old.clone(), new });
        }
    }
    Ok(renewed)
}
