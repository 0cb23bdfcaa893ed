//! RetailCRM: direction, number, seconds and result of each call.

use serde_json::{Value, json};

use super::words::digits;
use super::{Entry, Ledger};
use crate::outside::Expected;
use crate::retailcrm::{API_KEY, RetailCrm};

impl Ledger for RetailCrm {
    fn origin(&self) -> String {
        self.url()
    }

    fn settings(&self, proxy: &str) -> Value {
        json!({ "kind": "retailcrm", "url": proxy, "api_key": API_KEY })
    }

    fn users(&self) -> [String; 3] {
        ["27", "28", "29"].map(str::to_owned)
    }

    fn changes(&self) -> bool {
        false
    }

    fn wanted(&self, expected: &Expected) -> Option<String> {
        let result = match expected.outcome {
            "answered" => "answered",
            "busy" => "busy",
            "failed" | "unavailable" => "failed",
            _ => "no answer",
        };
        let way = if expected.direction == "inbound" { "in" } else { "out" };
        let number = digits(&expected.external);
        (!number.is_empty()).then(|| format!("{way} {number} {} {result}", expected.talk_seconds))
    }

    fn entries(&self) -> Vec<Entry> {
        let entry = |call: Value| {
            let text = |name: &str| call[name].as_str().unwrap_or_default();
            let (way, number, result) = (text("type"), digits(text("phone")), text("result"));
            let mark = text("externalId").to_owned();
            Entry { mark, line: format!("{way} {number} {} {result}", call["duration"]) }
        };
        self.logged().into_iter().map(entry).collect()
    }

    fn contacts(&self) -> Vec<String> {
        Vec::new()
    }
}
