//! DynamoDB: what is kept, and how each of it is read and written. See [`keys`] for the access patterns.

mod accept;
mod admin_keys;
mod agents;
mod attempts;
mod audit;
mod batch;
mod calls;
mod compact;
mod connections;
mod consents;
mod crm;
mod cursor;
mod dials;
mod document;
mod due;
mod edit;
mod error;
mod extensions;
mod full;
mod history;
mod item;
pub mod keys;
mod list;
mod notices;
mod notify;
mod pace;
mod provisioning;
mod quarantine;
mod record;
mod removal;
mod resend;
mod sender;
mod sessions;
mod shared_reads;
mod strangers;
mod unread;
mod write;

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

pub use accept::{Accepted, Arrival, Due, HANGUP_BYTES, LEG_BYTES};
pub use admin_keys::KeyLabel;
pub use agents::{AgentSender, Agents};
pub use calls::MOST_ITEMS;
pub use consents::Consent;
pub use crm::{CrmState, Dialled};
pub use cursor::is_place;
pub use dials::{Dial, DialEnd};
pub use document::Stored;
pub use due::{DueCursor, DueKey, DuePage};
pub use edit::Edited;
pub use error::StoreError;
pub use extensions::Mapped;
pub use history::Reconciled;
pub use list::{Listed, Page, Span};
pub use pace::Pace;
pub use provisioning::{Lease, PbxState, StoredToken};
pub use quarantine::Quarantined;
pub use record::{CallItem, CallItems, LegItem, RecordHolder, RecordItem};
pub use resend::Resend;
pub use sender::Sender;
pub use sessions::Session;
pub use strangers::Stranger;
pub use unread::Unread;
pub use write::Saved;

use self::item::Attributes;
use self::shared_reads::SharedReads;

/// The table.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    table: String,
    /// How long calls are kept.
    keep_calls: Duration,
    pace: Pace,
    reads: SharedReads,
}

impl Store {
    /// The table of that name.
    pub fn new(client: Client, table: impl Into<String>, keep_calls: Duration, pace: Pace) -> Self {
        Self { client, table: table.into(), keep_calls, pace, reads: SharedReads::default() }
    }

    fn key(pk: &str, sk: &str) -> Attributes {
        [("pk", pk), ("sk", sk)]
            .map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned())))
            .into()
    }

    /// Reads one item, strongly consistent (P7).
    async fn get(&self, pk: &str, sk: &str) -> Result<Option<item::Item>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let answer = get.set_key(Some(Self::key(pk, sk))).send().await.map_err(StoreError::sdk)?;
        answer.item.map(item::Item::new).transpose()
    }

    /// Reads the items of a partition whose sort keys begin so, strongly consistent, page by page.
    async fn partition(&self, pk: &str, sk_prefix: &str) -> Result<Vec<Attributes>, StoreError> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let mut query = self.client.query().table_name(&self.table).consistent_read(true);
            query = query.expression_attribute_values(":pk", item::text(pk));
            query = if sk_prefix.is_empty() {
                query.key_condition_expression("pk = :pk")
            } else {
                query
                    .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
                    .expression_attribute_values(":sk", item::text(sk_prefix))
            };
            let page = query.set_exclusive_start_key(start).send().await.map_err(StoreError::sdk)?;
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(items);
            }
        }
    }
}
