//! What the CRM ends up with: of every record the message with the highest revision, unless it was withdrawn.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Site;
use crate::crm::{Arrival, Verdict};

/// A message that reached the CRM, whether or not its sender heard so.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its type.
    pub kind: String,
    /// Its data.
    pub data: Value,
}

/// A record in its final state.
#[derive(Clone, Debug, PartialEq)]
pub struct Final {
    /// `call.ended` or `call.missed`.
    pub kind: String,
    /// Its data.
    pub data: Value,
}

impl Message {
    fn of(arrival: Arrival) -> Option<Self> {
        let took = match arrival.verdict {
            Verdict::Accepted | Verdict::Repeat => true,
            Verdict::Failed(fault) => fault.keeps(),
            Verdict::Refused(_) | Verdict::Malformed => false,
        };
        let kind = arrival.body["type"].as_str()?.to_owned();
        took.then(|| Self { kind, data: arrival.body["data"].clone() })
    }

    fn text(&self, key: &str) -> String {
        self.data[key].as_str().unwrap_or_default().to_owned()
    }

    /// Its revision.
    pub fn revision(&self) -> u64 {
        self.data["revision"].as_u64().unwrap_or_default()
    }
}

impl Site {
    /// All messages that reached the CRM, in the order of their arrival.
    pub fn messages(&self) -> Vec<Message> {
        self.inbox.requests().into_iter().filter_map(Message::of).collect()
    }

    /// The final records by `call_id`.
    pub fn finals(&self) -> BTreeMap<String, Vec<Final>> {
        let mut latest: BTreeMap<String, Message> = BTreeMap::new();
        for message in self.messages() {
            if !matches!(message.kind.as_str(), "call.ended" | "call.missed" | "call.withdrawn") {
                continue;
            }
            match latest.get(&message.text("record_id")) {
                Some(known) if known.revision() >= message.revision() => {}
                Some(_) | None => drop(latest.insert(message.text("record_id"), message)),
            }
        }
        let mut finals: BTreeMap<String, Vec<Final>> = BTreeMap::new();
        for message in latest.into_values().filter(|message| message.kind != "call.withdrawn") {
            let call = message.text("call_id");
            finals.entry(call).or_default().push(Final { kind: message.kind, data: message.data });
        }
        finals
    }
}
