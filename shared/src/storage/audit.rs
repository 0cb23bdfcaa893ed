//! The audit trail beside its connection, newest first; entries expire by themselves.

use super::document::{Stored, read};
use super::item::{Item, json, number, text, version};
use super::{Page, Store, StoreError, keys};
use crate::model::audit::{Entry, KEPT};
use crate::model::ids::ConnectionId;

/// Entries of one page.
const PAGE: i32 = 50;

impl Store {
    /// Adds an entry; `unique` tells it from others of the same moment.
    pub async fn add_entry(&self, id: ConnectionId, entry: &Entry, unique: &str) -> Result<(), StoreError> {
        let mut item = Self::key(&keys::connection(id), &keys::entry(entry.at, unique));
        item.insert("v".to_owned(), version());
        item.insert("rev".to_owned(), number(1));
        item.insert("data".to_owned(), json(entry));
        item.insert("expires_at".to_owned(), number((entry.at + KEPT).secs()));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map_err(StoreError::sdk)?;
        Ok(())
    }

    /// A page of the trail, the newest first; a cursor must be one of [`Store::is_entry`].
    pub async fn entries(&self, id: ConnectionId, cursor: Option<&str>) -> Result<Page<Entry>, StoreError> {
        let pk = keys::connection(id);
        let start = cursor.map(|cursor| Self::key(&pk, &format!("{}{cursor}", keys::ENTRY_PREFIX)));
        let query = self.client.query().table_name(&self.table);
        let answer = query
            .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":sk", text(keys::ENTRY_PREFIX))
            .scan_index_forward(false)
            .limit(PAGE)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(StoreError::sdk)?;
        let last = answer.last_evaluated_key.and_then(|mut key| key.remove("sk"));
        let cursor = last.and_then(|sk| Some(sk.as_s().ok()?.strip_prefix(keys::ENTRY_PREFIX)?.to_owned()));
        let entry = |attributes| read::<Entry>(&Item::new(attributes)?).map(|stored: Stored<_>| stored.value);
        let items = answer.items.unwrap_or_default().into_iter().map(entry).collect::<Result<_, _>>()?;
        Ok(Page { items, cursor })
    }

    /// Whether a cursor is one that a page of the trail gives.
    pub fn is_entry(cursor: &str) -> bool {
        let digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
        let hex = |text: &str| text.bytes().all(|digit| digit.is_ascii_hexdigit());
        cursor.split_once('#').is_some_and(|(moment, unique)| {
            moment.len() == 19 && digits(moment) && unique.len() == 16 && hex(unique)
        })
    }

    /// Removes the trail and the keys' names with their connection.
    pub(crate) async fn forget_administration(&self, id: ConnectionId) -> Result<(), StoreError> {
        let pk = keys::connection(id);
        for prefix in [keys::ENTRY_PREFIX, keys::ADMIN_KEY_PREFIX] {
            for attributes in self.partition(&pk, prefix).await? {
                self.delete(&pk, &Item::new(attributes)?.key("sk")).await?;
            }
        }
        Ok(())
    }
}
