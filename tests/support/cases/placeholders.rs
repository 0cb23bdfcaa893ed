//! What stands in the values of a case instead of ids and moments.

use ring::digest::{SHA256, digest};
use serde_json::{Map, Value};

use crate::site::gmt;

/// Ids and moments of one play of a case.
#[derive(Clone, Debug)]
pub(super) struct Names {
    salt: String,
    beginning: i64,
}

impl Names {
    /// Equal salts give equal ids; moments count from `beginning`, in microseconds.
    pub(super) fn new(salt: &str, beginning: i64) -> Self {
        Self { salt: salt.to_owned(), beginning }
    }

    /// The moment from which the case counts.
    pub(super) const fn beginning(&self) -> i64 {
        self.beginning
    }

    /// A value of a field: ids in braces, or one moment.
    pub(super) fn text(&self, text: &str) -> String {
        if let Some(after) = after_beginning(text) {
            let moment = self.beginning + after;
            return match text.split_once('+').map_or("", |(unit, _)| unit) {
                "ms" => (moment / 1_000).to_string(),
                "s" => (moment / 1_000_000).to_string(),
                "gmt" => gmt::text(moment),
                _ => moment.to_string(),
            };
        }
        let (mut out, mut rest) = (String::new(), text);
        while let Some((before, tail)) = rest.split_once('{') {
            let Some((inside, after)) = tail.split_once('}') else { break };
            out.push_str(before);
            match inside.split_once(':') {
                Some(("hex", name)) => out.push_str(&self.hex(name)),
                Some(("HEX", name)) => out.push_str(&self.hex(name).to_uppercase()),
                Some(("dash", name)) => out.push_str(&dashed(&self.hex(name))),
                // A letter so many times.
                Some((letter, count)) => out.push_str(&letter.repeat(count.parse().unwrap_or(1))),
                None => out.push_str(inside),
            }
            rest = after;
        }
        out + rest
    }

    /// A whole body: each value as in [`Self::text`].
    pub(super) fn raw(&self, body: &str) -> String {
        let pairs = body.split('&').map(|pair| match pair.split_once('=') {
            Some((key, value)) => format!("{key}={}", self.text(value)),
            None => pair.to_owned(),
        });
        pairs.collect::<Vec<_>>().join("&")
    }

    /// All texts of a value.
    pub(super) fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.value(item)).collect()),
            Value::Object(map) => Value::Object(self.object(map)),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// All texts of an object.
    pub(super) fn object(&self, map: &Map<String, Value>) -> Map<String, Value> {
        map.iter().map(|(key, value)| (key.clone(), self.value(value))).collect()
    }

    fn hex(&self, name: &str) -> String {
        let bytes = digest(&SHA256, format!("{}/{name}", self.salt).as_bytes());
        hex::encode(&bytes.as_ref()[..16])
    }
}

/// Microseconds after the beginning, for `t+12.5`, `ms+12.5`, `s+12` and `gmt+12`.
pub(super) fn after_beginning(text: &str) -> Option<i64> {
    let (unit, seconds) = text.split_once('+')?;
    if !matches!(unit, "t" | "ms" | "s" | "gmt") {
        return None;
    }
    let (whole, part) = seconds.split_once('.').unwrap_or((seconds, ""));
    let micros: i64 = format!("{part:0<6}").get(..6)?.parse().ok()?;
    Some(whole.parse::<i64>().ok()? * 1_000_000 + micros)
}

fn dashed(hex: &str) -> String {
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}
