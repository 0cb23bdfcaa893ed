//! The command line of `ringbridge`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::{Long, Short, Value, ValueExt as _};

/// What `--help` prints.
pub(super) const HELP: &str = "\
Ringbridge on one machine: one process, one data folder.

ringbridge serve --data DIR --public-url URL --pbx-host URL…
  --data DIR               keeps everything; made if it is missing
  --public-url URL         where the PBX reaches this machine, or RINGBRIDGE_PUBLIC_URL
  --pbx-host URL           a PBX that may be connected; repeatable, or RINGBRIDGE_PBX_HOSTS
  --bind ADDR:PORT         where it serves (127.0.0.1:8080)
  --proxy ADDR             a reverse proxy whose X-Forwarded-For is believed; repeatable
  --tls-cert FILE          serve HTTPS with this chain of certificates in PEM, …
  --tls-key FILE           … and its private key
  --metrics-bind ADDR:PORT where /metrics is, for Prometheus; off for nowhere (127.0.0.1:9464)
  --retry-every SECONDS    how often what is due is looked for (1)
  --check-every SECONDS    how often alarms are looked at; each looks back over five times that (60)
  --accept-clock           start although the clock is far from where it was when the folder was last used

ringbridge backup --data DIR --to NEW-DIR [--without-key]
  copies a data folder, also while it is served
ringbridge restore --from DIR --data NEW-DIR
  makes a data folder of such a copy
ringbridge move --data DIR --table NAME
  copies a data folder that nobody serves into a stack's table; AWS by AWS_REGION, AWS_ACCESS_KEY_ID, …

  --help, --version
";

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Serve.
    Serve(Serve),
    /// Copy a folder.
    Backup { data: PathBuf, to: PathBuf, key: bool },
    /// Make a folder of a copy.
    Restore { from: PathBuf, data: PathBuf },
    /// Copy a folder into a stack's table.
    Move { data: PathBuf, table: String },
    /// Say how it is used.
    Help,
    /// Say which version this is.
    Version,
}

/// How to serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Serve {
    /// Where it keeps its data.
    pub(super) data: PathBuf,
    /// Where it serves.
    pub(super) bind: SocketAddr,
    /// Where the PBX reaches it.
    pub(super) public_url: Option<String>,
    /// PBX hosts that may be connected.
    pub(super) pbx_hosts: Vec<String>,
    /// Proxies that are believed.
    pub(super) proxies: Vec<IpAddr>,
    /// Certificates and key.
    pub(super) tls: Option<(PathBuf, PathBuf)>,
    /// Where the metrics are.
    pub(super) metrics: Option<SocketAddr>,
    /// How often the retry job runs.
    pub(super) retry_every: Duration,
    /// How often alarms are looked at.
    pub(super) check_every: Duration,
    /// Whether any clock will do.
    pub(super) accept_clock: bool,
}

/// Flags of all tasks, as they were given.
#[derive(Default)]
struct Given {
    data: Option<PathBuf>,
    to: Option<PathBuf>,
    from: Option<PathBuf>,
    table: Option<String>,
    without_key: bool,
    bind: Option<SocketAddr>,
    public_url: Option<String>,
    pbx_hosts: Vec<String>,
    proxies: Vec<IpAddr>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    metrics: Option<String>,
    retry_every: Option<Duration>,
    check_every: Option<Duration>,
    accept_clock: bool,
}

/// Reads the command line.
pub(super) fn parse(mut parser: lexopt::Parser) -> Result<Task, lexopt::Error> {
    let task = match parser.next()? {
        None | Some(Long("help") | Short('h')) => return Ok(Task::Help),
        Some(Long("version") | Short('V')) => return Ok(Task::Version),
        Some(Value(task)) => task.string()?,
        Some(other @ (Long(_) | Short(_))) => return Err(other.unexpected()),
    };
    let mut given = Given::default();
    while let Some(arg) = parser.next()? {
        match (task.as_str(), arg) {
            (_, Long("help") | Short('h')) => return Ok(Task::Help),
            (_, Long("version")) => return Ok(Task::Version),
            (_, Long("data")) => given.data = Some(parser.value()?.into()),
            ("backup", Long("to")) => given.to = Some(parser.value()?.into()),
            ("backup", Long("without-key")) => given.without_key = true,
            ("restore", Long("from")) => given.from = Some(parser.value()?.into()),
            ("move", Long("table")) => given.table = Some(parser.value()?.string()?),
            ("serve", Long("bind")) => given.bind = Some(address(&parser.value()?.string()?, "--bind")?),
            ("serve", Long("public-url")) => given.public_url = Some(parser.value()?.string()?),
            ("serve", Long("pbx-host")) => given.pbx_hosts.push(parser.value()?.string()?),
            ("serve", Long("proxy")) => given.proxies.push(parser.value()?.parse()?),
            ("serve", Long("tls-cert")) => given.tls_cert = Some(parser.value()?.into()),
            ("serve", Long("tls-key")) => given.tls_key = Some(parser.value()?.into()),
            ("serve", Long("metrics-bind")) => given.metrics = Some(parser.value()?.string()?),
            ("serve", Long("retry-every")) => given.retry_every = Some(seconds(parser.value()?.parse()?)?),
            ("serve", Long("check-every")) => given.check_every = Some(seconds(parser.value()?.parse()?)?),
            ("serve", Long("accept-clock")) => given.accept_clock = true,
            (_, other @ (Long(_) | Short(_) | Value(_))) => return Err(other.unexpected()),
        }
    }
    given.into_task(&task)
}

impl Given {
    fn into_task(self, task: &str) -> Result<Task, lexopt::Error> {
        let missing = |flag: &str| lexopt::Error::from(format!("{task} needs {flag}"));
        let data = self.data.ok_or_else(|| missing("--data DIR"));
        match task {
            "serve" => Ok(Task::Serve(Serve {
                data: data?,
                bind: self.bind.unwrap_or_else(|| local(8080)),
                public_url: self.public_url,
                pbx_hosts: self.pbx_hosts,
                proxies: self.proxies,
                tls: match (self.tls_cert, self.tls_key) {
                    (Some(chain), Some(key)) => Some((chain, key)),
                    (None, None) => None,
                    (Some(_), None) | (None, Some(_)) => {
                        return Err("--tls-cert and --tls-key go together".into());
                    }
                },
                metrics: match self.metrics.as_deref() {
                    None => Some(local(9464)),
                    Some("off") => None,
                    Some(text) => Some(address(text, "--metrics-bind")?),
                },
                retry_every: self.retry_every.unwrap_or(Duration::from_secs(1)),
                check_every: self.check_every.unwrap_or(Duration::from_mins(1)),
                accept_clock: self.accept_clock,
            })),
            "backup" => Ok(Task::Backup {
                data: data?,
                to: self.to.ok_or_else(|| missing("--to NEW-DIR"))?,
                key: !self.without_key,
            }),
            "restore" => {
                Ok(Task::Restore { data: data?, from: self.from.ok_or_else(|| missing("--from DIR"))? })
            }
            "move" => {
                Ok(Task::Move { data: data?, table: self.table.ok_or_else(|| missing("--table NAME"))? })
            }
            other => {
                Err(format!("there is no task {other:?}; there are serve, backup, restore and move").into())
            }
        }
    }
}

fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn address(text: &str, flag: &str) -> Result<SocketAddr, lexopt::Error> {
    text.parse().map_err(|_| format!("{flag} must be an address and a port such as 127.0.0.1:8080").into())
}

fn seconds(count: f64) -> Result<Duration, lexopt::Error> {
    let span = Duration::try_from_secs_f64(count).ok();
    span.filter(|span| *span >= Duration::from_millis(100))
        .ok_or_else(|| "seconds must be at least 0.1".into())
}
