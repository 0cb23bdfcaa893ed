//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::{Long, Short, ValueExt as _};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Three customers of one local runner: the CRM of one hangs, an event URL of the second is flooded, and the calls of the
third must not suffer from either.

  --seconds N        how long calls are played beside the trouble (150; the flood is refused from the 23rd second on)
  --rate N           calls a second of the third customer (2)
  --flood N          events a second on the one URL (50)
  --due N            records that wait for the CRM that hangs (1000)
  --seed N           from this all calls follow (1)
  --patience SECS    how long to wait for the last records of each (420: a CRM that hangs is left alone for 5 minutes)
  --runner PATH      the runner (ringbridge-local beside this program)
  --help             this text
";

/// What the command line says.
#[derive(Clone, Debug)]
pub(crate) struct Args {
    /// How long.
    pub(crate) seconds: Duration,
    /// Calls a second.
    pub(crate) rate: u32,
    /// Events a second on the flooded URL.
    pub(crate) flood: u32,
    /// Records for the CRM that hangs.
    pub(crate) due: usize,
    /// From this all calls follow.
    pub(crate) seed: u64,
    /// For the last records.
    pub(crate) patience: Duration,
    /// The runner.
    pub(crate) runner: Option<PathBuf>,
    /// Whether to say how it is used.
    pub(crate) help: bool,
}

/// Reads the command line.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Args, lexopt::Error> {
    let mut args = Args {
        seconds: Duration::from_secs(150),
        rate: 2,
        flood: 50,
        due: 1_000,
        seed: 1,
        patience: Duration::from_mins(7),
        runner: None,
        help: false,
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Long("seconds") => args.seconds = Duration::from_secs(parser.value()?.parse()?),
            Long("rate") => args.rate = parser.value()?.parse::<u32>()?.max(1),
            Long("flood") => args.flood = parser.value()?.parse::<u32>()?.max(1),
            Long("due") => args.due = parser.value()?.parse()?,
            Long("seed") => args.seed = parser.value()?.parse()?,
            Long("patience") => args.patience = Duration::from_secs(parser.value()?.parse()?),
            Long("runner") => args.runner = Some(parser.value()?.into()),
            Long("help") | Short('h') => args.help = true,
            Long(_) | Short(_) | lexopt::Arg::Value(_) => return Err(arg.unexpected()),
        }
    }
    Ok(args)
}
