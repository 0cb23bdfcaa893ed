//! What Kommo answers, as far as it is read. Without `Debug`, since people stand in it.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// An id, which Kommo writes as a number, in places as a text.
pub(super) fn id(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).filter(|id| *id > 0)
}

fn read_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    id(&Value::deserialize(deserializer)?).ok_or_else(|| serde::de::Error::custom("not an id"))
}

/// A list, in which what was asked for stands under its own name.
#[derive(Deserialize)]
pub(super) struct List {
    #[serde(rename = "_embedded", default)]
    embedded: serde_json::Map<String, Value>,
}

impl List {
    /// Those of that name; one that can't be read makes the whole unreadable.
    pub(super) fn take<T: for<'de> Deserialize<'de>>(mut self, name: &str) -> Option<Vec<T>> {
        match self.embedded.remove(name)? {
            Value::Array(items) => items.into_iter().map(|item| serde_json::from_value(item).ok()).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => None,
        }
    }
}

/// Something with an id.
#[derive(Deserialize)]
pub(super) struct Made {
    #[serde(deserialize_with = "read_id")]
    pub(super) id: u64,
}

/// A contact or a company.
#[derive(Deserialize)]
pub(super) struct Card {
    #[serde(deserialize_with = "read_id")]
    pub(super) id: u64,
    #[serde(default)]
    pub(super) responsible_user_id: Option<u64>,
    #[serde(default)]
    pub(super) updated_at: i64,
    #[serde(default)]
    custom_fields_values: Option<Vec<Custom>>,
}

#[derive(Deserialize)]
struct Custom {
    #[serde(default)]
    field_code: Option<String>,
    #[serde(default)]
    values: Vec<Valued>,
}

#[derive(Deserialize)]
struct Valued {
    #[serde(default)]
    value: Value,
}

impl Card {
    /// Its telephone numbers, as people wrote them.
    pub(super) fn phones(&self) -> impl Iterator<Item = &str> {
        let fields = self.custom_fields_values.iter().flatten();
        let phones = fields.filter(|field| field.field_code.as_deref() == Some("PHONE"));
        phones.flat_map(|field| &field.values).filter_map(|one| one.value.as_str())
    }
}

/// A note on a contact, a company or a lead.
#[derive(Deserialize)]
pub(super) struct Note {
    #[serde(deserialize_with = "read_id")]
    pub(super) id: u64,
    #[serde(default)]
    params: Option<Value>,
}

impl Note {
    /// The key that whoever made it gave it.
    pub(super) fn uniq(&self) -> Option<&str> {
        self.params.as_ref()?.get("uniq")?.as_str()
    }
}

/// An incoming lead.
#[derive(Deserialize)]
pub(super) struct Incoming {
    #[serde(default)]
    metadata: Option<Value>,
    #[serde(rename = "_embedded", default)]
    embedded: Value,
}

impl Incoming {
    /// The key that whoever made it gave its call.
    pub(super) fn uniq(&self) -> Option<&str> {
        self.metadata.as_ref()?.get("uniq")?.as_str()
    }

    /// The lead that it becomes when somebody accepts it.
    pub(super) fn lead(&self) -> Option<u64> {
        id(self.embedded.get("leads")?.get(0)?.get("id")?)
    }

    /// The contact that comes with it.
    pub(super) fn contact(&self) -> Option<u64> {
        id(self.embedded.get("contacts")?.get(0)?.get("id")?)
    }
}

/// Somebody who works with Kommo.
#[derive(Deserialize)]
pub(super) struct User {
    #[serde(deserialize_with = "read_id")]
    pub(super) id: u64,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) email: Option<String>,
    #[serde(default)]
    pub(super) rights: Option<Rights>,
}

/// What they may do.
#[derive(Deserialize)]
pub(super) struct Rights {
    #[serde(default)]
    pub(super) is_active: Option<bool>,
}
