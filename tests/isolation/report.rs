//! What a run came to, and whether that is good enough.

use std::time::Duration;

use simulators::outside::Verdict;

use crate::play::Statuses;
use crate::say;

/// From the posting of a hangup to its record, and from the hangup that raised the question to the missed call.
const ENDED_WITHIN: Duration = Duration::from_secs(2);
const MISSED_WITHIN: Duration = Duration::from_secs(15);
/// The limit of a retry run of the local runner, and one attempt: the CRM's timeout, and the writes around it.
const RUN_WITHIN: Duration = Duration::from_secs(60 + 10 + 3);
/// The most examples of one kind of failure.
const EXAMPLES: usize = 10;

/// What a run came to.
pub(crate) struct Report {
    /// The ordinary customer's records.
    pub(crate) ordinary: Verdict,
    /// How many of their calls had events that were never taken.
    pub(crate) untaken: usize,
    /// What the flood was answered, and over how long.
    pub(crate) flood: (Statuses, Duration),
    /// Requests to the CRM that hangs until it was healed, and the most at once.
    pub(crate) asked: (u64, usize),
    /// What each retry run took, until then and to the end.
    pub(crate) runs: (Vec<Duration>, Vec<Duration>),
    /// Records that the CRM was to get once it answered, how many came, and how many of them more than once.
    pub(crate) healed: Healed,
}

/// The CRM that hung, after it answers.
pub(crate) struct Healed {
    /// Records that waited.
    pub(crate) due: usize,
    /// Of these, arrived.
    pub(crate) arrived: usize,
    /// Of these, twice.
    pub(crate) doubled: usize,
    /// How long after.
    pub(crate) after: Duration,
}

impl Report {
    /// Prints it, and answers whether every goal was met.
    pub(crate) fn print(&self) -> bool {
        let t = &self.ordinary;
        say(&format!(
            "ordinary   {} records; lost {}, duplicated {}, wrong {}; {} calls had events that were never taken",
            t.records,
            t.lost.len(),
            t.duplicated.len(),
            t.wrong.len(),
            self.untaken
        ));
        say(&format!("  hangup to call.ended     {} of {}", spread(&t.delays), t.delays.len()));
        say(&format!("  question to call.missed  {} of {}", spread(&t.missed_delays), t.missed_delays.len()));
        for (what, which) in [("lost", &t.lost), ("duplicated", &t.duplicated), ("wrong", &t.wrong)] {
            for one in which.iter().take(EXAMPLES) {
                say(&format!("  {what}: {one}"));
            }
        }
        let (statuses, took) = &self.flood;
        let of = |status: u16| statuses.get(&status).copied().unwrap_or_default();
        let all: usize = statuses.values().sum();
        say(&format!(
            "flooded    {all} events in {:.0} s; 200: {}, 429: {}, 503: {}, other {}",
            took.as_secs_f64(),
            of(200),
            of(429),
            of(503),
            all - of(200) - of(429) - of(503)
        ));
        let h = &self.healed;
        say(&format!(
            "hanging    its CRM was asked {} times, at most {} at once; once it answered, {} of {} records came within {:.0} s, {} of them twice",
            self.asked.0,
            self.asked.1,
            h.arrived,
            h.due,
            h.after.as_secs_f64(),
            h.doubled
        ));
        let longest = |runs: &[Duration]| runs.iter().max().copied().unwrap_or_default();
        let (before, ever) = (longest(&self.runs.0), longest(&self.runs.1));
        say(&format!(
            "retry runs {}; the longest took {:.1} s while the CRM hung, {:.1} s in all",
            self.runs.1.len(),
            before.as_secs_f64(),
            ever.as_secs_f64()
        ));
        let millis = |span: Duration| span.as_secs_f64() * 1_000.0;
        let goals = [
            (
                "call.ended comes within 2 s",
                !t.delays.is_empty() && at(&t.delays, 99) <= millis(ENDED_WITHIN),
            ),
            (
                "call.missed comes within 15 s",
                !t.missed_delays.is_empty() && at(&t.missed_delays, 99) <= millis(MISSED_WITHIN),
            ),
            (
                "nothing is lost, doubled or wrong",
                t.lost.is_empty() && t.duplicated.is_empty() && t.wrong.is_empty() && self.untaken == 0,
            ),
            ("the flood is answered 200 or 429", all == of(200) + of(429)),
            ("no run is longer than its limit and an attempt", !self.runs.1.is_empty() && ever <= RUN_WITHIN),
            ("all records come once the CRM answers, each once", h.arrived == h.due && h.doubled == 0),
        ];
        for (goal, met) in &goals {
            say(&format!("{} {goal}", if *met { "met   " } else { "MISSED" }));
        }
        goals.iter().all(|(_, met)| *met)
    }
}

/// The value that so many of a hundred do not exceed.
fn at(millis: &[f64], percent: usize) -> f64 {
    let mut sorted = millis.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or_default()
}

fn spread(millis: &[f64]) -> String {
    let [p50, p99, max] = [50, 99, 100].map(|percent| at(millis, percent));
    format!("p50 {p50:.0} ms, p99 {p99:.0} ms, max {max:.0} ms")
}
