//! The local runner as a child process: started, killed without warning, and started again on the same data.

use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::sync::Mutex;

use super::Failure;

/// How the runner is started.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The program; without one `ringbridge-local` or `ringbridge` beside this program.
    pub program: Option<PathBuf>,
    /// Whether it is `ringbridge serve`, as on one machine, with a folder for its data.
    pub single: bool,
    /// Where it keeps its data; without a place everything is forgotten at its end.
    pub data: Option<PathBuf>,
    /// The PBXs that may be connected.
    pub pbxs: Vec<String>,
    /// Seconds between two retry runs.
    pub retry_every: f64,
    /// Variables beside those that it has.
    pub variables: Vec<(&'static str, String)>,
    /// The file that gets its log.
    pub log: Option<PathBuf>,
}

/// The runner.
#[derive(Debug)]
pub struct Runner {
    setup: Setup,
    program: PathBuf,
    /// `http://127.0.0.1:PORT`.
    pub origin: String,
    port: u16,
    client: reqwest::Client,
    child: Mutex<Option<Child>>,
}

impl Runner {
    /// Starts it for the first time.
    pub async fn start(setup: Setup, client: reqwest::Client) -> Result<Self, Failure> {
        let name = if setup.single { "ringbridge" } else { "ringbridge-local" };
        let beside = std::env::current_exe()?.with_file_name(name);
        let program = setup.program.clone().unwrap_or(beside);
        if !program.exists() {
            return Err(
                format!("{} is missing; build it, or name it with --runner", program.display()).into()
            );
        }
        let port = lasting_port()?;
        let origin = format!("http://127.0.0.1:{port}");
        let runner = Self { setup, program, origin, port, client, child: Mutex::new(None) };
        runner.spawn().await?;
        Ok(runner)
    }

    /// Ends it as a crash would, and starts it again.
    pub async fn kill_and_restart(&self) -> Result<(), Failure> {
        self.kill().await;
        self.spawn().await
    }

    /// Ends it as a crash would.
    pub async fn kill(&self) {
        if let Some(mut child) = self.child.lock().await.take() {
            // An error means that it has ended by itself, which the next start shows.
            let _ = child.kill().await;
        }
    }

    async fn spawn(&self) -> Result<(), Failure> {
        let (port, every) = (self.port.to_string(), self.setup.retry_every.to_string());
        let log = match &self.setup.log {
            Some(path) => Stdio::from(File::options().create(true).append(true).open(path)?),
            None => Stdio::null(),
        };
        let mut command = Command::new(&self.program);
        if self.setup.single {
            command.args(["serve", "--bind", &format!("127.0.0.1:{port}"), "--public-url", &self.origin]);
            command.args(["--metrics-bind", "off", "--retry-every", &every]);
            command.env("RINGBRIDGE_ALLOW_PRIVATE_TARGETS", "true");
        } else {
            command.args(["--port", &port, "--retry-every", &every, "--allow-private-targets"]);
        }
        if let Some(data) = &self.setup.data {
            command.arg("--data").arg(data);
        }
        for pbx in &self.setup.pbxs {
            command.args(["--pbx-host", pbx]);
        }
        // Colours would stand in the log's words.
        command.env("NO_COLOR", "1").envs(self.setup.variables.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
        let child = command.spawn()?;
        *self.child.lock().await = Some(child);
        for _ in 0..600 {
            let health = self.client.get(format!("{}/healthz", self.origin)).send().await;
            if health.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if let Some(child) = self.child.lock().await.as_mut()
                && let Some(status) = child.try_wait()?
            {
                return Err(format!("the runner ended as it came up: {status}").into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err("the runner does not come up".into())
    }
}

/// A port that is free with its two neighbours, of which the runner's inbox takes the second. Below those that the system
/// gives to connections: one of these could have it for as long as it lasts, once the runner has ended to be started again.
pub fn lasting_port() -> Result<u16, Failure> {
    for _ in 0..50 {
        let port = 12_000 + u16::try_from(RandomState::new().hash_one(0_u8) % 20_000)?;
        if (port..port + 3).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return Ok(port);
        }
    }
    Err("no free ports".into())
}
