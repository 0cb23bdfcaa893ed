//! The command line of the live run.

use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::{Long, Short, ValueExt as _};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Plays calls through the local runner into a CRM that really runs, behind a proxy that fails, while the runner is killed;
then reads the CRM back over its own API. `.ci/bottlecrm` starts the CRM and calls this.

  --seed-file PATH   who is in the CRM: JSON with `url`, `profiles` and the administrator's `token` (must be given)
  --calls N          how many calls (220)
  --rate N           calls a second, as far as the machine keeps up (4)
  --seed N           from this all calls, orders and faults follow (1)
  --kills N          how often the runner is killed and started again on its data (6)
  --patience SECS    how long to wait for the last records after the last event (180)
  --runner PATH      the runner (ringbridge-local beside this program)
  --help             this text
";

/// What the command line says.
#[derive(Clone, Debug)]
pub(crate) struct Args {
    /// Who is in the CRM.
    pub(crate) seed_file: PathBuf,
    /// How many calls.
    pub(crate) calls: usize,
    /// Calls a second.
    pub(crate) rate: u32,
    /// From this everything follows.
    pub(crate) seed: u64,
    /// How often the runner is killed.
    pub(crate) kills: u32,
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
        seed_file: PathBuf::new(),
        calls: 220,
        rate: 4,
        seed: 1,
        kills: 6,
        patience: Duration::from_mins(3),
        runner: None,
        help: false,
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Long("seed-file") => args.seed_file = parser.value()?.into(),
            Long("calls") => args.calls = parser.value()?.parse()?,
            Long("rate") => args.rate = parser.value()?.parse::<u32>()?.max(1),
            Long("seed") => args.seed = parser.value()?.parse()?,
            Long("kills") => args.kills = parser.value()?.parse()?,
            Long("patience") => args.patience = Duration::from_secs(parser.value()?.parse()?),
            Long("runner") => args.runner = Some(parser.value()?.into()),
            Long("help") | Short('h') => args.help = true,
            Long(_) | Short(_) | lexopt::Arg::Value(_) => return Err(arg.unexpected()),
        }
    }
    if args.seed_file.as_os_str().is_empty() && !args.help {
        return Err("--seed-file must be given".into());
    }
    Ok(args)
}
