//! From an event's bytes to what is made of its leg: no process and no network, only reading and the rules.

use std::hint::black_box;
use std::time::Duration;

use ringbridge::clock::{Clock as _, SystemClock};
use ringbridge::model::call::{ArrivedEvent, CallEvent, Leg, LegExtension};
use ringbridge::model::connection::Connection;
use ringbridge::model::extension::ExtensionKind;
use ringbridge::model::ids::ExtensionId;
use ringbridge::model::number::ExtensionNumber;
use ringbridge::rules::leg::{LegReading, LegRecord, Rulebook};
use ringbridge::rules::missed;
use ringbridge::rules::whole::Whole;
use simulators::outside::Failure;
use tokio::time::Instant;

use crate::args::Args;
use crate::events;
use crate::report::{Report, Table};
use crate::stage::Stage;
use crate::stats::Samples;

/// Events of a call that a phone answers, and of the longest leg; and microseconds that they may take.
const SIZES: [(usize, f64); 2] = [(3, 15.0), (60, 100.0)];
const HOLD: Duration = Duration::from_secs(20);

/// Measures both sizes, in turn.
pub(crate) async fn run(args: &Args, stage: &Stage, report: &mut Report) -> Result<(), Failure> {
    let deps = &stage.world.deps;
    let connection =
        deps.store.connection_with(stage.world.connection, &[]).await?.0.ok_or("no connection")?;
    let bodies = SIZES.map(|(size, _)| bodies(size));
    let mut samples = SIZES.map(|_| [Samples::default(), Samples::default()]);
    for _ in 0..args.rounds(2_000, 200) {
        for (bodies, [parse, decide]) in bodies.iter().zip(&mut samples) {
            let began = Instant::now();
            let leg = parsed(bodies)?;
            let read = Instant::now();
            if !is_logged(&leg, &connection.value) {
                return Err("the leg gives no record".into());
            }
            parse.push(micros(read - began));
            decide.push(micros(read.elapsed()));
        }
    }
    let mut table = Table::new("Reading and deciding: µs (quarters)", &["events of a leg", "read", "decide"]);
    for ((size, bound), [parse, decide]) in SIZES.iter().zip(&samples) {
        table.row([size.to_string(), parse.shown(), decide.shown()]);
        let both = parse.median() + decide.median();
        // Without optimisation they would say nothing of a function.
        if cfg!(debug_assertions) {
            continue;
        }
        report.at_most(&format!("µs to read and decide a leg of {size} events"), both, *bound);
    }
    report.table(table);
    Ok(())
}

fn bodies(size: usize) -> Vec<String> {
    let call = events::answered(0);
    if size == call.len() { call } else { (0..size).map(|nth| events::of_leg(0, 0, nth)).collect() }
}

fn parsed(bodies: &[String]) -> Result<Leg, Failure> {
    let now = SystemClock.now();
    let mut events = Vec::new();
    for body in bodies {
        events.push(ArrivedEvent::new(now, CallEvent::parse(black_box(body.as_bytes()))?));
    }
    let first = events.first().ok_or("no events")?;
    let (call, leg) =
        (first.event.call_id().clone(), first.event.leg_id().cloned().ok_or("an event without a leg")?);
    let extension = LegExtension {
        id: ExtensionId::new(731_205).ok_or("no extension")?,
        kind: ExtensionKind::Phone,
        number: ExtensionNumber::parse("4821*205").ok_or("no number")?,
    };
    Ok(Leg::new(call, leg, extension, None, events))
}

/// The leg's record, and whether its call was missed.
fn is_logged(leg: &Leg, connection: &Connection) -> bool {
    let book =
        Rulebook { connection: connection.id, numbers: &connection.numbers, policy: &connection.policy };
    let reading = LegReading::new(black_box(leg), book);
    let record = reading.record();
    let legs = [leg];
    let whole = Whole::read(&leg.call_id, &legs, None, book);
    black_box(missed::decide(&whole, HOLD, SystemClock.now()));
    matches!(record, LegRecord::Logged(_))
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
