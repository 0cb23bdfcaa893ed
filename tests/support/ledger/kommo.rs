//! Kommo: kind, number, seconds, result and extension of each note of a call. One that is marked as not holding is none.

use serde_json::{Value, json};

use super::words::digits;
use super::{Entry, Ledger};
use crate::kommo::{ACCOUNT, Kommo, LONG_LIVED};
use crate::outside::Expected;

const WITHDRAWN: &str = "This entry does not hold";

impl Ledger for Kommo {
    fn origin(&self) -> String {
        self.url()
    }

    fn settings(&self, _: &str) -> Value {
        json!({ "kind": "kommo", "account": ACCOUNT, "token": LONG_LIVED })
    }

    fn variables(&self, proxy: &str) -> Vec<(&'static str, String)> {
        vec![("RINGBRIDGE_KOMMO_API", proxy.to_owned())]
    }

    fn wanted(&self, expected: &Expected) -> Option<String> {
        let what = match expected.outcome {
            "answered" => "Answered",
            "busy" => "Busy",
            "cancelled" => "Cancelled",
            "failed" => "Failed",
            "unavailable" => "Not available",
            "missed" => "Missed",
            _ => "No answer",
        };
        let kind = if expected.direction == "inbound" { "call_in" } else { "call_out" };
        let (number, seconds) = (digits(&expected.external), expected.talk_seconds);
        (!number.is_empty()).then(|| format!("{kind} {number} {seconds} {what} {}", expected.internal))
    }

    fn entries(&self) -> Vec<Entry> {
        let entry = |note: Value| {
            let params = &note["params"];
            let text = |name: &str| params[name].as_str().unwrap_or_default();
            let kind = note["note_type"].as_str().unwrap_or_default();
            let what = text("call_result").split('.').next().unwrap_or_default();
            let extension = text("call_result").split_once("Extension: ").map_or("", |(_, rest)| rest);
            let (number, seconds) = (digits(text("phone")), &params["duration"]);
            Entry {
                mark: text("uniq").to_owned(),
                line: format!("{kind} {number} {seconds} {what} {extension}"),
            }
        };
        let stands = |note: &Value| {
            !note["params"]["call_result"].as_str().is_some_and(|text| text.starts_with(WITHDRAWN))
        };
        self.logged().into_iter().filter(stands).map(entry).collect()
    }

    fn contacts(&self) -> Vec<String> {
        let number = |one: &Value| {
            digits(one["custom_fields_values"][0]["values"][0]["value"].as_str().unwrap_or_default())
        };
        self.state().contacts.iter().map(number).collect()
    }
}
