//! What HubSpot's addresses and properties are called, and what it answers, as far as it is read. Without `Debug`, since
//! people stand in it. The API's version stands here and nowhere else.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The version of the CRM's objects, properties, owners and extensions.
pub(super) const VERSION: &str = "v3";
/// The version of associations, which have one of their own.
pub(super) const ASSOCIATIONS: &str = "v4";
/// The version of tokens.
pub(super) const TOKENS: &str = "v1";

/// The property of ours by which a call is known, made with unique values.
pub(super) const KEY: &str = "ringbridge_record_id";
/// The group that it stands in.
pub(super) const GROUP: &str = "ringbridge";
/// The property that says whose something is.
pub(super) const OWNER: &str = "hubspot_owner_id";
/// From a call to a contact.
pub(super) const CALL_TO_CONTACT: u32 = 194;

/// The path of objects of a kind.
pub(super) fn objects(kind: &str) -> String {
    format!("crm/{VERSION}/objects/{kind}")
}

/// The path of one object.
pub(super) fn object(kind: &str, id: &Id) -> String {
    format!("{}/{}", objects(kind), id.as_str())
}

/// An id that HubSpot gave: it becomes a part of paths, so it is digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Id(String);

impl Id {
    /// Reads one; `None` for what can't be an id.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let fits = (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an id"))
    }
}

/// An object of any kind.
#[derive(Deserialize)]
pub(super) struct Object {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) properties: Value,
    #[serde(default, rename = "updatedAt")]
    pub(super) updated_at: String,
    /// Of an upsert: whether it was made just now.
    #[serde(default)]
    pub(super) new: bool,
}

impl Object {
    /// A property, unless it is empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.properties.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    }
}

/// A list, or the outcome of a batch.
#[derive(Deserialize)]
pub(super) struct Page<T> {
    #[serde(default = "Vec::new")]
    pub(super) results: Vec<T>,
    /// Of a batch: what became of the inputs that failed.
    #[serde(default)]
    pub(super) errors: Vec<Value>,
    #[serde(default)]
    pub(super) paging: Option<Paging>,
}

/// Where a list goes on.
#[derive(Deserialize)]
pub(super) struct Paging {
    #[serde(default)]
    pub(super) next: Option<Next>,
}

/// The next page.
#[derive(Deserialize)]
pub(super) struct Next {
    pub(super) after: String,
}

/// Somebody who works with HubSpot.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Owner {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) email: Option<String>,
    #[serde(default)]
    pub(super) first_name: Option<String>,
    #[serde(default)]
    pub(super) last_name: Option<String>,
    #[serde(default, rename = "type")]
    pub(super) kind: Option<String>,
}

/// A property's definition.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Definition {
    #[serde(default)]
    pub(super) has_unique_value: bool,
}
