//! Items as DynamoDB gives them: a few typed readers, so that a damaged attribute is named and nothing panics.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use crate::clock::Timestamp;

/// The version that this release writes; it reads this and older ones.
const VERSION: u32 = 1;

/// An item as the SDK has it.
pub(super) type Attributes = HashMap<String, AttributeValue>;

/// A string attribute.
pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number attribute.
pub(super) fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The version attribute's value.
pub(super) fn version() -> AttributeValue {
    number(VERSION)
}

/// A value as JSON text. Our own types always serialise.
pub(super) fn json<T: Serialize>(value: &T) -> AttributeValue {
    AttributeValue::S(serde_json::to_string(value).unwrap_or_default())
}

/// A moment, if it is there and can be read.
pub(super) fn moment(attributes: &Attributes, name: &str) -> Option<Timestamp> {
    attributes.get(name)?.as_n().ok()?.parse().ok().map(Timestamp::from_micros)
}

/// An item being read.
pub(super) struct Item {
    attributes: Attributes,
}

impl Item {
    /// Refuses items of a newer release.
    pub(super) fn new(attributes: Attributes) -> Result<Self, StoreError> {
        let item = Self { attributes };
        match item.number::<u32>("v") {
            Some(version) if version > VERSION => {
                Err(StoreError::NewerVersion { pk: item.key("pk"), sk: item.key("sk"), version })
            }
            _ => Ok(item),
        }
    }

    pub(super) fn key(&self, name: &str) -> String {
        self.text(name).unwrap_or_default().to_owned()
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.as_s().ok().map(String::as_str)
    }

    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.attributes.get(name)?.as_n().ok()?.parse().ok()
    }

    pub(super) fn moment(&self, name: &str) -> Option<Timestamp> {
        moment(&self.attributes, name)
    }

    /// A JSON attribute that must be there.
    pub(super) fn json<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, StoreError> {
        self.optional_json(name)?.ok_or_else(|| self.damaged(name))
    }

    /// A JSON attribute that may be absent.
    pub(super) fn optional_json<T: DeserializeOwned>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, StoreError> {
        self.text(name).map(|text| serde_json::from_str(text).map_err(|_| self.damaged(name))).transpose()
    }

    /// The events whose attributes' names begin so: the identity, which is the rest of the name, and the text.
    pub(super) fn events(&self, prefix: char) -> impl Iterator<Item = (&str, &str)> {
        let named = self.attributes.iter().filter(move |(name, _)| is_named(name, prefix));
        named.filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_s().ok()?.as_str())))
    }

    pub(super) fn damaged(&self, attribute: &'static str) -> StoreError {
        StoreError::Undecodable { pk: self.key("pk"), sk: self.key("sk"), attribute }
    }
}

/// A prefix and 16 hexadecimal digits: an event by its identity.
fn is_named(name: &str, prefix: char) -> bool {
    let digits = name.strip_prefix(prefix).unwrap_or_default();
    digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_hexdigit())
}
