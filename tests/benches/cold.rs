//! From nothing to the first answer: time, instructions and memory of a start, and the size of what is deployed.

use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde_json::Value;
use simulators::outside::Failure;

use crate::args::Args;
use crate::callgrind::Callgrind;
use crate::events;
use crate::process;
use crate::report::{Report, Table};
use crate::stage::{Endpoints, Running, Stage};
use crate::stats::{Samples, number};
use crate::subject::{CLIENTS, Does, FUNCTIONS, NODE, PYTHON, Subject};
use crate::trips::Trips;

/// Answers of a run, of which all but the first one count as warm.
const WARM: u64 = 5;

/// The same by what a subject does: a retry run waits for its queue's last word.
const fn answers(does: Does) -> u64 {
    if matches!(does, Does::Schedule) { 2 } else { WARM }
}

#[derive(Default)]
struct Found {
    next: Samples,
    answer: Samples,
    cold: Samples,
    loaded: Samples,
    secure_next: Samples,
    secure_first: Samples,
    secure_warm: Samples,
}

/// Measures the start of all subjects.
pub(crate) async fn run(
    args: &Args,
    stage: &Stage,
    subjects: &[Subject],
    trips: &Trips,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut found: Vec<Found> = subjects.iter().map(|_| Found::default()).collect();
    let mut place = 1_000_000;
    for _ in 0..args.rounds(15, 5) {
        for (subject, found) in subjects.iter().zip(&mut found) {
            place += 2 * WARM;
            plain(stage, subject, trips, place, found).await?;
            secure(stage, subject, trips, place + WARM, found).await?;
        }
    }
    let instructions = instructions(args, stage, subjects, report).await?;
    tables(subjects, &found, &instructions, report)?;
    goals(subjects, &found, report)
}

/// An event that a subject takes.
pub(crate) fn event(stage: &Stage, does: Does, trips: &Trips, place: u64) -> Result<Value, Failure> {
    match does {
        Does::Events => events::posted(&stage.world, &events::answered(place)[0]),
        Does::Settings => events::request("GET", "/healthz", "", ""),
        Does::Schedule => Ok(serde_json::from_str(include_str!("../fixtures/lambda/schedule.json"))?),
        Does::Trips => trips.event(&stage.world, 0, place),
        Does::Nothing => events::request("GET", "/", "", ""),
    }
}

async fn plain(
    stage: &Stage,
    subject: &Subject,
    trips: &Trips,
    place: u64,
    found: &mut Found,
) -> Result<(), Failure> {
    let running = stage.start(subject, &stage.plain()).await?;
    found.cold.push(process::peak_memory(running.process()?)?);
    let (took, _) = running.take(&event(stage, subject.does, trips, place)?).await?;
    found.next.push(millis(running.started));
    found.answer.push(millis(running.started + took));
    for later in 1..answers(subject.does) {
        running.take(&event(stage, subject.does, trips, place + later)?).await?;
    }
    found.loaded.push(process::peak_memory(running.process()?)?);
    running.stop().await;
    Ok(())
}

async fn secure(
    stage: &Stage,
    subject: &Subject,
    trips: &Trips,
    place: u64,
    found: &mut Found,
) -> Result<(), Failure> {
    let running: Running = stage.start(subject, &stage.secure()).await?;
    found.secure_next.push(millis(running.started));
    for nth in 0..answers(subject.does) {
        let (took, _) = running.take(&event(stage, subject.does, trips, place + nth)?).await?;
        let samples = if nth == 0 { &mut found.secure_first } else { &mut found.secure_warm };
        samples.push(millis(took));
    }
    running.stop().await;
    Ok(())
}

/// Of each that is compiled, in millions.
async fn instructions(
    args: &Args,
    stage: &Stage,
    subjects: &[Subject],
    report: &mut Report,
) -> Result<Vec<Option<f64>>, Failure> {
    let callgrind = match Callgrind::new(&args.out) {
        Ok(callgrind) => callgrind,
        Err(error) => {
            report.skip("instructions of a start", &error.to_string());
            return Ok(vec![None; subjects.len()]);
        }
    };
    let mut counted = Vec::new();
    for subject in subjects {
        counted.push(if subject.is_built() {
            Some(start(&callgrind, stage, subject, &stage.plain()).await?)
        } else {
            None
        });
    }
    Ok(counted)
}

/// Millions of instructions until the first event is asked for.
pub(crate) async fn start(
    callgrind: &Callgrind,
    stage: &Stage,
    subject: &Subject,
    to: &Endpoints,
) -> Result<f64, Failure> {
    Ok(number(callgrind.count(stage, subject, to, &[]).await?) / 1e6)
}

fn tables(
    subjects: &[Subject],
    found: &[Found],
    instructions: &[Option<f64>],
    report: &mut Report,
) -> Result<(), Failure> {
    let mut cold = Table::new(
        "Cold start: ms (quarters), millions of instructions, MB",
        &["subject", "first next", "first answer", "Minstr", "peak cold", "peak loaded", "zipped"],
    );
    let mut secure = Table::new(
        "Over TLS to loopback: ms (quarters)",
        &["subject", "first next", "first answer", "warm answer", "first / warm"],
    );
    for ((subject, found), counted) in subjects.iter().zip(found).zip(instructions) {
        let size = if subject.is_built() {
            format!("{:.2}", zipped(&subject.program.path)?)
        } else {
            "-".to_owned()
        };
        cold.row([
            subject.name.to_owned(),
            found.next.shown(),
            found.answer.shown(),
            counted.map_or("-".to_owned(), |counted| format!("{counted:.1}")),
            format!("{:.1}", found.cold.median()),
            format!("{:.1}", found.loaded.median()),
            size,
        ]);
        secure.row([
            subject.name.to_owned(),
            found.secure_next.shown(),
            found.secure_first.shown(),
            found.secure_warm.shown(),
            format!("{:.2}", found.secure_first.median() / found.secure_warm.median()),
        ]);
    }
    report.table(cold);
    report.table(secure);
    Ok(())
}

fn goals(subjects: &[Subject], found: &[Found], report: &mut Report) -> Result<(), Failure> {
    let of = |name: &str| subjects.iter().position(|subject| subject.name == name);
    let clients = of(CLIENTS).ok_or("no function with clients")?;
    for name in FUNCTIONS {
        let place = of(name).ok_or("a function is missing")?;
        let bound = if name == "settings-api" { 1.2 } else { 1.1 };
        let next = found[place].next.median();
        report.at_most(&format!("start, {name} / same clients"), next / found[clients].next.median(), bound);
        report.at_most(&format!("MB cold, {name}"), found[place].cold.median(), 8.0);
        report.at_most(&format!("MB loaded, {name}"), found[place].loaded.median(), 16.0);
        report.at_most(&format!("MB zipped, {name}"), zipped(&subjects[place].program.path)?, 3.0);
    }
    let receiver = of(FUNCTIONS[0]).ok_or("no receiver")?;
    for (name, bound) in [(NODE, 13.0), (PYTHON, 28.0)] {
        if let Some(place) = of(name) {
            let ratio = found[place].next.median() / found[receiver].next.median();
            report.at_least(&format!("start, {name} / event-receiver"), ratio, bound);
        }
    }
    let ratio = found[receiver].secure_first.median() / found[receiver].secure_warm.median();
    report.at_most("first answer over TLS / warm one, event-receiver", ratio, 1.2);
    Ok(())
}

/// Megabytes, compressed as in a zip file.
pub(crate) fn zipped(path: &Path) -> Result<f64, Failure> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&std::fs::read(path)?)?;
    Ok(number(u64::try_from(encoder.finish()?.len())?) / 1e6)
}

/// Milliseconds.
pub(crate) fn millis(time: std::time::Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
