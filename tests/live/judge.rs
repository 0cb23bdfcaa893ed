//! Compares what stands in the CRM with what the calls must come to: each record once, with whom, by whom, and how.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use simulators::ledger::what_and_way;
use simulators::outside::Expected;

use crate::crm::Home;

/// What the CRM must be like.
pub(crate) struct Wanted<'a> {
    /// The records.
    pub(crate) expected: Vec<&'a Expected>,
    /// The name of whoever uses an extension, and of whom the rest belongs to.
    pub(crate) names: BTreeMap<String, String>,
    pub(crate) default_name: String,
    /// On what the calls of a known number must stand.
    pub(crate) known: BTreeMap<String, String>,
    /// Contacts and leads that were there before.
    pub(crate) before: BTreeSet<String>,
}

/// What the comparison found.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Expected and found, each once.
    pub(crate) right: usize,
    /// Expected and not found.
    pub(crate) missing: Vec<String>,
    /// Found and not expected: twice, with another person, or wrong in a field.
    pub(crate) surplus: Vec<String>,
    /// Records with one mark in two places, contacts that were made twice or of nobody, calls with another contact.
    pub(crate) misplaced: Vec<String>,
}

impl Verdict {
    /// Whether there is nothing to complain of.
    pub(crate) fn is_clean(&self) -> bool {
        self.missing.is_empty() && self.surplus.is_empty() && self.misplaced.is_empty()
    }
}

/// Number, direction, outcome in the CRM's words, subject, extension, seconds.
type Line = (String, String, String, String, String, i64);

/// Compares. Numbers stand in the verdict: they are made up.
pub(crate) fn judge(wanted: &Wanted<'_>, homes: &[Home]) -> Verdict {
    let mut verdict = Verdict::default();
    let mut left: BTreeMap<Line, i64> = BTreeMap::new();
    for expected in &wanted.expected {
        *left.entry(line_of(wanted, expected)).or_default() += 1;
    }
    let mut marks = BTreeSet::new();
    for (home, call) in homes.iter().flat_map(|home| home.calls.iter().map(move |call| (home, call))) {
        let line = found(home, call);
        match left.get_mut(&line) {
            Some(count) if *count > 0 => {
                *count -= 1;
                verdict.right += 1;
            }
            Some(_) | None => verdict.surplus.push(format!("{line:?}")),
        }
        if !marks.insert(ours(call, "Ringbridge: ")) {
            verdict.misplaced.push(format!("{} stands twice", home.number));
        }
        if wanted.known.get(&home.number).is_some_and(|id| *id != home.id) {
            verdict.misplaced.push(format!("{} stands with another {}", home.number, home.kind));
        }
    }
    let missing = left.into_iter().filter(|(_, count)| *count > 0);
    verdict.missing.extend(missing.map(|(line, count)| format!("{count} × {line:?}")));
    people(wanted, homes, &mut verdict);
    verdict
}

/// Strangers are in it once each, and nobody is who did not call.
fn people(wanted: &Wanted<'_>, homes: &[Home], verdict: &mut Verdict) {
    let numbers: BTreeSet<_> = wanted.expected.iter().map(|one| one.external.as_str()).collect();
    let mut made = BTreeSet::new();
    for home in homes.iter().filter(|home| !wanted.before.contains(&home.id)) {
        let first = made.insert(home.number.as_str()) && !wanted.known.contains_key(&home.number);
        if !first || !numbers.contains(home.number.as_str()) {
            verdict.misplaced.push(format!("a {} of {} was made", home.kind, home.number));
        }
    }
}

fn line_of(wanted: &Wanted<'_>, expected: &Expected) -> Line {
    let outcome = match expected.outcome {
        "answered" => "connected",
        "busy" => "busy",
        _ => "no_answer",
    };
    let name = wanted.names.get(&expected.internal).unwrap_or(&wanted.default_name);
    let number = expected.external.clone();
    let subject = format!("{} {number} – {name}", what_and_way(expected));
    let (direction, internal) = (expected.direction.to_owned(), expected.internal.clone());
    (number, direction, outcome.to_owned(), subject, internal, expected.talk_seconds)
}

fn found(home: &Home, call: &Value) -> Line {
    let text = |name: &str| call[name].as_str().unwrap_or_default().to_owned();
    let seconds = call["duration_seconds"].as_i64().unwrap_or(-1);
    (
        home.number.clone(),
        text("direction"),
        text("outcome"),
        text("subject"),
        ours(call, "Extension: "),
        seconds,
    )
}

/// What stands behind a word of ours in the text.
fn ours(call: &Value, word: &str) -> String {
    let body = call["body"].as_str().unwrap_or_default();
    body.lines().find_map(|line| line.strip_prefix(word)).unwrap_or_default().to_owned()
}
