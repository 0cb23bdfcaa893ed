//! BottleCRM: subject, direction, seconds and extension of each interaction.

use serde_json::{Value, json};

use super::words::{as_subject, behind, digits, subject};
use super::{Entry, Ledger};
use crate::bottlecrm::{BottleCrm, TOKEN};
use crate::outside::Expected;

impl Ledger for BottleCrm {
    fn origin(&self) -> String {
        self.url()
    }

    fn settings(&self, proxy: &str) -> Value {
        json!({ "kind": "bottlecrm", "url": proxy, "token": TOKEN })
    }

    fn users(&self) -> [String; 3] {
        let state = self.state();
        std::array::from_fn(|place| state.profiles[place].id.clone())
    }

    fn wanted(&self, expected: &Expected) -> Option<String> {
        (!expected.external.is_empty()).then(|| {
            let Expected { direction, internal, talk_seconds, .. } = expected;
            format!("{} {direction} {talk_seconds} {internal}", subject(expected))
        })
    }

    fn entries(&self) -> Vec<Entry> {
        let entry = |call: Value| {
            let text = |name: &str| call[name].as_str().unwrap_or_default();
            let (subject, direction) = (as_subject(text("subject")), text("direction"));
            let (seconds, extension) = (&call["duration_seconds"], behind(text("body"), "Extension: "));
            Entry {
                mark: behind(text("body"), "Ringbridge: ").to_owned(),
                line: format!("{subject} {direction} {seconds} {extension}"),
            }
        };
        self.logged().into_iter().map(entry).collect()
    }

    fn contacts(&self) -> Vec<String> {
        self.state().cards.iter().map(|card| digits(card.phone())).collect()
    }
}
