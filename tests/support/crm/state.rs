//! What the inbox has: the last requests, the records in their latest state, and counters of everything.

use std::collections::{BTreeSet, VecDeque};

use ringbridge::clock::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::fault::{Fault, Faults};

/// How many requests and records are kept unless a test asks for more.
pub(super) const KEPT: usize = 1_000;

/// One request that came to the hook.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Its place in the order of arrival, from 1.
    pub number: u64,
    /// Its headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body as it came.
    pub text: String,
    /// Its body as JSON; null when it is none.
    pub body: Value,
    /// What became of it.
    pub verdict: Verdict,
}

impl Arrival {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Taken.
    Accepted,
    /// Its `webhook-id` had been taken before.
    Repeat,
    /// The signature is missing or wrong; says how.
    Refused(&'static str),
    /// Signed, but the body is not a message about a call.
    Malformed,
    /// A fault was asked for.
    Failed(Fault),
}

/// A call record as the CRM has it: what its latest message said.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    /// `data.record_id`.
    pub record_id: String,
    /// `type` of the latest message.
    #[serde(rename = "type")]
    pub kind: String,
    /// `data.revision` of the latest message.
    pub revision: u64,
    /// `data` of the latest message.
    pub data: Value,
    /// The ids of all messages about it.
    pub message_ids: BTreeSet<String>,
    /// Messages that came again.
    pub repeats: u64,
    /// Grows with every change of any record.
    #[serde(skip)]
    pub changed: u64,
    /// When the first message arrived that the call has ended or was missed, if the inbox has a clock.
    #[serde(skip)]
    pub ended_at: Option<Timestamp>,
}

/// Counts everything since the start, also what is no longer kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Requests to the hook.
    pub requests: u64,
    /// Messages taken.
    pub accepted: u64,
    /// Messages that came again.
    pub repeats: u64,
    /// Requests with a wrong signature or body.
    pub refused: u64,
    /// Requests that met a fault.
    pub failed: u64,
    /// Requests to paths that the inbox doesn't have, such as where a redirect led.
    pub strays: u64,
}

/// Everything the inbox knows.
#[derive(Debug)]
pub struct State {
    /// The last requests, the oldest first.
    pub requests: VecDeque<Arrival>,
    /// The last records, in the order in which each was first heard of.
    pub records: VecDeque<Record>,
    /// Counters.
    pub counters: Counters,
    /// Requests with a right signature that wait for their answer, and the most that ever did.
    pub(super) at_once: usize,
    /// See [`State::at_once`].
    pub(super) most_at_once: usize,
    pub(super) faults: Faults,
    keep: usize,
    changes: u64,
}

impl State {
    pub(super) fn new(keep: usize) -> Self {
        Self {
            requests: VecDeque::new(),
            records: VecDeque::new(),
            counters: Counters::default(),
            at_once: 0,
            most_at_once: 0,
            faults: Faults::default(),
            keep,
            changes: 0,
        }
    }

    /// The record with this id.
    pub fn record(&self, record_id: &str) -> Option<&Record> {
        self.records.iter().find(|record| record.record_id == record_id)
    }

    /// Takes a message whose signature is right: a repeat changes nothing, a late message overwrites no later one.
    pub(super) fn take(&mut self, id: &str, body: &Value, now: Option<Timestamp>) -> Verdict {
        let data = &body["data"];
        let (Some(kind), Some(record_id), Some(revision)) =
            (body["type"].as_str(), data["record_id"].as_str(), data["revision"].as_u64())
        else {
            self.counters.refused += 1;
            return Verdict::Malformed;
        };
        self.changes += 1;
        let ended_at = now.filter(|_| rank(kind) == 2);
        let known = self.records.iter_mut().find(|record| record.record_id == record_id);
        match known {
            Some(record) if record.message_ids.contains(id) => {
                record.repeats += 1;
                self.counters.repeats += 1;
                return Verdict::Repeat;
            }
            Some(record) => {
                record.message_ids.insert(id.to_owned());
                record.ended_at = record.ended_at.or(ended_at);
                if (rank(kind), revision) > (rank(&record.kind), record.revision) {
                    kind.clone_into(&mut record.kind);
                    record.data = data.clone();
                    record.revision = revision;
                    record.changed = self.changes;
                }
            }
            None => self.records.push_back(Record {
                record_id: record_id.to_owned(),
                kind: kind.to_owned(),
                revision,
                data: data.clone(),
                message_ids: BTreeSet::from([id.to_owned()]),
                repeats: 0,
                changed: self.changes,
                ended_at,
            }),
        }
        self.counters.accepted += 1;
        if self.records.len() > self.keep {
            self.records.pop_front();
        }
        Verdict::Accepted
    }

    pub(super) fn keep(&mut self, arrival: Arrival) {
        self.requests.push_back(arrival);
        if self.requests.len() > self.keep {
            self.requests.pop_front();
        }
    }
}

/// A call rings before it is answered, and is answered before it ends.
fn rank(kind: &str) -> u8 {
    match kind {
        "call.ringing" => 0,
        "call.answered" => 1,
        _ => 2,
    }
}
