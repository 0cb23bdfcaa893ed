//! The index of what is due: how a sweep finds work that no message reminded of (P1).

use std::collections::BTreeSet;

use super::item::{number, text};
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::ids::ConnectionId;

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DueKey {
    /// A call to settle.
    Call(ConnectionId, [u8; 16]),
    /// A connection whose provisioning goes on.
    Connection(ConnectionId),
}

impl Store {
    /// What was due until `now`, the oldest first, at most `limit` items of each shard.
    pub async fn due(&self, now: Timestamp, limit: i32) -> Result<BTreeSet<DueKey>, StoreError> {
        let mut due = BTreeSet::new();
        for shard in keys::due_shards() {
            let query = self.client.query().table_name(&self.table).index_name(keys::DUE_INDEX);
            let answer = query
                .key_condition_expression("due_shard = :shard AND due_at <= :now")
                .expression_attribute_values(":shard", text(shard))
                .expression_attribute_values(":now", number(now.micros()))
                .limit(limit)
                .send()
                .await
                .map_err(StoreError::sdk)?;
            for item in answer.items.unwrap_or_default() {
                let pk = item.get("pk").and_then(|pk| pk.as_s().ok()).map(String::as_str).unwrap_or_default();
                let call = keys::parse_call(pk).map(|(connection, call)| DueKey::Call(connection, call));
                due.extend(call.or_else(|| keys::parse_connection(pk).map(DueKey::Connection)));
            }
        }
        Ok(due)
    }
}
