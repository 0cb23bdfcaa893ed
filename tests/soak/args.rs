//! The command line of the soak.

use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::{Long, Short, ValueExt as _};
use simulators::ledger::KINDS;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Plays calls through the local runner while the CRM fails and the runner is killed, then checks every record.

  --crm KIND         webhook, which is read back record by record (the default); a simulated bitrix24, bottlecrm, kommo,
                     hubspot, retailcrm, pipedrive, zoho, espocrm or odoo behind a proxy that loses answers, resets,
                     fails and throttles; or all: these side by side, the same calls into each
  --calls N          how many calls (10000)
  --rate N           calls a second, as far as the machine keeps up (200)
  --seed N           from this all calls, orders and faults follow (1)
  --crm-faults N     how many of 1000 requests the CRM fails (100)
  --kill-every SECS  kill the runner about so often and start it again on its data; 0 never (15)
  --patience SECS    how long to wait for the last records after the last event (240)
  --single           through `ringbridge serve`, as on one machine, instead of the local runner
  --runner PATH      the runner (ringbridge-local, or ringbridge, beside this program)
  --help             this text
";

/// What the command line says.
#[derive(Clone, Debug)]
pub(crate) struct Args {
    /// Which CRMs.
    pub(crate) crms: Vec<String>,
    /// How many calls.
    pub(crate) calls: usize,
    /// Calls a second.
    pub(crate) rate: u32,
    /// From this everything follows.
    pub(crate) seed: u64,
    /// How many of 1000 requests the CRM fails.
    pub(crate) crm_faults: u16,
    /// Between two kills.
    pub(crate) kill_every: Duration,
    /// For the last records.
    pub(crate) patience: Duration,
    /// Whether it is the program for one machine.
    pub(crate) single: bool,
    /// The runner.
    pub(crate) runner: Option<PathBuf>,
    /// Whether to say how it is used.
    pub(crate) help: bool,
}

/// Reads the command line.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Args, lexopt::Error> {
    let mut args = Args {
        crms: Vec::new(),
        calls: 10_000,
        rate: 200,
        seed: 1,
        crm_faults: 100,
        kill_every: Duration::from_secs(15),
        patience: Duration::from_mins(4),
        single: false,
        runner: None,
        help: false,
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Long("crm") => args.crms = crms(&parser.value()?.string()?)?,
            Long("calls") => args.calls = parser.value()?.parse()?,
            Long("rate") => args.rate = parser.value()?.parse::<u32>()?.max(1),
            Long("seed") => args.seed = parser.value()?.parse()?,
            Long("crm-faults") => args.crm_faults = parser.value()?.parse()?,
            Long("kill-every") => args.kill_every = Duration::from_secs(parser.value()?.parse()?),
            Long("patience") => args.patience = Duration::from_secs(parser.value()?.parse()?),
            Long("single") => args.single = true,
            Long("runner") => args.runner = Some(parser.value()?.into()),
            Long("help") | Short('h') => args.help = true,
            Long(_) | Short(_) | lexopt::Arg::Value(_) => return Err(arg.unexpected()),
        }
    }
    Ok(args)
}

/// Nothing for the webhook.
fn crms(kind: &str) -> Result<Vec<String>, lexopt::Error> {
    match kind {
        "webhook" => Ok(Vec::new()),
        "all" => Ok(KINDS.iter().map(|kind| (*kind).to_owned()).collect()),
        kind if KINDS.contains(&kind) => Ok(vec![kind.to_owned()]),
        other => {
            Err(format!("--crm must be webhook, all, or one of {}, not {other:?}", KINDS.join(", ")).into())
        }
    }
}
