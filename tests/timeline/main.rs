//! The model of time as a command: any number of calls from any seed, in any weather, and any one of them again.

use std::io::Write as _;
use std::process::ExitCode;

use lexopt::prelude::{Long, Short, ValueExt as _};
use simulators::model::{Plan, Weather, run};

const HELP: &str = "\
Tells calls, plays their events to the product by a clock of its own, and checks every record.

  --calls N     how many calls (10000)
  --seed N      from this all follows (1)
  --first N     the number of the first call (0); with --calls 1 it is that call alone
  --calm        every event once, at its moment
  --lossy       most calls lose some events, and the history tells of them
  --quirky      with --lossy: some hangups have no status, a duration that can't be, or a second one after them
  --faults N    how many of 1000 attempts at the CRM fail
  --show N      how many failures are shown in full (5)
  --help        this text
";

struct Args {
    plan: Plan,
    show: usize,
}

fn say(text: &str) {
    // A closed terminal is no reason to stop.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

fn parse(mut parser: lexopt::Parser) -> Result<Option<Args>, lexopt::Error> {
    let plan = Plan { seed: 1, first: 0, calls: 10_000, weather: Weather::ROUGH };
    let mut args = Args { plan, show: 5 };
    while let Some(arg) = parser.next()? {
        match arg {
            Long("calls") => args.plan.calls = parser.value()?.parse()?,
            Long("seed") => args.plan.seed = parser.value()?.parse()?,
            Long("first") => args.plan.first = parser.value()?.parse()?,
            Long("calm") => args.plan.weather = Weather::CALM,
            Long("lossy") => args.plan.weather = Weather::LOSSY,
            Long("quirky") => args.plan.weather.quirky = true,
            Long("faults") => args.plan.weather.crm_faults = parser.value()?.parse()?,
            Long("show") => args.show = parser.value()?.parse()?,
            Long("help") | Short('h') => return Ok(None),
            Long(_) | Short(_) | lexopt::Arg::Value(_) => return Err(arg.unexpected()),
        }
    }
    Ok(Some(args))
}

fn main() -> ExitCode {
    let args = match parse(lexopt::Parser::from_env()) {
        Ok(Some(args)) => args,
        Ok(None) => {
            say(HELP);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            say(&format!("{error}; try --help"));
            return ExitCode::from(2);
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            say(&format!("no runtime: {error}"));
            return ExitCode::from(2);
        }
    };
    let report = runtime.block_on(run(args.plan));
    say(&report.text(args.show));
    if report.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
