//! Bitrix24: number, direction, seconds and status code of each finished call.

use serde_json::{Value, json};

use super::words::digits;
use super::{Entry, Ledger};
use crate::bitrix24::{CLIENT_ID, CLIENT_SECRET, CODE, Call, Portal};
use crate::outside::Expected;

impl Ledger for Portal {
    fn origin(&self) -> String {
        self.url()
    }

    fn settings(&self, proxy: &str) -> Value {
        self.state().seen_at = Some(proxy.to_owned());
        json!({ "kind": "bitrix24", "portal": proxy, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET })
    }

    fn variables(&self, proxy: &str) -> Vec<(&'static str, String)> {
        vec![("RINGBRIDGE_BITRIX24_OAUTH", format!("{proxy}/oauth/token/"))]
    }

    fn code(&self) -> Option<&'static str> {
        Some(CODE)
    }

    fn changes(&self) -> bool {
        false
    }

    fn wanted(&self, expected: &Expected) -> Option<String> {
        let code = match expected.outcome {
            "answered" => "200",
            "missed" | "no_answer" => "304",
            "busy" => "486",
            "cancelled" => "603-S",
            "unavailable" => "480",
            _ => "OTHER",
        };
        let way = if expected.direction == "inbound" { 2 } else { 1 };
        Some(format!("{way} {} {} {code}", digits(&expected.external), expected.talk_seconds))
    }

    fn entries(&self) -> Vec<Entry> {
        // Forms give numbers as text.
        let plain = |value: &Value| value.to_string().replace('"', "");
        let entry = |call: Call| {
            let (made, row) = (&call.registered, call.row.as_ref().unwrap_or(&Value::Null));
            let number = digits(&plain(&made["PHONE_NUMBER"]));
            let [way, seconds, code] =
                [&made["TYPE"], &row["CALL_DURATION"], &row["CALL_FAILED_CODE"]].map(plain);
            Entry {
                mark: made["EXTERNAL_CALL_ID"].to_string(),
                line: format!("{way} {number} {seconds} {code}"),
            }
        };
        self.logged().into_iter().map(entry).collect()
    }

    fn contacts(&self) -> Vec<String> {
        self.state().contacts.iter().map(|one| one["PHONE"].to_string()).collect()
    }
}
