//! The PBX's JSON as it is seen in the wild: types disagree between sources (docs/pbx.md §3.3), so every scalar is
//! read loosely, unknown fields are ignored, and one unreadable list item costs nothing but itself.

#![expect(clippy::struct_field_names, reason = "the PBX names its fields")]

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use time::PrimitiveDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::clock::Timestamp;

/// How REST writes times, in UTC (docs/pbx.md §0.3).
const TIME: &[BorrowedFormatItem<'static>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");

/// A string, number or flag, whichever it came as; empty for `null`, nothing and structures.
#[derive(Default)]
pub(super) struct Loose(Option<String>);

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|value| Self::from(&value))
    }
}

impl From<&Value> for Loose {
    fn from(value: &Value) -> Self {
        Self(match value {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        })
    }
}

impl Loose {
    /// The text, if it is not empty.
    pub(super) fn text(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }

    /// The text as a whole number.
    pub(super) fn number(&self) -> Option<u64> {
        self.text()?.parse().ok()
    }

    /// The text as a length in whole seconds, the unit of history (docs/pbx.md §10.3); a fraction is cut.
    pub(super) fn seconds(&self) -> Option<Duration> {
        let text = self.text()?;
        let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
        whole.parse().ok().map(Duration::from_secs)
    }

    /// The text as a flag.
    pub(super) fn flag(&self) -> bool {
        self.text().is_some_and(|text| matches!(text.to_ascii_lowercase().as_str(), "true" | "1" | "yes"))
    }

    /// The text as a time in UTC; a fraction after `.` or `,` is cut.
    pub(super) fn time(&self) -> Option<Timestamp> {
        let text = self.text()?.get(..19)?;
        let moment = PrimitiveDateTime::parse(text, TIME).ok()?;
        Some(Timestamp::from_secs(moment.assume_utc().unix_timestamp()))
    }
}

/// A time as REST takes it in queries.
pub(super) fn time_text(moment: Timestamp) -> String {
    let text = moment.rfc3339();
    let (date, rest) = text.split_at_checked(10).unwrap_or((&text, ""));
    format!("{date} {}", rest.trim_matches(['T', 'Z']))
}

/// One object, or nothing when it is something else.
pub(super) fn object<T: DeserializeOwned>(value: Value) -> Option<T> {
    if value.is_object() { serde_json::from_value(value).ok() } else { None }
}

/// The items that can be read, and how many can't.
pub(super) fn items<W: DeserializeOwned, T>(
    values: Vec<Value>,
    read: impl Fn(W) -> Option<T>,
) -> (Vec<T>, u32) {
    let mut skipped = 0;
    let items = values
        .into_iter()
        .filter_map(|value| {
            let item = object(value).and_then(&read);
            if item.is_none() {
                skipped += 1;
            }
            item
        })
        .collect();
    (items, skipped)
}

/// `/oauth/token` (docs/pbx.md §1.3).
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Token {
    pub(super) access_token: Loose,
    pub(super) expires_in: Loose,
    pub(super) refresh_token: Loose,
}

/// `/user/` (docs/pbx.md §1.6).
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct User {
    pub(super) id: Loose,
    pub(super) access: Loose,
    pub(super) client_id: Loose,
    pub(super) extension_group_id: Loose,
    pub(super) extension_id: Loose,
}

/// The customer (docs/pbx.md §2.2).
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Client {
    pub(super) id: Loose,
    pub(super) prefix: Loose,
    pub(super) extension_len: Loose,
    pub(super) status: Loose,
    pub(super) timezone: Loose,
}

/// An extension (docs/pbx.md §3.3).
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Extension {
    pub(super) id: Loose,
    pub(super) name: Loose,
    #[serde(rename = "type")]
    pub(super) kind: Loose,
    pub(super) status: Loose,
    pub(super) label: Loose,
}

/// An event handler (docs/pbx.md §4.2).
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Event {
    pub(super) id: Loose,
    pub(super) url: Loose,
    pub(super) event_type: Loose,
    pub(super) method: Loose,
}

/// A queue agent. Its paths are documented, its fields are not, so each is looked for where the events' names and the
/// other objects of the API have it *(inferred, docs/pbx.md §5.1)*.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Agent {
    pub(super) id: Loose,
    pub(super) agent_id: Loose,
    pub(super) extension_id: Loose,
    pub(super) number: Loose,
    pub(super) agent_number: Loose,
    pub(super) phone: Loose,
    pub(super) label: Loose,
    pub(super) name: Loose,
    pub(super) status: Loose,
    pub(super) agent_status: Loose,
}

/// What a callback answers (docs/pbx.md §10.1).
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Callback {
    pub(super) call_id: Loose,
    pub(super) call_api_id: Loose,
}

/// A call of the history, or one of its legs (docs/pbx.md §10.3).
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Cdr {
    pub(super) call_uuid: Loose,
    pub(super) flow: Loose,
    pub(super) result: Loose,
    pub(super) init_time_gmt: Loose,
    pub(super) bridged_time_gmt: Loose,
    pub(super) hangup_time_gmt: Loose,
    pub(super) duration: Loose,
    pub(super) bridged_duration: Loose,
    pub(super) bridged: Loose,
    pub(super) from_username: Loose,
    pub(super) to_username: Loose,
    pub(super) did_number: Loose,
    pub(super) extension_id: Loose,
    pub(super) extension_type: Loose,
    pub(super) record_uuid: Loose,
    pub(super) application: Loose,
    pub(super) cdr: Value,
}

/// Where a recording can be fetched (docs/pbx.md §10.4).
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct StorageUrl {
    pub(super) record_url: Loose,
}

/// What errors say (docs/pbx.md §9.2).
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ErrorBody {
    pub(super) message: Loose,
    pub(super) status: Loose,
}

impl ErrorBody {
    /// Whatever can be read of a body.
    pub(super) fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).ok().and_then(object).unwrap_or_default()
    }
}
