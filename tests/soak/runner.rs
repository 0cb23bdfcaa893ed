//! The local runner as a child process: started, killed without warning, and started again on the same data.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::sync::Mutex;

use crate::Failure;

/// The runner, and how it is started.
pub(crate) struct Runner {
    program: PathBuf,
    /// `http://127.0.0.1:PORT`.
    pub(crate) origin: String,
    port: u16,
    data: PathBuf,
    pbx: String,
    client: reqwest::Client,
    child: Mutex<Option<Child>>,
}

impl Runner {
    /// Starts it for the first time.
    pub(crate) async fn start(
        program: Option<PathBuf>,
        data: PathBuf,
        pbx: String,
        client: reqwest::Client,
    ) -> Result<Self, Failure> {
        let beside = std::env::current_exe()?.with_file_name("ringbridge-local");
        let program = program.unwrap_or(beside);
        if !program.exists() {
            return Err(
                format!("{} is missing; build it, or name it with --runner", program.display()).into()
            );
        }
        let port = free_port()?;
        let origin = format!("http://127.0.0.1:{port}");
        let runner = Self { program, origin, port, data, pbx, client, child: Mutex::new(None) };
        runner.spawn().await?;
        Ok(runner)
    }

    /// Ends it as a crash would, and starts it again.
    pub(crate) async fn kill_and_restart(&self) -> Result<(), Failure> {
        self.kill().await;
        self.spawn().await
    }

    /// Ends it as a crash would.
    pub(crate) async fn kill(&self) {
        if let Some(mut child) = self.child.lock().await.take() {
            // An error means that it has ended by itself, which the next start shows.
            let _ = child.kill().await;
        }
    }

    async fn spawn(&self) -> Result<(), Failure> {
        let port = self.port.to_string();
        let child = Command::new(&self.program)
            .args(["--port", &port, "--retry-every", "0.5", "--allow-private-targets"])
            .arg("--data")
            .arg(&self.data)
            .args(["--pbx-host", &self.pbx])
            .env("RINGBRIDGE_RETRY_DELAYS", ["1s", "2s", "4s", "8s"].repeat(8).join(","))
            .env("RINGBRIDGE_CRM_TIMEOUT", "3s")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        *self.child.lock().await = Some(child);
        for _ in 0..200 {
            let health = self.client.get(format!("{}/healthz", self.origin)).send().await;
            if health.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err("the runner does not come up".into())
    }
}

/// A port whose second neighbour, which the runner's inbox takes, is free too.
fn free_port() -> Result<u16, Failure> {
    for _ in 0..50 {
        let first = TcpListener::bind("127.0.0.1:0")?;
        let port = first.local_addr()?.port();
        if port < u16::MAX - 2 && TcpListener::bind(("127.0.0.1", port + 2)).is_ok() {
            return Ok(port);
        }
    }
    Err("no free ports".into())
}
