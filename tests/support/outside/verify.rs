//! Compares what the CRM has with what it must have.

use std::collections::{BTreeMap, BTreeSet};

use ringbridge::clock::Timestamp;

use super::oracle::{Expected, Key};
use super::traffic::Question;
use crate::crm::{Record, State};

/// What the comparison found.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Expected and found, each once.
    pub records: usize,
    /// Expected and not found.
    pub lost: Vec<String>,
    /// Found more than once, or told under two ids without a correction.
    pub duplicated: Vec<String>,
    /// Found and not expected, or with a wrong field.
    pub wrong: Vec<String>,
    /// Milliseconds from the first post of a leg's hangup to its record in the CRM.
    pub delays: Vec<f64>,
    /// The same from the hangup that raised the question to the missed call.
    pub missed_delays: Vec<f64>,
}

/// Whether everything expected stands in the CRM.
pub fn complete(state: &State, expected: &[&Expected]) -> bool {
    let text = |record: &'_ Record, name: &str| record.data[name].as_str().map(str::to_owned);
    let standing: BTreeSet<Key> = state
        .standing()
        .map(|record| (text(record, "call_id").unwrap_or_default(), text(record, "leg_id")))
        .collect();
    expected.iter().all(|wanted| standing.contains(&wanted.key()))
}

/// Checks every record; one that was withdrawn counts as none.
pub fn verify(
    expected: &[&Expected],
    records: &[Record],
    hangups: &BTreeMap<String, i64>,
    questions: &BTreeMap<String, Question>,
) -> Verdict {
    let mut verdict = Verdict::default();
    let mut found: BTreeMap<Key, Vec<&Record>> = BTreeMap::new();
    for record in records.iter().filter(|record| record.stands()) {
        let text = |name: &str| record.data[name].as_str().map(str::to_owned);
        found.entry((text("call_id").unwrap_or_default(), text("leg_id"))).or_default().push(record);
    }
    for wanted in expected {
        let name = format!("{} {}", wanted.call, wanted.leg.as_deref().unwrap_or("missed"));
        let Some(copies) = found.remove(&wanted.key()) else {
            verdict.lost.push(name);
            continue;
        };
        verdict.records += 1;
        let record = copies[0];
        // A record that a late event corrected has one message id for each revision, and no more.
        let ids: BTreeSet<_> = record.message_ids.iter().filter(|id| !is_pop_up(id)).collect();
        if copies.len() > 1 || ids.len() as u64 > record.revision {
            verdict.duplicated.push(name.clone());
        }
        for field in wanted.differences(&record.data) {
            verdict.wrong.push(format!("{name}: {field}"));
        }
        let Some(arrived) = record.ended_at else { continue };
        let since = |posted: i64| arrived.since(Timestamp::from_micros(posted)).as_secs_f64() * 1_000.0;
        match &wanted.leg {
            Some(leg) => verdict.delays.extend(hangups.get(leg).map(|posted| since(*posted))),
            None => {
                verdict.missed_delays.extend(questions.get(&wanted.call).map(|asked| since(asked.at)));
            }
        }
    }
    let surplus = found.into_iter();
    verdict.wrong.extend(surplus.map(|((call, leg), _)| format!("{call} {leg:?}: nobody expected it")));
    verdict
}

/// Pop-ups have no revisions: what is left has one message for each.
fn is_pop_up(message_id: &str) -> bool {
    ["ringing", "answered", "stopped"].iter().any(|kind| message_id.contains(&format!(".call.{kind}.")))
}
