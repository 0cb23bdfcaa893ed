//! The command line of the benches.

use std::path::PathBuf;

use lexopt::prelude::{Long, Short, ValueExt as _};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Measures the built functions from outside, beside reference functions and handlers in Node.js and Python; prints tables and
writes a report with charts.

  --only PARTS       some of cold,warm,decide,growth,due,runner,cost,guard (all)
  --out DIR          where the report goes (target/bench)
  --functions DIR    where the built functions are (built first, as they are deployed)
  --quick            fewer rounds, smaller sizes
  --large            100,000 connections, 1,000,000 that are not due
  --write            write tests/benches/figures.json anew instead of comparing with it (guard)
  --help             this text
";

/// The parts, in their order.
pub(crate) const PARTS: [&str; 8] = ["cold", "warm", "decide", "growth", "due", "runner", "cost", "guard"];

/// What the command line says.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Args {
    /// The parts that are measured.
    pub(crate) only: Vec<String>,
    /// Where the report goes.
    pub(crate) out: PathBuf,
    /// Where the functions are; without it they are built.
    pub(crate) functions: Option<PathBuf>,
    /// Fewer rounds.
    pub(crate) quick: bool,
    /// The largest sizes.
    pub(crate) large: bool,
    /// Whether the committed figures are renewed.
    pub(crate) write: bool,
    /// Whether to say how it is used.
    pub(crate) help: bool,
}

impl Args {
    /// Whether that part is wanted.
    pub(crate) fn wants(&self, part: &str) -> bool {
        self.only.iter().any(|wanted| wanted == part)
    }

    /// How often something is done: a number, or a smaller one.
    pub(crate) const fn rounds(&self, usual: usize, quick: usize) -> usize {
        if self.quick { quick } else { usual }
    }
}

/// Reads the command line.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Args, lexopt::Error> {
    let mut args = Args {
        only: PARTS.map(str::to_owned).into(),
        out: PathBuf::from("target/bench"),
        functions: None,
        quick: false,
        large: false,
        write: false,
        help: false,
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Long("only") => {
                let parts = parser.value()?.string()?;
                args.only = parts.split(',').map(str::to_owned).collect();
            }
            Long("out") => args.out = parser.value()?.into(),
            Long("functions") => args.functions = Some(parser.value()?.into()),
            Long("quick") => args.quick = true,
            Long("large") => args.large = true,
            Long("write") => args.write = true,
            Long("help") | Short('h') => args.help = true,
            Long(_) | Short(_) | lexopt::Arg::Value(_) => return Err(arg.unexpected()),
        }
    }
    if let Some(unknown) = args.only.iter().find(|part| !PARTS.contains(&part.as_str())) {
        return Err(format!("there is no part {unknown}").into());
    }
    Ok(args)
}
