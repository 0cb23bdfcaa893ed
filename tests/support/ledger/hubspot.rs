//! HubSpot: title, seconds and extension of each call that is not in the bin.

use serde_json::{Value, json};

use super::words::{as_subject, behind, digits, subject};
use super::{Entry, Ledger};
use crate::hubspot::{HubSpot, Object, TOKEN};
use crate::outside::Expected;

impl Ledger for HubSpot {
    fn origin(&self) -> String {
        self.url()
    }

    fn settings(&self, _: &str) -> Value {
        json!({ "kind": "hubspot", "token": TOKEN })
    }

    fn variables(&self, proxy: &str) -> Vec<(&'static str, String)> {
        vec![("RINGBRIDGE_HUBSPOT_API", proxy.to_owned())]
    }

    fn wanted(&self, expected: &Expected) -> Option<String> {
        Some(format!("{} {} {}", subject(expected), expected.talk_seconds, expected.internal))
    }

    fn entries(&self) -> Vec<Entry> {
        let entry = |call: Object| {
            let millis: i64 = call.text("hs_call_duration").parse().unwrap_or(-1);
            let subject = as_subject(call.text("hs_call_title"));
            let extension = behind(call.text("hs_call_body"), "Extension: ");
            Entry {
                mark: call.text("ringbridge_record_id").to_owned(),
                line: format!("{subject} {} {extension}", (millis + 500).div_euclid(1_000)),
            }
        };
        self.logged().into_iter().map(entry).collect()
    }

    fn contacts(&self) -> Vec<String> {
        self.state().contacts.iter().map(|one| digits(one.text("phone"))).collect()
    }
}
