//! Consents that an administrator is about to give on the PBX: each is taken once, and expires by itself.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::types::ReturnValue;
use serde::{Deserialize, Serialize};

use super::item::{Item, json, number, text, version};
use super::{Store, StoreError, keys};
use crate::clock::Timestamp;
use crate::model::connection::Origin;
use crate::model::crm_target::CrmTarget;
use crate::model::ids::ConnectionId;
use crate::model::secret::{Digest, Sealed};

/// A consent that was begun: what it is for, and which browser began it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// What its secrets are sealed for.
    pub sealed_for: ConnectionId,
    /// SHA-256 of the browser's cookie and the PBX's place.
    pub browser: Digest,
    /// The PKCE verifier.
    pub verifier: Sealed,
    /// The PBX.
    pub origin: Origin,
    /// The public application on it.
    pub app_id: String,
    /// What the connection will be called.
    pub name: String,
    /// Where its records will go.
    pub crm: CrmTarget,
    /// When it is too late.
    pub expires_at: Timestamp,
}

impl Store {
    /// Stores a consent that was begun, under the digest of its `state`.
    pub async fn begin_consent(&self, state: &Digest, consent: &Consent) -> Result<(), StoreError> {
        let mut item = Self::key(&keys::consent(state), keys::META);
        item.insert("v".to_owned(), version());
        item.insert("browser".to_owned(), text(consent.browser.short_hex(32)));
        item.insert("data".to_owned(), json(consent));
        item.insert("expires_at".to_owned(), number(consent.expires_at.secs()));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.condition_expression("attribute_not_exists(pk)").send().await.map_err(StoreError::sdk)?;
        Ok(())
    }

    /// Takes a consent, for the only time; it stays where it is if another browser asks.
    pub async fn take_consent(
        &self,
        state: &Digest,
        browser: &Digest,
    ) -> Result<Option<Consent>, StoreError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete.set_key(Some(Self::key(&keys::consent(state), keys::META)));
        let answer = delete
            .condition_expression("browser = :browser")
            .expression_attribute_values(":browser", text(browser.short_hex(32)))
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => return Ok(None),
                _ => return Err(StoreError::sdk(error)),
            },
        };
        answer.attributes.map(|old| Item::new(old)?.json("data")).transpose()
    }
}
