//! The index of what is due: how a sweep finds work that no message reminded of (P1).

use std::collections::BTreeSet;

use futures_util::future::try_join_all;

use super::item::{Attributes, number, text};
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::model::ids::ConnectionId;

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DueKey {
    /// A call to settle.
    Call(ConnectionId, [u8; 16]),
    /// A connection whose provisioning goes on.
    Connection(ConnectionId),
}

/// A page of what is due.
#[derive(Clone, Debug, Default)]
pub struct DuePage {
    /// Calls and connections, and since when each has been due, the oldest first.
    pub items: Vec<(Timestamp, DueKey)>,
    /// Where the next page begins; none after the last.
    pub cursor: Option<DueCursor>,
}

/// A place in the index.
#[derive(Clone, Debug)]
pub struct DueCursor(Attributes);

impl Store {
    /// What one shard has had due until `now`, the oldest first.
    pub async fn due(
        &self,
        shard: &str,
        now: Timestamp,
        cursor: Option<DueCursor>,
        limit: i32,
    ) -> Result<DuePage, StoreError> {
        let query = self.client.query().table_name(&self.table).index_name(keys::DUE_INDEX);
        let answer = query
            .key_condition_expression("due_shard = :shard AND due_at <= :now")
            .expression_attribute_values(":shard", text(shard))
            .expression_attribute_values(":now", number(now.micros()))
            .set_exclusive_start_key(cursor.map(|cursor| cursor.0))
            .limit(limit)
            .send()
            .await
            .map_err(StoreError::sdk)?;
        let due_at = |item: &Attributes| item.get("due_at")?.as_n().ok()?.parse().ok();
        let items = answer.items.unwrap_or_default().into_iter();
        let items = items.filter_map(|item| Some((Timestamp::from_micros(due_at(&item)?), key(item)?)));
        Ok(DuePage { items: items.collect(), cursor: answer.last_evaluated_key.map(DueCursor) })
    }

    /// Calls of a connection of which something is due in a span, from each shard the latest; no more of a shard's are
    /// looked at than so many, whosever they are.
    pub async fn due_of(
        &self,
        connection: ConnectionId,
        (from, to): (Timestamp, Timestamp),
        limit: i32,
    ) -> Result<BTreeSet<[u8; 16]>, StoreError> {
        let shards = keys::due_shards().map(|shard| async move {
            let query = self.client.query().table_name(&self.table).index_name(keys::DUE_INDEX);
            let answer = query
                .key_condition_expression("due_shard = :shard AND due_at BETWEEN :from AND :to")
                .filter_expression("begins_with(pk, :own)")
                .expression_attribute_values(":shard", text(shard))
                .expression_attribute_values(":from", number(from.micros()))
                .expression_attribute_values(":to", number(to.micros()))
                .expression_attribute_values(":own", text(keys::calls_of(connection)))
                .scan_index_forward(false)
                .limit(limit)
                .send()
                .await
                .map_err(StoreError::sdk)?;
            Ok::<_, StoreError>(answer.items.unwrap_or_default())
        });
        let items = try_join_all(shards).await?.into_iter().flatten();
        let calls = items.filter_map(key).filter_map(|key| match key {
            DueKey::Call(whose, call) if whose == connection => Some(call),
            DueKey::Call(..) | DueKey::Connection(_) => None,
        });
        Ok(calls.collect())
    }
}

fn key(item: Attributes) -> Option<DueKey> {
    let pk = item.get("pk")?.as_s().ok()?;
    let call = keys::parse_call(pk).map(|(connection, call)| DueKey::Call(connection, call));
    call.or_else(|| keys::parse_connection(pk).map(DueKey::Connection))
}
