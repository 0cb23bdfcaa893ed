//! At how many connections each limit is met: doubling, then halving the gap.

use std::collections::BTreeMap;

use integration_tests::scale::settings::documented;
use integration_tests::scale::{Outcome, Settings};

use crate::{BATCHES, Hours, Model, say};

/// More is not looked at.
const MOST: u32 = 64_000;
/// How near two numbers are that count as one.
const NEAR: f64 = 1.15;

/// A limit: its name, the mode in which it is looked for, and whether an hour met it.
type Limit = (String, usize, fn(&Outcome, &Settings) -> bool);

pub(crate) fn print(model: &Model<'_>) {
    say("\nConnections from which on each limit is met, each as if the others were raised\n");
    say(&format!("  {:<68}{:>10}{:>10}", "", "ordinary", "outage"));
    let mut seen = BTreeMap::new();
    for (name, mode, met) in limits(&model.settings) {
        let mut search = |pick: fn(&Hours) -> &Outcome| {
            first(|count| {
                let hours = seen.entry(count).or_insert_with(|| model.hours(count));
                hours.get(mode).is_some_and(|hours| met(pick(hours), &model.settings))
            })
        };
        let shown = |found: Option<u32>| found.map_or(format!("> {MOST}"), |count| count.to_string());
        let (ordinary, outage) = (shown(search(|hours| &hours.0)), shown(search(|hours| &hours.1)));
        say(&format!("  {name:<68}{ordinary:>10}{outage:>10}"));
    }
}

fn limits(settings: &Settings) -> Vec<Limit> {
    let minutes = settings.alarm.as_secs() / 60;
    vec![
        (
            format!("QueueConcurrency: {}: calls due for {minutes} minutes", settings.queue_concurrency),
            1,
            |one, settings| one.oldest_call >= settings.alarm,
        ),
        (format!("the sweep beside it: anything due for {minutes} minutes"), 1, |one, settings| {
            one.oldest >= settings.alarm
        }),
        (format!("EventConcurrency: {}", settings.event_concurrency), 1, |one, settings| {
            one.receivers > settings.event_concurrency
        }),
        (format!("functions in an account: {}", documented::FUNCTIONS), 1, |one, _| {
            one.receivers > documented::FUNCTIONS
        }),
        (format!("the API's throttle: {} a second", settings.api_rate), 0, |one, _| one.throttled > 0),
        (format!("a partition of `due`: {} writes a second", documented::PARTITION_WRITES), 2, |one, _| {
            one.heat.due_writes > documented::PARTITION_WRITES
        }),
        (format!("the table: {} write units a second", documented::TABLE_WRITES), 2, |one, _| {
            one.heat.table_units > documented::TABLE_WRITES
        }),
        (format!("QueueConcurrency: {BATCHES}: calls due for {minutes} minutes"), 2, |one, settings| {
            one.oldest_call >= settings.alarm
        }),
        (format!("the sweep beside it: anything due for {minutes} minutes"), 2, |one, settings| {
            one.oldest >= settings.alarm
        }),
    ]
}

/// The least number for which it holds, near enough; nothing, if it doesn't for the most.
fn first(mut holds: impl FnMut(u32) -> bool) -> Option<u32> {
    let mut high = 125;
    while !holds(high) {
        high *= 2;
        if high > MOST {
            return None;
        }
    }
    let mut low = high / 2;
    while f64::from(high) / f64::from(low.max(1)) > NEAR {
        let middle = rounded(u32::midpoint(low, high));
        if middle <= low || middle >= high {
            break;
        }
        if holds(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

/// To two digits, so that searches meet.
fn rounded(number: u32) -> u32 {
    let mut unit = 1;
    while number / unit >= 100 {
        unit *= 10;
    }
    (number + unit / 2) / unit * unit
}
