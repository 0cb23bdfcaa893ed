//! What is met on the way to 100,000 connections: simulates busy hours by the model of `tests/support/scale`, whose
//! calls are measured first. `cargo run --release -p integration-tests --bin scale`; `--help` says the rest.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use lexopt::prelude::{Long, Short, ValueExt as _};
use simulators::scale::settings::{assumed, documented};
use simulators::scale::{Load, Outcome, Scenario, Settings, simulate};
use simulators::template;
use simulators::usage::{self, CALLS, Failure};

const HELP: &str = "\
Simulates a busy hour, ordinary and not, for some numbers of connections.

  --connections N  for so many connections; repeatable (100, 1000, 10000)
  --batches N      QueueConcurrency (as in the template)
  --receivers N    EventConcurrency (as in the template)
  --minutes N      how long calls begin (20)
  --seed N         from this everything follows (1)
  --help           this text";

const SCENARIOS: [(&str, Scenario); 4] = [
    ("ordinary", Scenario::Ordinary),
    ("1 CRM in 10 hangs", Scenario::TenthHangs),
    ("one hangs", Scenario::OneHangs),
    ("one floods", Scenario::OneFloods),
];

/// A row: its name, what stands in it, and the limit that it comes up against.
type Row = (&'static str, fn(&Outcome) -> u64, fn(&Settings) -> u64);

const NONE: fn(&Settings) -> u64 = |_| 0;
const ROWS: [Row; 13] = [
    ("events in a second", |one| one.events.into(), |settings| settings.api_rate.into()),
    ("event receivers at once", |one| number(one.receivers), |settings| number(settings.receivers)),
    ("events refused for want of one", |one| one.refused.into(), NONE),
    ("events refused as a flood", |one| one.flooded.into(), NONE),
    ("write units in a second", |one| one.units.into(), |_| documented::TABLE_WRITES.into()),
    (
        "  of these, hottest partition of `due`",
        |one| one.due_writes.into(),
        |_| documented::PARTITION_WRITES.into(),
    ),
    ("messages in a minute", |one| one.messages.into(), NONE),
    ("batches of the queue at once", |one| number(one.batches), |settings| number(settings.batches)),
    ("another customer's record waits, seconds", |one| one.waited.as_secs(), NONE),
    ("theirs, after the outage, seconds", |one| one.recovered.as_secs(), NONE),
    ("oldest due, seconds", |one| one.oldest_due.as_secs(), NONE),
    ("sweeps that time ended", |one| one.unswept.into(), NONE),
    ("records left after hours", |one| number(one.left), NONE),
];

struct Args {
    connections: Vec<u32>,
    batches: Option<usize>,
    receivers: Option<usize>,
    span: Duration,
    seed: u64,
}

fn say(line: &str) {
    // A closed terminal is no reason to stop.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let done = match parse(lexopt::Parser::from_env()) {
        Ok(Some(args)) => run(args).await,
        Ok(None) => {
            say(HELP);
            Ok(())
        }
        Err(error) => Err(format!("{error}; try --help").into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Reads the command line; nothing, if it asks for help.
fn parse(mut parser: lexopt::Parser) -> Result<Option<Args>, lexopt::Error> {
    let (connections, batches, receivers) = (Vec::new(), None, None);
    let mut args = Args { connections, batches, receivers, span: Duration::from_mins(20), seed: 1 };
    while let Some(arg) = parser.next()? {
        match arg {
            Long("connections") => args.connections.push(parser.value()?.parse::<u32>()?.max(1)),
            Long("batches") => args.batches = Some(parser.value()?.parse::<usize>()?.max(1)),
            Long("receivers") => args.receivers = Some(parser.value()?.parse::<usize>()?.max(1)),
            Long("minutes") => args.span = Duration::from_mins(parser.value()?.parse::<u64>()?.max(1)),
            Long("seed") => args.seed = parser.value()?.parse()?,
            Long("help") | Short('h') => return Ok(None),
            Long(_) | Short(_) | lexopt::Arg::Value(_) => return Err(arg.unexpected()),
        }
    }
    if args.connections.is_empty() {
        args.connections = vec![100, 1_000, 10_000];
    }
    Ok(Some(args))
}

async fn run(args: Args) -> Result<(), Failure> {
    let template = template::read(include_str!("../../infra/template.yaml")).ok_or("no template")?;
    let mut settings = Settings::of(&template).ok_or("the template lacks something")?;
    settings.batches = args.batches.unwrap_or(settings.batches);
    settings.receivers = args.receivers.unwrap_or(settings.receivers);
    let mut profiles = Vec::new();
    for (_, text) in CALLS {
        profiles.push(usage::profile(text).await?);
    }
    say(&format!(
        "A busy hour: {} calls for each connection. CRMs hang for {} minutes; one hangs with {} records that wait; one\n\
         URL brings {} events a second. Where seconds and minutes are counted, the fullest.",
        assumed::CALLS_AN_HOUR,
        assumed::OUTAGE.as_secs() / 60,
        assumed::BACKLOG,
        assumed::FLOOD
    ));
    let (span, seed) = (args.span, args.seed);
    for connections in args.connections {
        let hour = |scenario| simulate(&Load { connections, span, scenario, seed }, &profiles, &settings);
        let hours: Vec<_> = SCENARIOS.iter().map(|(_, scenario)| hour(*scenario)).collect();
        let names = SCENARIOS.iter().map(|(name, _)| format!("{name:>18}")).collect::<Vec<_>>().concat();
        say(&format!("\n{:<42}{names}{:>12}", format!("{connections} connections"), "limit"));
        for (name, shown, limit) in ROWS {
            let cells = hours.iter().map(|one| format!("{:>18}", shown(one))).collect::<Vec<_>>().concat();
            let limit = match limit(&settings) {
                0 => String::new(),
                limit => limit.to_string(),
            };
            say(&format!("{name:<42}{cells}{limit:>12}"));
        }
    }
    Ok(())
}
