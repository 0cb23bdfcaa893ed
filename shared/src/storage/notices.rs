//! Notices: one item per cause, so that a repeat raises its count.

use aws_sdk_dynamodb::types::ReturnValue;

use super::item::{Item, json, number, text, version};
use super::write::condition_failed;
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::model::ids::ConnectionId;
use crate::model::notice::{Notice, NoticeCause, Standing};

/// Tries at a notice that is raised and resolved side by side.
const TRIES: usize = 4;
/// What each time says anew.
const SAID: &str = "SET v = :v, cause = :cause, sentence = :sentence, advice = :advice, last_at = :now";
/// And that it was said.
const COUNTED: &str = "ADD times :one";

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

    /// The same; answers how often it has been told now, so that others can be told of the first time. The first time
    /// puts it on the index of what is due, in the same write, so that no crash keeps anybody from being told of it.
    pub async fn count_notice(
        &self,
        connection: ConnectionId,
        cause: &NoticeCause,
        sentence: &str,
        advice: &str,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let pk = keys::connection(connection);
        let update = || {
            let update = self.client.update_item().table_name(&self.table);
            update
                .set_key(Some(Self::key(&pk, &keys::notice(&cause.key()))))
                .expression_attribute_values(":v", version())
                .expression_attribute_values(":cause", json(cause))
                .expression_attribute_values(":sentence", text(sentence))
                .expression_attribute_values(":advice", text(advice))
                .expression_attribute_values(":now", number(now.micros()))
                .expression_attribute_values(":one", number(1))
                .return_values(ReturnValue::UpdatedNew)
        };
        for _ in 0..TRIES {
            let again = update().update_expression(format!("{SAID} {COUNTED}"));
            let again = again.condition_expression("attribute_exists(pk)").send().await;
            match again {
                Ok(answer) => {
                    let times = answer.attributes.as_ref().and_then(|new| new.get("times"));
                    return Ok(times.and_then(|times| times.as_n().ok()?.parse().ok()).unwrap_or(1));
                }
                // It does not stand yet.
                Err(error) => condition_failed(error)?,
            };
            let first = format!("{SAID}, first_at = :now, due_shard = :shard, due_at = :due {COUNTED}");
            let first = update()
                .update_expression(first)
                .condition_expression("attribute_not_exists(pk)")
                .expression_attribute_values(":shard", text(keys::due_shard(&pk)))
                .expression_attribute_values(":due", number(cause.told_at(now).micros()))
                .send()
                .await;
            match first {
                Ok(_) => return Ok(1),
                // Somebody else raised it meanwhile.
                Err(error) => condition_failed(error)?,
            };
        }
        Err(StoreError::Contended)
    }

    /// That a notice's turn, which was at that moment, is over, or comes again later. One that was raised anew meanwhile has
    /// another turn, and keeps it.
    pub async fn settle_notice(
        &self,
        connection: ConnectionId,
        key: &str,
        due_at: Timestamp,
        next: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .set_key(Some(Self::key(&keys::connection(connection), &keys::notice(key))))
            .condition_expression("due_at = :due")
            .expression_attribute_values(":due", number(due_at.micros()));
        let update = match next {
            None => update.update_expression("REMOVE due_at, due_shard"),
            Some(next) => {
                let next = number(next.micros());
                update.update_expression("SET due_at = :next").expression_attribute_values(":next", next)
            }
        };
        match update.send().await {
            Ok(_) => Ok(()),
            Err(error) => condition_failed(error).map(drop),
        }
    }

    /// Takes a notice back: its cause is gone, or a person dismissed it. Answers nothing, whether or not it stood.
    pub async fn resolve_notice(&self, connection: ConnectionId, key: &str) -> Result<(), StoreError> {
        self.delete(&keys::connection(connection), &keys::notice(key)).await
    }

    /// All notices of a connection, the latest first.
    pub async fn notices(&self, connection: ConnectionId) -> Result<Vec<Notice>, StoreError> {
        Ok(self.standing_notices(connection).await?.into_iter().map(|one| one.notice).collect())
    }

    /// The same, each with when somebody is to be told of it.
    pub async fn standing_notices(&self, connection: ConnectionId) -> Result<Vec<Standing>, StoreError> {
        let items = self.partition(&keys::connection(connection), keys::NOTICE_PREFIX).await?;
        let read = |attributes| {
            let item = Item::new(attributes)?;
            let notice = Notice {
                cause: item.json("cause")?,
                text: item.key("sentence"),
                advice: item.key("advice"),
                first_at: item.moment("first_at").ok_or_else(|| item.damaged("first_at"))?,
                last_at: item.moment("last_at").ok_or_else(|| item.damaged("last_at"))?,
                count: item.number("times").ok_or_else(|| item.damaged("times"))?,
            };
            Ok(Standing { notice, due_at: item.moment("due_at") })
        };
        let mut notices = items.into_iter().map(read).collect::<Result<Vec<_>, StoreError>>()?;
        notices.sort_by_key(|one| std::cmp::Reverse(one.notice.last_at));
        Ok(notices)
    }
}
