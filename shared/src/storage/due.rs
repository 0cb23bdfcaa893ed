//! The index of what is due: how a sweep finds work that no message reminded of (P1).

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
    /// A connection whose notices somebody is to be told of.
    Notices(ConnectionId),
}

impl DueKey {
    /// Whose it is.
    pub const fn connection(&self) -> ConnectionId {
        match self {
            Self::Call(connection, _) | Self::Connection(connection) | Self::Notices(connection) => {
                *connection
            }
        }
    }

    /// The digest of its call, as logs have it.
    pub fn call_digest(&self) -> Option<String> {
        match self {
            Self::Call(_, call) => Some(hex::encode(call)),
            Self::Connection(_) | Self::Notices(_) => None,
        }
    }
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
        let key = |item: Attributes| {
            let [pk, sk] = ["pk", "sk"].map(|name| item.get(name).and_then(|value| value.as_s().ok()));
            if let Some((connection, call)) = keys::parse_call(pk?) {
                return Some(DueKey::Call(connection, call));
            }
            let connection = keys::parse_connection(pk?)?;
            let notices = keys::is_of_notices(sk?);
            Some(if notices { DueKey::Notices(connection) } else { DueKey::Connection(connection) })
        };
        let due_at = |item: &Attributes| item.get("due_at")?.as_n().ok()?.parse().ok();
        let items = answer.items.unwrap_or_default().into_iter();
        let items = items.filter_map(|item| Some((Timestamp::from_micros(due_at(&item)?), key(item)?)));
        Ok(DuePage { items: items.collect(), cursor: answer.last_evaluated_key.map(DueCursor) })
    }
}
