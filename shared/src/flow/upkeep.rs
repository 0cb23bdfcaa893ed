//! What a connection needs beside its calls, when something of it is due: its removal or its mapping carried out, what was
//! resent, the PBX's history, its list of extensions. Above the flows that each do one of these.

use super::call::{Turn, resend};
use super::connection::pbx_access::Priority;
use super::connection::{disconnect, mapping, provision, refresh};
use super::deps::{RetryDeps, SettingsDeps};
use super::reconcile;
use crate::model::ids::ConnectionId;
use crate::storage::StoreError;

/// Goes on with all of it. Provisioning first: without events there is more to recover.
pub(super) async fn connection(deps: &RetryDeps, turn: Turn, id: ConnectionId) -> Result<(), StoreError> {
    provisioning(&deps.settings, id).await?;
    // What one of these meets holds up none of the others.
    let resent = resend::go_on(&deps.calls, turn, id).await;
    let recovered = reconcile::run(deps, turn, id).await;
    let refreshed = refresh::if_stale(&deps.settings, id).await;
    resent.and(recovered).and(refreshed)
}

/// Goes on with what the PBX must still be told.
async fn provisioning(deps: &SettingsDeps, id: ConnectionId) -> Result<(), StoreError> {
    match deps.store.connection(id).await? {
        // Removed but for the item that brought us here.
        None => deps.store.delete_mapping(id).await,
        Some(connection) if connection.value.closing => disconnect::resume(deps, connection).await,
        Some(connection) => {
            mapping::carry_out(deps, id).await?;
            provision::run_for(deps, &connection.value, Priority::Background).await
        }
    }
}
