//! What the inbox has: the last requests, the records in their latest state, and counters of everything.

use std::collections::VecDeque;

use ringbridge::clock::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::fault::{CrmFault, Faults};
use super::record::{Message, Record};

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
    Failed(CrmFault),
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
    /// Notices, each with its `webhook-id`, in the order of arrival.
    pub notices: Vec<(String, Value)>,
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
            notices: Vec::new(),
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

    /// The records that ended or were missed and were not withdrawn.
    pub fn standing(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(|record| record.stands())
    }

    /// Takes a message whose signature is right.
    pub(super) fn take(&mut self, id: &str, body: &Value, now: Option<Timestamp>) -> Verdict {
        if body["type"].as_str().is_some_and(|kind| kind.starts_with("notice.")) {
            return self.take_notice(id, body);
        }
        let Some(message) = Message::read(id, body) else {
            self.counters.refused += 1;
            return Verdict::Malformed;
        };
        self.changes += 1;
        let known = self.records.iter_mut().find(|record| record.record_id == message.record_id);
        match known {
            Some(record) => {
                if !record.take(message, self.changes, now) {
                    self.counters.repeats += 1;
                    return Verdict::Repeat;
                }
            }
            None => self.records.push_back(Record::begin(message, self.changes, now)),
        }
        self.counters.accepted += 1;
        if self.records.len() > self.keep {
            self.records.pop_front();
        }
        Verdict::Accepted
    }

    fn take_notice(&mut self, id: &str, body: &Value) -> Verdict {
        if self.notices.iter().any(|(known, _)| known == id) {
            self.counters.repeats += 1;
            return Verdict::Repeat;
        }
        self.counters.accepted += 1;
        self.notices.push((id.to_owned(), body.clone()));
        Verdict::Accepted
    }

    pub(super) fn keep(&mut self, arrival: Arrival) {
        self.requests.push_back(arrival);
        if self.requests.len() > self.keep {
            self.requests.pop_front();
        }
    }
}
