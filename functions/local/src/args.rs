//! The command line (docs/promises.md §8).

use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::{Long, Short, ValueExt as _};

/// What `--help` prints.
const HELP: &str = "\
Ringbridge in one process on localhost: the three functions' routes on one port, with DynamoDB and SQS embedded.

  --port PORT              where it serves, on 127.0.0.1 (8080); the simulated PBX is on the next port, the CRM
                           inbox on the one after it; 0 takes any free ports
  --data DIR               keep everything in DIR; without it everything is forgotten at the end
  --public-url URL         where the PBX reaches this process (http://127.0.0.1:PORT)
  --pbx-host URL           a PBX that may be connected; repeatable. Without it a simulated PBX starts, and is the only one
  --retry-every SECONDS    how often the retry job runs (1)
  --allow-private-targets  let CRMs have private addresses and plain http
  --demo                   connect the simulated PBX, map three users, play one call of every kind, show the records
  --crm KIND               what the simulated PBX is connected to: webhook, the CRM inbox (the default), or bitrix24,
                           a simulated portal on the third port after PORT, whose page lists its calls
  --version                which version this is
  --help                   this text
";

/// What `--version` prints.
const VERSION: &str = concat!("ringbridge-local ", env!("CARGO_PKG_VERSION"));

/// What the simulated PBX is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DemoCrm {
    /// The inbox.
    Webhook,
    /// A simulated portal.
    Bitrix24,
}

/// What the command line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Args {
    /// Where it serves.
    pub(crate) port: u16,
    /// Where it keeps its data.
    pub(crate) data: Option<PathBuf>,
    /// Where the PBX reaches it.
    pub(crate) public_url: Option<String>,
    /// PBX hosts that may be connected.
    pub(crate) pbx_hosts: Vec<String>,
    /// How often the retry job runs.
    pub(crate) retry_every: Duration,
    /// Whether CRMs may have private addresses.
    pub(crate) allow_private_targets: bool,
    /// Whether to show what it does.
    pub(crate) demo: bool,
    /// What the demo connection brings calls to.
    pub(crate) crm: DemoCrm,
    /// What it says instead of serving.
    pub(crate) says: Option<&'static str>,
}

/// Reads the command line.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Args, lexopt::Error> {
    let mut args = Args {
        port: 8080,
        data: None,
        public_url: None,
        pbx_hosts: Vec::new(),
        retry_every: Duration::from_secs(1),
        allow_private_targets: false,
        demo: false,
        crm: DemoCrm::Webhook,
        says: None,
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Long("port") => args.port = parser.value()?.parse()?,
            Long("data") => args.data = Some(parser.value()?.into()),
            Long("public-url") => args.public_url = Some(parser.value()?.string()?),
            Long("pbx-host") => args.pbx_hosts.push(parser.value()?.string()?),
            Long("retry-every") => {
                let seconds: f64 = parser.value()?.parse()?;
                args.retry_every = Duration::try_from_secs_f64(seconds)
                    .ok()
                    .filter(|every| *every >= Duration::from_millis(100))
                    .ok_or("--retry-every must be at least 0.1")?;
            }
            Long("allow-private-targets") => args.allow_private_targets = true,
            Long("crm") => args.crm = crm(&parser.value()?.string()?)?,
            Long("demo") => args.demo = true,
            Long("version") | Short('V') => args.says = Some(VERSION),
            Long("help") | Short('h') => args.says = Some(HELP),
            other @ (Long(_) | Short(_) | lexopt::Arg::Value(_)) => return Err(other.unexpected()),
        }
    }
    if args.demo && !args.pbx_hosts.is_empty() {
        return Err("--demo plays on the simulated PBX, which doesn't start beside --pbx-host".into());
    }
    if args.crm == DemoCrm::Bitrix24 && !args.pbx_hosts.is_empty() {
        return Err("--crm connects the simulated PBX, which doesn't start beside --pbx-host".into());
    }
    if args.crm == DemoCrm::Bitrix24 && args.data.is_some() {
        return Err(
            "--crm bitrix24 can't go with --data: the simulated portal forgets everything at the end".into(),
        );
    }
    Ok(args)
}

fn crm(kind: &str) -> Result<DemoCrm, lexopt::Error> {
    match kind {
        "webhook" => Ok(DemoCrm::Webhook),
        "bitrix24" => Ok(DemoCrm::Bitrix24),
        other => Err(format!("--crm must be webhook or bitrix24, not {other:?}").into()),
    }
}
