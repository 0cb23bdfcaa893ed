//! An event that meets a running function: until the answer, until the CRM, and what it takes of the processor.

use serde_json::Value;
use simulators::outside::Failure;
use simulators::patience::PATIENCE;
use tokio::time::Instant;

use crate::args::Args;
use crate::callgrind::Callgrind;
use crate::cold::millis;
use crate::events::{self, KINDS, OF_A_CALL};
use crate::process;
use crate::report::{Report, Table};
use crate::stage::{Running, Stage};
use crate::stats::{Samples, number};
use crate::subject::{Does, Subject, TRIPS};
use crate::trips::Trips;

/// Events before those that count.
const BEFORE: u64 = 5;
/// Events of a kind between the two runs of which instructions are the difference.
const COUNTED: u64 = 10;

#[derive(Clone, Default)]
struct Found {
    answer: Samples,
    crm: Samples,
    processor: Samples,
}

/// Measures events of each kind.
pub(crate) async fn run(
    args: &Args,
    stage: &Stage,
    subjects: &[Subject],
    trips: &Trips,
    report: &mut Report,
) -> Result<(), Failure> {
    let subjects: Vec<_> =
        subjects.iter().filter(|one| matches!(one.does, Does::Events | Does::Trips)).collect();
    let mut running = Vec::new();
    for subject in &subjects {
        running.push(stage.start(subject, &stage.plain()).await?);
    }
    let mut found = vec![vec![Found::default(); KINDS.len()]; subjects.len()];
    let rounds = u64::try_from(args.rounds(200, 30))?;
    for place in 0..BEFORE + rounds {
        for (running, found) in running.iter().zip(&mut found) {
            for (kind, event) in
                of_each_kind(stage, running.does, trips, 2_000_000 + place)?.iter().enumerate()
            {
                let measured = measure(stage, running, kind, event).await?;
                if place >= BEFORE {
                    found[kind].answer.push(measured.0);
                    if let Some(crm) = measured.1 {
                        found[kind].crm.push(crm);
                    }
                    found[kind].processor.push(measured.2);
                }
            }
        }
    }
    for running in running {
        running.stop().await;
    }
    let counted = instructions(args, stage, &subjects, trips, report).await?;
    show(&subjects, &found, &counted, trips, report);
    Ok(())
}

fn of_each_kind(stage: &Stage, does: Does, trips: &Trips, place: u64) -> Result<Vec<Value>, Failure> {
    if does == Does::Events {
        return events::of_each_kind(place).iter().map(|body| events::posted(&stage.world, body)).collect();
    }
    // Events of one call meet one item, as the receiver's do.
    let place = |kind| if kind < OF_A_CALL { 2 * place } else { 2 * place + 1 };
    (0..KINDS.len()).map(|kind| trips.event(&stage.world, kind, place(kind))).collect()
}

/// Milliseconds to the answer, to the CRM if it is told at the end, and of the processor.
async fn measure(
    stage: &Stage,
    running: &Running,
    kind: usize,
    event: &Value,
) -> Result<(f64, Option<f64>, f64), Failure> {
    let process = running.process()?;
    let (spent, accepted) = (process::processor_time(process)?, stage.world.inbox.counters().accepted);
    let began = Instant::now();
    let tells = running.does == Does::Events && KINDS[kind] == "hangup";
    let mut crm = None;
    let arrives = async {
        if tells && stage.world.inbox.wait_until(|state| state.counters.accepted > accepted, PATIENCE).await {
            crm = Some(millis(began.elapsed()));
        }
    };
    let (took, _) = running.take_until(event, arrives).await?;
    Ok((millis(took), crm, process::processor_time(process)? - spent))
}

/// Thousands of instructions of an event, by subject and kind.
async fn instructions(
    args: &Args,
    stage: &Stage,
    subjects: &[&Subject],
    trips: &Trips,
    report: &mut Report,
) -> Result<Vec<Option<Vec<f64>>>, Failure> {
    let callgrind = match Callgrind::new(&args.out) {
        Ok(callgrind) => callgrind,
        Err(error) => {
            report.skip("instructions of an event", &error.to_string());
            return Ok(vec![None; subjects.len()]);
        }
    };
    let mut all = Vec::new();
    for subject in subjects {
        all.push(if subject.is_built() {
            Some(of_an_event(&callgrind, stage, subject, trips).await?)
        } else {
            None
        });
    }
    Ok(all)
}

/// Thousands of instructions of an event of each kind. Later events of a call need the ones before, so theirs are what a
/// longer call takes more.
pub(crate) async fn of_an_event(
    callgrind: &Callgrind,
    stage: &Stage,
    subject: &Subject,
    trips: &Trips,
) -> Result<Vec<f64>, Failure> {
    let mut counted = Vec::new();
    let mut place = 3_000_000;
    let mut before = 0.0;
    for kind in 0..KINDS.len() {
        let of = |events: Vec<Value>| -> Vec<Value> {
            let alone = kind >= OF_A_CALL || subject.does != Does::Events;
            if alone {
                events.into_iter().skip(kind).take(1).collect()
            } else {
                events.into_iter().take(kind + 1).collect()
            }
        };
        let mut totals = Vec::new();
        for times in [COUNTED, 2 * COUNTED] {
            let mut events = Vec::new();
            for _ in 0..times {
                place += 1;
                events.extend(of(of_each_kind(stage, subject.does, trips, place)?));
            }
            totals.push(callgrind.count(stage, subject, &stage.plain(), &events).await?);
        }
        let each = number(totals[1].saturating_sub(totals[0])) / number(COUNTED) / 1e3;
        let of_those_before =
            if subject.does == Does::Events && (1..OF_A_CALL).contains(&kind) { before } else { 0.0 };
        counted.push(each - of_those_before);
        before = each;
    }
    Ok(counted)
}

fn show(
    subjects: &[&Subject],
    found: &[Vec<Found>],
    counted: &[Option<Vec<f64>>],
    trips: &Trips,
    report: &mut Report,
) {
    let mut table = Table::new(
        "Warm events: ms, thousands of instructions; the references make the round trips before the answer",
        &[
            "event",
            "subject",
            "answer p50",
            "answer p99",
            "CRM p50",
            "CRM p99",
            "processor p50",
            "Kinstr",
            "requests",
        ],
    );
    let shown = |samples: &Samples, percent| {
        if samples.is_empty() { "-".to_owned() } else { format!("{:.2}", samples.percentile(percent)) }
    };
    for (kind, name) in Trips::kinds() {
        for ((subject, found), counted) in subjects.iter().zip(found).zip(counted) {
            let found = &found[kind];
            table.row([
                name.to_owned(),
                subject.name.to_owned(),
                shown(&found.answer, 50),
                shown(&found.answer, 99),
                shown(&found.crm, 50),
                shown(&found.crm, 99),
                shown(&found.processor, 50),
                counted.as_ref().map_or("-".to_owned(), |counted| format!("{:.0}", counted[kind])),
                if subject.does == Does::Events {
                    trips.operations(kind)
                } else {
                    "before the answer".to_owned()
                },
            ]);
        }
    }
    report.table(table);
    let of = |name: &str| subjects.iter().position(|subject| subject.name == name).unwrap_or_default();
    let (own, bare) = (of("event-receiver"), of(TRIPS));
    for (kind, name) in Trips::kinds() {
        let ratio = found[own][kind].answer.median() / found[bare][kind].answer.median();
        report.at_most(&format!("answer to {name} / bare round trips"), ratio, 1.15);
        // Of those that ask for more after the answer, only the answer is comparable.
        if let (Some(own), Some(bare), true) = (&counted[own], &counted[bare], trips.count(kind) == 2) {
            report.at_most(
                &format!("instructions of {name} / bare round trips"),
                own[kind] / bare[kind],
                1.4,
            );
        }
    }
}
