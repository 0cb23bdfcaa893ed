//! The delivery log: a connection's records by time, newest first.

use super::item::text;
use super::record::CallItems;
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::model::call::RecordId;
use crate::model::delivery::Delivery;
use crate::model::ids::ConnectionId;

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// Its items.
    pub items: Vec<T>,
    /// Where the next page begins; none after the last.
    pub cursor: Option<String>,
}

/// A record of the log.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its id.
    pub id: RecordId,
    /// Its delivery.
    pub delivery: Delivery,
}

/// A span of time and where to go on in it.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a> {
    /// From this moment on.
    pub from: Timestamp,
    /// Until before this one.
    pub to: Timestamp,
    /// From the page before; anything else in it gives the first page.
    pub cursor: Option<&'a str>,
    /// The most items of a page, up to 100.
    pub limit: i32,
}

impl Store {
    /// Records that began in a span, newest first.
    pub async fn records(
        &self,
        connection: ConnectionId,
        span: Span<'_>,
    ) -> Result<Page<Listed>, StoreError> {
        let page = self.listed(connection, keys::logged(connection), span).await?;
        let items = self.record_items(connection, &page.items).await?;
        let items =
            items.into_iter().filter_map(|item| Some(Listed { id: item.id, delivery: item.delivery? }));
        Ok(Page { items: items.collect(), cursor: page.cursor })
    }

    /// Legs without a record whose first event arrived in a span, newest first.
    pub async fn unlogged(
        &self,
        connection: ConnectionId,
        span: Span<'_>,
    ) -> Result<Page<RecordId>, StoreError> {
        self.listed(connection, keys::unlogged(connection), span).await
    }

    /// Legs that go on whose first event arrived in a span, newest first.
    pub async fn live(&self, connection: ConnectionId, span: Span<'_>) -> Result<Page<RecordId>, StoreError> {
        self.listed(connection, keys::live(connection), span).await
    }

    async fn listed(
        &self,
        connection: ConnectionId,
        list: String,
        span: Span<'_>,
    ) -> Result<Page<RecordId>, StoreError> {
        if span.from > span.to {
            // DynamoDB refuses to look in it.
            return Ok(Page { items: Vec::new(), cursor: None });
        }
        let start = span.cursor.and_then(|cursor| Some((cursor, listed_record(cursor)?)));
        let start = start.map(|(cursor, id)| {
            let mut key = Self::key(&keys::call(connection, id.call()), &keys::record(id.place()));
            key.insert("list_pk".to_owned(), text(&list));
            key.insert("list_sk".to_owned(), text(cursor));
            key
        });
        let query = self.client.query().table_name(&self.table).index_name(keys::CALLS_INDEX);
        let answer = query
            .key_condition_expression("list_pk = :list AND list_sk BETWEEN :from AND :to")
            .expression_attribute_values(":list", text(list))
            .expression_attribute_values(":from", text(keys::listed_from(span.from)))
            .expression_attribute_values(":to", text(keys::listed_from(span.to)))
            .scan_index_forward(false)
            .limit(span.limit)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(StoreError::sdk)?;
        let last = answer.last_evaluated_key.and_then(|mut key| key.remove("list_sk"));
        let cursor = last.and_then(|value| value.as_s().ok().cloned());
        let keys = answer.items.unwrap_or_default();
        let ids = keys.iter().filter_map(|key| listed_record(key.get("list_sk")?.as_s().ok()?)).collect();
        Ok(Page { items: ids, cursor })
    }

    /// Everything of the call that a record belongs to.
    pub async fn call_of(&self, connection: ConnectionId, record: RecordId) -> Result<CallItems, StoreError> {
        self.call(connection, record.call()).await
    }
}

fn listed_record(list_sk: &str) -> Option<RecordId> {
    RecordId::parse(list_sk.split_once('#')?.1)
}
