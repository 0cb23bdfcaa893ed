//! Items that can't be read are put in quarantine, so that the sweep does not find them in every run for a month.

use std::time::Duration;

use super::item::{Attributes, moment, number};
use super::write::condition_failed;
use super::{Store, StoreError};
use crate::clock::Timestamp;

/// When an item of a newer release is looked at again: by then a rolling deploy has ended.
const UNTIL_THE_DEPLOY_ENDED: Duration = Duration::from_hours(1);

/// An item of a call that this release can't read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// Names the item and the attribute, never a value.
    pub problem: String,
    pk: String,
    sk: String,
    /// A newer release wrote it, and will read it.
    newer: bool,
    due_at: Option<Timestamp>,
}

impl Quarantined {
    pub(super) fn new(attributes: &Attributes, error: &StoreError) -> Self {
        let key = |name| attributes.get(name).and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
        Self {
            problem: error.to_string(),
            pk: key("pk"),
            sk: key("sk"),
            newer: matches!(error, StoreError::NewerVersion { .. }),
            due_at: moment(attributes, "due_at"),
        }
    }
}

impl Store {
    /// Takes a damaged item off the index of what is due, and marks it; one of a newer release is looked at later.
    /// Answers whether it was due: whoever changed it meanwhile is not overruled.
    pub async fn quarantine(&self, item: &Quarantined, now: Timestamp) -> Result<bool, StoreError> {
        let Some(due_at) = item.due_at else { return Ok(false) };
        let update =
            self.client.update_item().table_name(&self.table).set_key(Some(Self::key(&item.pk, &item.sk)));
        let update = if item.newer {
            update
                .update_expression("SET due_at = :later")
                .expression_attribute_values(":later", number((now + UNTIL_THE_DEPLOY_ENDED).micros()))
        } else {
            update
                .update_expression("SET quarantined_at = :now REMOVE due_shard, due_at")
                .expression_attribute_values(":now", number(now.micros()))
        };
        let update = update
            .condition_expression("due_at = :seen")
            .expression_attribute_values(":seen", number(due_at.micros()));
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) => condition_failed(error).map(|_| false),
        }
    }

    /// The table's name, for people.
    pub fn table(&self) -> &str {
        &self.table
    }
}
