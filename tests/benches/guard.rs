//! What must not grow unnoticed: instructions of an event and zipped sizes within a twentieth of the committed figures,
//! requests and units exactly.

use std::env::consts::ARCH;

use simulators::outside::Failure;
use simulators::usage::{self, CALLS};

use crate::args::Args;
use crate::callgrind::Callgrind;
use crate::cold::zipped;
use crate::figures::{Figures, Group, NEAR, is_near};
use crate::report::{Report, Table, say};
use crate::stage::Stage;
use crate::subject::{Does, Subject};
use crate::trips::Trips;
use crate::warm;

/// Compares, or writes the figures anew; answers whether all is as committed.
pub(crate) async fn run(
    args: &Args,
    stage: &Stage,
    functions: &[Subject],
    trips: &Trips,
    report: &mut Report,
) -> Result<bool, Failure> {
    let found = Figures {
        architecture: ARCH.to_owned(),
        instructions: instructions(args, stage, functions, trips, report).await?,
        requests: requests().await?,
        zipped: sizes(functions)?,
    };
    if args.write {
        if found.instructions.is_empty() {
            return Err("without Valgrind there are no instructions to write".into());
        }
        say(&format!("written: {}", found.write()?.display()));
        return Ok(true);
    }
    let committed = Figures::read()?;
    let mut table = Table::new("Guard", &["what", "found", "committed", ""]);
    let mut all = compare(&mut table, "", &found.requests, &committed.requests, 0.0);
    if found.architecture == committed.architecture {
        all &= compare(&mut table, "MB zipped, ", &found.zipped, &committed.zipped, NEAR);
        if !found.instructions.is_empty() {
            all &= compare(&mut table, "Kinstr, ", &found.instructions, &committed.instructions, NEAR);
        }
    } else {
        let why = format!("the committed figures are of {}, this is {ARCH}", committed.architecture);
        report.skip("guard on sizes and instructions", &why);
    }
    report.table(table);
    Ok(all)
}

fn compare(table: &mut Table, of: &str, found: &Group, committed: &Group, share: f64) -> bool {
    let mut all = true;
    for name in found.keys().chain(committed.keys().filter(|name| !found.contains_key(*name))) {
        let (one, other) = (found.get(name), committed.get(name));
        let near = matches!((one, other), (Some(one), Some(other)) if is_near(*one, *other, share));
        all &= near;
        let shown = |figure: Option<&f64>| figure.map_or("-".to_owned(), |figure| format!("{figure:.2}"));
        let verdict = if near { "ok" } else { "MOVED" };
        table.row([format!("{of}{name}"), shown(one), shown(other), verdict.to_owned()]);
    }
    all
}

async fn instructions(
    args: &Args,
    stage: &Stage,
    functions: &[Subject],
    trips: &Trips,
    report: &mut Report,
) -> Result<Group, Failure> {
    let callgrind = match Callgrind::new(&args.out) {
        Ok(callgrind) => callgrind,
        Err(error) => {
            report.skip("guard on instructions", &error.to_string());
            return Ok(Group::new());
        }
    };
    let mut group = Group::new();
    for subject in functions.iter().filter(|one| one.does == Does::Events) {
        let counted = warm::of_an_event(&callgrind, stage, subject, trips).await?;
        for (kind, name) in Trips::kinds() {
            group.insert(format!("{}: {name}", subject.name), counted[kind]);
        }
    }
    Ok(group)
}

async fn requests() -> Result<Group, Failure> {
    let mut group = Group::new();
    for (name, text) in CALLS {
        let usage = usage::measure(text).await?;
        for (nth, event) in usage.events.iter().enumerate() {
            group.insert(format!("{name}: requests of event {}", nth + 1), f64::from(event.dynamodb()));
        }
        let all = usage.all();
        group.insert(format!("{name}: write units"), f64::from(all.write_units));
        group.insert(format!("{name}: read units"), all.read_units());
        group.insert(format!("{name}: messages"), f64::from(all.reminders + all.queue));
        group.insert(format!("{name}: requests to the CRM"), f64::from(all.crm));
    }
    Ok(group)
}

fn sizes(functions: &[Subject]) -> Result<Group, Failure> {
    functions.iter().map(|subject| Ok((subject.name.to_owned(), zipped(&subject.program.path)?))).collect()
}
