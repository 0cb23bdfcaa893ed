//! What a run came to, in a few lines.

use std::sync::atomic::Ordering;
use std::time::Duration;

use simulators::crm::Inbox;
use simulators::outside::{Traffic, Verdict};

use crate::say;

/// The most examples of one kind of failure.
const EXAMPLES: usize = 10;

/// Prints it.
pub(crate) async fn print(
    traffic: &Traffic,
    verdict: &Verdict,
    (calls, took): (usize, Duration),
    kills: usize,
    inbox: &Inbox,
) {
    let counters = inbox.counters();
    let events = traffic.events.load(Ordering::Relaxed);
    let a_second = |count: u64| u128::from(count) * 1_000 / took.as_millis().max(1);
    let rates = [u64::try_from(calls).unwrap_or(u64::MAX), events].map(a_second);
    say(&format!("calls        {calls}, {} a second; {} events a second", rates[0], rates[1]));
    say(&format!(
        "events       {events} answered 200; {} posts repeated for want of a 200",
        traffic.repeated.load(Ordering::Relaxed)
    ));
    say(&format!("kills        {kills}"));
    say(&format!(
        "crm          {} requests, {} made to fail, {} repeats known by their id",
        counters.requests, counters.failed, counters.repeats
    ));
    say(&format!("records      {}", verdict.records));
    say(&format!("lost         {}", verdict.lost.len()));
    say(&format!("duplicated   {}", verdict.duplicated.len()));
    say(&format!("wrong        {}", verdict.wrong.len()));
    say(&format!("event to answer   {}", percentiles(&traffic.answers.lock().await)));
    say(&format!("event to CRM      {}", percentiles(&verdict.delays)));
    for (what, which) in
        [("lost", &verdict.lost), ("duplicated", &verdict.duplicated), ("wrong", &verdict.wrong)]
    {
        examples(what, which);
    }
}

/// Prints some of what is not right.
pub(crate) fn examples(what: &str, which: &[String]) {
    for one in which.iter().take(EXAMPLES) {
        say(&format!("  {what}: {one}"));
    }
}

fn percentiles(millis: &[f64]) -> String {
    let mut sorted = millis.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at =
        |percent: usize| sorted.get(sorted.len() * percent / 100).or(sorted.last()).copied().unwrap_or(0.0);
    format!("p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms", at(50), at(95), at(99))
}
