//! One event as the PBX sends it, and its form on the wire.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

/// An event of an extension, not yet sent to anybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Emission {
    /// The extension whose subscribers are told.
    pub extension_id: u64,
    /// The subscribed type, equal to the field `EventType`.
    pub event_type: String,
    /// The form fields in the order of the captures.
    pub fields: Vec<(String, String)>,
    /// When it happened, in microseconds since the epoch; equal to the field `EventTime`.
    pub at: i64,
    /// The recording of the leg, known to the history even when the field `RecID` is missing.
    pub record_uuid: Option<String>,
    /// It happens, but is never posted: the PBX loses it, or it is of a phone without events. The history knows of it.
    pub untold: bool,
}

impl Emission {
    /// The value of a field.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.fields.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str())
    }

    /// Sets or adds a field, to compose what a real PBX might send otherwise.
    pub fn set(&mut self, key: &str, value: &str) {
        match self.fields.iter_mut().find(|(own, _)| own == key) {
            Some(field) => field.1 = value.into(),
            None => self.fields.push((key.into(), value.into())),
        }
    }

    /// Takes a field away.
    pub fn remove(&mut self, key: &str) {
        self.fields.retain(|(own, _)| own != key);
    }

    /// The form body or query string of this event.
    pub fn wire(&self) -> String {
        encode(&self.fields)
    }
}

/// `*` and `+` are escaped and `@` is not, as in docs/pbx.md §11.12.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

/// Fields as `application/x-www-form-urlencoded`.
pub fn encode(fields: &[(String, String)]) -> String {
    let escape = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
    let pairs: Vec<_> =
        fields.iter().map(|(key, value)| format!("{}={}", escape(key), escape(value))).collect();
    pairs.join("&")
}
