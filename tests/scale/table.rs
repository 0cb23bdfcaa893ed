//! The tables: for each mode what each number of connections meets, in an ordinary hour / in one with an outage.

use std::time::Duration;

use integration_tests::scale::Outcome;
use integration_tests::scale::settings::assumed;

use crate::{Hours, Model, say};

/// A row: its name, and what stands in it.
type Row = (&'static str, fn(&Outcome) -> String);

const ROWS: [Row; 15] = [
    ("events a second", |one| format!("{:.1}", one.events)),
    ("event receivers at once", |one| one.receivers.to_string()),
    ("events refused, of 100", |one| percent(one.throttled + one.refused, one.taken)),
    ("table: write units in a second", |one| one.heat.table_units.to_string()),
    ("hottest `due` partition, writes", |one| one.heat.due_writes.to_string()),
    ("hottest `calls` partition, writes", |one| one.heat.list_writes.to_string()),
    ("hottest connection, reads", |one| one.heat.reads.to_string()),
    ("messages in a minute", |one| one.heat.most_messages.to_string()),
    ("oldest call due, minutes", |one| minutes(one.oldest_call)),
    ("oldest of anything due, minutes", |one| minutes(one.oldest)),
    ("  as the runs report it", |one| minutes(one.reported)),
    ("runs without a sweep + timed out", |one| format!("{}+{}", one.unswept, one.killed)),
    ("backlog gone after, minutes", |one| one.backlog.map_or("no".to_owned(), minutes)),
    ("PBX requests an hour, at most", |one| one.pbx.to_string()),
    ("busiest CRM, requests in a second", |one| one.heat.crm.to_string()),
];

pub(crate) fn print(model: &Model<'_>, hours: &[(u32, Vec<Hours>)]) {
    say(&format!(
        "A busy hour: {} calls for each connection; in the second figure of each pair one CRM in {} hangs for {} minutes.\n\
         Where seconds and minutes are counted, the fullest.",
        assumed::CALLS_AN_HOUR,
        assumed::HANGS_ONE_IN,
        assumed::OUTAGE.as_secs() / 60
    ));
    let names = [
        format!(
            "The template as it is: {} event receivers, {} events a second, QueueConcurrency={}",
            model.settings.event_concurrency, model.settings.api_rate, model.settings.queue_concurrency
        ),
        "With room for every event".to_owned(),
        format!(
            "With room for every event; QueueConcurrency={} RetryConcurrency={}",
            model.modes[2].queue_concurrency, model.modes[2].retry_concurrency
        ),
    ];
    for (mode, name) in names.iter().enumerate() {
        say(&format!("\n{name}\n"));
        let columns: Vec<_> = hours.iter().map(|(count, _)| format!("{count:>19}")).collect();
        say(&format!("  {:<34}{}", "connections", columns.join("")));
        for (row, shown) in ROWS {
            let cells = hours.iter().filter_map(|(_, modes)| modes.get(mode)).map(|(ordinary, outage)| {
                let (ordinary, outage) = (shown(ordinary), shown(outage));
                let cell = if ordinary == outage { ordinary } else { format!("{ordinary} / {outage}") };
                format!("{cell:>19}")
            });
            say(&format!("  {row:<34}{}", cells.collect::<String>()));
        }
    }
}

fn percent(refused: u64, taken: u64) -> String {
    let all = (refused + taken).max(1);
    if refused == 0 { "0".to_owned() } else { format!("{}", (refused * 100).div_ceil(all)) }
}

fn minutes(span: Duration) -> String {
    format!("{}", (span.as_secs() + 30) / 60)
}
