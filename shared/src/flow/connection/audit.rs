//! Writes down who changes what, before it is changed: what is not in the trail did not happen. What failed after it
//! was written down stands there too, as what somebody set about.

use crate::flow::deps::SettingsDeps;
use crate::model::audit::{Act, Actor, Entry};
use crate::model::ids::ConnectionId;
use crate::storage::StoreError;
use crate::telemetry::field;

/// Adds a line to a connection's trail, and to the log.
pub async fn note(deps: &SettingsDeps, id: ConnectionId, by: &Actor, act: Act) -> Result<(), StoreError> {
    tracing::info!(
        { field::CONNECTION } = %id,
        { field::ACTION } = act.as_str(),
        { field::KEY } = by.key.as_ref().map(tracing::field::display),
        { field::SOURCE } = by.from.as_deref(),
        "administration"
    );
    let entry = Entry { at: deps.clock.now(), by: by.clone(), act };
    deps.store.add_entry(id, &entry, &deps.random_id()).await
}
