//! One event of the receiver: among many connections, late in a long leg, in a call of many legs.

use ringbridge::model::connection::Connection;
use ringbridge::model::ids::ConnectionId;
use ringbridge::storage::Stored;
use serde_json::Value;
use simulators::outside::Failure;

use super::{FLAT, row};
use crate::args::Args;
use crate::cold::millis;
use crate::events;
use crate::report::{Report, Table};
use crate::stage::{Running, Stage};
use crate::stats::{Samples, number};
use crate::subject::{Does, Subject, TRIPS};
use crate::svg::Chart;
use crate::trips::Trips;

/// Events of the longest leg.
const EVENTS: usize = 60;
/// Legs of the largest call.
const LEGS: usize = 500;
/// Points of a curve.
const POINTS: usize = 20;

pub(super) async fn run(
    args: &Args,
    built: &[Subject],
    table: &mut Table,
    report: &mut Report,
) -> Result<(), Failure> {
    connections(args, &built[0], table, report).await?;
    let stage = Stage::new(&args.out).await?;
    let running = stage.start(&built[0], &stage.plain()).await?;
    let rounds = u64::try_from(args.rounds(15, 4))?;
    let posted = |body: String| events::posted(&stage.world, &body);
    let leg = curve(&running, rounds, EVENTS, |call, nth| posted(events::of_leg(call, 0, nth))).await?;
    running.stop().await;
    // The write brings back the whole leg: what that costs whoever asks for it, and the database.
    let trips = (0..EVENTS).map(|nth| events::of_leg(rounds, 0, nth));
    let trips = Trips::record(&stage, &built[0], trips).await?;
    let bare =
        built.iter().find(|subject| subject.does == Does::Trips).ok_or("no function for round trips")?;
    let running = stage.start(bare, &stage.plain()).await?;
    let bare = curve(&running, rounds, EVENTS, |call, nth| trips.event(&stage.world, nth, call)).await?;
    show(table, report, ("leg", "events of a leg"), &leg, Some(&bare));
    running.stop().await;
    // Another process, and one round: a thousand events of one URL are a flood.
    let running = stage.start(&built[0], &stage.plain()).await?;
    let legs = args.rounds(LEGS, 100);
    let call = curve(&running, 1, legs, |call, nth| posted(events::of_leg(call + 1_000, nth, 0))).await?;
    show(table, report, ("legs", "legs of a call"), &call, None);
    running.stop().await;
    Ok(())
}

/// Two worlds side by side, so that both meet the same moments of a busy machine.
async fn connections(
    args: &Args,
    receiver: &Subject,
    table: &mut Table,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut sizes = vec![1, 1_000];
    if args.large {
        sizes.push(100_000);
    }
    let mut worlds = Vec::new();
    for size in &sizes {
        let stage = Stage::new(&args.out).await?;
        fill(&stage, *size).await?;
        let running = stage.start(receiver, &stage.plain()).await?;
        worlds.push((stage, running, Samples::default()));
    }
    for place in 0..u64::try_from(args.rounds(100, 30))? {
        for (stage, running, samples) in &mut worlds {
            samples.push(taken(running, &events::posted(&stage.world, &events::answered(place)[0])?).await?);
        }
    }
    let points: Vec<_> =
        sizes.iter().zip(&worlds).map(|(size, world)| (number(*size), world.2.median())).collect();
    let (small, large) = (points[0], points[points.len() - 1]);
    let ratio = row(table, "connections: ms of an answer", named(small), named(large));
    report.at_most("an event among many connections / among one", ratio, FLAT);
    report.chart(Chart {
        name: "connections",
        title: "One event among other connections".to_owned(),
        across: "connections",
        up: "ms to the answer",
        curves: vec![("event-receiver".to_owned(), points)],
    });
    Ok(())
}

/// Adds connections like the first one.
async fn fill(stage: &Stage, size: u64) -> Result<(), Failure> {
    let deps = &stage.world.deps;
    let first = deps.store.connection_with(stage.world.connection, &[]).await?.0.ok_or("no connection")?;
    for _ in 1..size {
        let id = ConnectionId::random(deps.random.as_ref());
        deps.store.save_connection(&Stored::new(Connection { id, ..first.value.clone() })).await?;
    }
    Ok(())
}

/// Medians of the answers to the nth of several events that belong together.
async fn curve(
    running: &Running,
    rounds: u64,
    length: usize,
    event: impl Fn(u64, usize) -> Result<Value, Failure>,
) -> Result<Vec<Samples>, Failure> {
    let mut samples = vec![Samples::default(); length];
    for call in 0..rounds {
        for (nth, samples) in samples.iter_mut().enumerate() {
            samples.push(taken(running, &event(call, nth)?).await?);
        }
    }
    Ok(samples)
}

async fn taken(running: &Running, event: &Value) -> Result<f64, Failure> {
    Ok(millis(running.take(event).await?.0))
}

/// The curve, and its last tenth over its first; the same of bare round trips beside it, if there are any.
fn show(
    table: &mut Table,
    report: &mut Report,
    (name, what): (&'static str, &'static str),
    curve: &[Samples],
    bare: Option<&[Samples]>,
) {
    let (points, ratio) = grown(table, what, curve);
    report.at_most(&format!("an event late among {what} / early"), ratio, FLAT);
    let mut curves = vec![("event-receiver".to_owned(), points)];
    curves.extend(
        bare.map(|bare| (TRIPS.to_owned(), grown(table, &format!("{what}, bare round trips"), bare).0)),
    );
    let title = format!("One event by {what}");
    report.chart(Chart { name, title, across: what, up: "ms to the answer", curves });
}

/// A curve's points, and its last tenth over its first.
fn grown(table: &mut Table, what: &str, curve: &[Samples]) -> (Vec<(f64, f64)>, f64) {
    let width = curve.len().div_ceil(POINTS);
    let points: Vec<_> = curve
        .chunks(width)
        .enumerate()
        .map(|(place, chunk)| {
            let median: Samples = chunk.iter().map(Samples::median).collect();
            (count(place * width + 1), median.median())
        })
        .collect();
    let tenth = points.len().div_ceil(10).max(1);
    let of = |points: &[(f64, f64)]| points.iter().map(|(_, y)| *y).collect::<Samples>().median();
    // The very first event of a call also makes its items.
    let small = (points[0].0, of(&points[..=tenth.min(points.len() - 1)]));
    let large = (points[points.len() - 1].0, of(&points[points.len() - tenth..]));
    let ratio = row(table, &format!("{what}: ms of an answer"), named(small), named(large));
    (points, ratio)
}

fn named((size, figure): (f64, f64)) -> (String, f64) {
    (format!("{size:.0}"), figure)
}

fn count(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
