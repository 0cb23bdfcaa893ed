//! Notices: one item per cause, so that a repeat raises its count.

use aws_sdk_dynamodb::types::ReturnValue;

use super::item::{Item, json, number, text, version};
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::model::ids::ConnectionId;
use crate::model::notice::{Notice, NoticeCause};

impl Store {
    /// Tells the administrator of something, once per cause.
    pub async fn raise_notice(
        &self,
        connection: ConnectionId,
        cause: &NoticeCause,
        sentence: &str,
        advice: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.count_notice(connection, cause, sentence, advice, now).await.map(drop)
    }

    /// The same; answers how often it has been told now, so that others can be told of the first time.
    pub async fn count_notice(
        &self,
        connection: ConnectionId,
        cause: &NoticeCause,
        sentence: &str,
        advice: &str,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let answer = update
            .set_key(Some(Self::key(&keys::connection(connection), &keys::notice(&cause.key()))))
            .update_expression(
                "SET v = :v, cause = :cause, sentence = :sentence, advice = :advice, last_at = :now, \
                 first_at = if_not_exists(first_at, :now) ADD times :one",
            )
            .expression_attribute_values(":v", version())
            .expression_attribute_values(":cause", json(cause))
            .expression_attribute_values(":sentence", text(sentence))
            .expression_attribute_values(":advice", text(advice))
            .expression_attribute_values(":now", number(now.micros()))
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await
            .map_err(StoreError::sdk)?;
        let times = answer.attributes.as_ref().and_then(|new| new.get("times")?.as_n().ok()?.parse().ok());
        Ok(times.unwrap_or(1))
    }

    /// Takes a notice back: its cause is gone, or a person dismissed it. Answers nothing, whether or not it stood.
    pub async fn resolve_notice(&self, connection: ConnectionId, key: &str) -> Result<(), StoreError> {
        self.delete(&keys::connection(connection), &keys::notice(key)).await
    }

    /// All notices of a connection, the latest first.
    pub async fn notices(&self, connection: ConnectionId) -> Result<Vec<Notice>, StoreError> {
        let items = self.partition(&keys::connection(connection), keys::NOTICE_PREFIX).await?;
        let read = |attributes| {
            let item = Item::new(attributes)?;
            Ok(Notice {
                cause: item.json("cause")?,
                text: item.key("sentence"),
                advice: item.key("advice"),
                first_at: item.moment("first_at").ok_or_else(|| item.damaged("first_at"))?,
                last_at: item.moment("last_at").ok_or_else(|| item.damaged("last_at"))?,
                count: item.number("times").ok_or_else(|| item.damaged("times"))?,
            })
        };
        let mut notices = items.into_iter().map(read).collect::<Result<Vec<_>, StoreError>>()?;
        notices.sort_by_key(|notice| std::cmp::Reverse(notice.last_at));
        Ok(notices)
    }
}
