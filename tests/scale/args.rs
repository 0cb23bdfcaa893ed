//! The command line.

use std::time::Duration;

use lexopt::prelude::{Long, Short, ValueExt as _};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Simulates a busy hour, and one in which CRMs hang, for some numbers of connections; then searches the numbers at which
each limit is met.

  --connections N  for so many connections; repeatable; then nothing is searched (10, 1000, 100000)
  --minutes N      how long calls begin (20)
  --seed N         from this everything follows (1)
  --help           this text
";

/// What the command line says.
#[derive(Clone, Debug)]
pub(crate) struct Args {
    pub(crate) connections: Vec<u32>,
    pub(crate) searches: bool,
    pub(crate) span: Duration,
    pub(crate) seed: u64,
    pub(crate) help: bool,
}

/// Reads the command line.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Args, lexopt::Error> {
    let mut args = Args {
        connections: Vec::new(),
        searches: false,
        span: Duration::from_mins(20),
        seed: 1,
        help: false,
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Long("connections") => args.connections.push(parser.value()?.parse::<u32>()?.max(1)),
            Long("minutes") => args.span = Duration::from_mins(parser.value()?.parse::<u64>()?.max(1)),
            Long("seed") => args.seed = parser.value()?.parse()?,
            Long("help") | Short('h') => args.help = true,
            Long(_) | Short(_) | lexopt::Arg::Value(_) => return Err(arg.unexpected()),
        }
    }
    if args.connections.is_empty() {
        args.connections = vec![10, 1_000, 100_000];
        args.searches = true;
    }
    Ok(args)
}
