//! `ringbridge`, the program for one machine, as a real process (infra/single-machine.md).

mod ending;
mod keeping;
mod moving;
mod refusing;
mod watching;

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Arc;

use reqwest::{Method, StatusCode};
use ringbridge::clock::{Clock as _, SystemClock};
use ringbridge::http_client;
use serde_json::{Value, json};
use simulators::crm::Inbox;
use simulators::lambda::binaries;
use simulators::outside::lasting_port;
use simulators::patience::{PATIENCE, PATIENT};
use simulators::pbx::{DEMO_APP_ID, DEMO_APP_SECRET, FakePbx, Settings, Tenant};
use simulators::world::SECRET;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// The process, and what it said.
pub(crate) struct Server {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    said: Vec<String>,
    client: reqwest::Client,
    origin: String,
}

/// A customer who is connected to it.
struct Customer {
    pbx: FakePbx,
    inbox: Inbox,
    key: String,
}

impl Server {
    async fn start(data: &Path, port: u16, args: &[&str], environment: &[(&str, &str)]) -> Self {
        let program = binaries::path("ringbridge").await.unwrap();
        Self::start_by(Command::new(program), data, port, args, environment).await
    }

    /// The same, by a command that ends in the program.
    async fn start_by(
        mut command: Command,
        data: &Path,
        port: u16,
        args: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let origin = format!("http://127.0.0.1:{port}");
        let bind = format!("127.0.0.1:{port}");
        command
            .args(["serve", "--metrics-bind", "127.0.0.1:0", "--retry-every", "0.2", "--check-every", "0.2"])
            .args(["--public-url", &origin, "--bind", &bind, "--data"])
            .arg(data)
            .args(args)
            .env("RINGBRIDGE_RETRY_DELAYS", ["1s"; 120].join(","))
            .env("RINGBRIDGE_MISSED_HOLD", "1s")
            .env("RINGBRIDGE_ALLOW_PRIVATE_TARGETS", "true")
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let client = http_client::for_pbx(PATIENT).unwrap();
        let mut server = Self { child, lines, said: Vec::new(), client, origin };
        server.until("Ready").await;
        server
    }

    async fn until(&mut self, wanted: &str) {
        let read = async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                self.said.push(line);
                if self.said.last().is_some_and(|line| line.contains(wanted)) {
                    return;
                }
            }
            panic!("it ended without saying {wanted:?}: {:?}", self.said);
        };
        tokio::time::timeout(PATIENCE, read).await.unwrap();
    }

    /// Where the metrics are.
    fn metrics(&self) -> String {
        let line = self.said.iter().find_map(|line| line.strip_prefix("Metrics at "));
        line.unwrap().trim_end_matches("/metrics.").to_owned()
    }

    async fn get(&self, url: &str) -> (StatusCode, String) {
        let answer = self.client.get(url).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// Asks until the answer is so.
    async fn get_until(&self, url: &str, wanted: impl Fn(StatusCode, &str) -> bool) {
        let asked = async {
            loop {
                let (status, text) = self.get(url).await;
                if wanted(status, &text) {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, asked).await.unwrap();
    }

    async fn call(&self, method: Method, path: &str, key: &str, body: Value) -> Value {
        let request = self.client.request(method, format!("{}/api/v1{path}", self.origin)).bearer_auth(key);
        let answer = request.json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    /// Connects a customer with one mapped phone.
    async fn connect(&self, pbx: FakePbx, inbox: Inbox) -> Customer {
        let connection = json!({
            "name": "Example Ltd",
            "pbx": { "host": pbx.origin(), "app_id": DEMO_APP_ID, "app_secret": DEMO_APP_SECRET },
            "crm": { "kind": "webhook", "url": inbox.url(), "secret": SECRET },
        });
        let connected = self.call(Method::POST, "/connections", "", connection).await;
        let key = connected["admin_key"].as_str().unwrap().to_owned();
        let users = json!({ "users": [{ "crm_user": "u1", "extension_ids": [731_205] }] });
        self.call(Method::PUT, "/mapping", &key, users).await;
        Customer { pbx, inbox, key }
    }

    async fn signal(&self, name: &str) {
        let process = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([name, &process]).status().await.unwrap().success());
    }
}

impl Customer {
    async fn play(&self, server: &Server, scenario: &str) {
        let played = server.client.post(format!("{}/simulator/play/{scenario}", self.pbx.origin()));
        assert!(played.send().await.unwrap().status().is_success());
    }

    /// Waits until so many records stand in the CRM, and says under how many keys.
    async fn has(&self, count: usize) {
        let whole = |state: &simulators::crm::State| state.standing().count() >= count;
        assert!(self.inbox.wait_until(whole, PATIENCE).await);
        assert_eq!(self.inbox.records().iter().filter(|record| record.message_ids.len() == 1).count(), count);
    }
}

async fn pbx() -> FakePbx {
    let settings = Settings::new(Arc::new(|| SystemClock.now().micros()));
    FakePbx::start(settings, vec![Tenant::demo()]).await.unwrap()
}

/// Does another task of the program.
async fn ringbridge(args: &[&str], environment: &[(&str, &str)]) -> Output {
    let program = binaries::path("ringbridge").await.unwrap();
    Command::new(program).args(args).envs(environment.iter().copied()).output().await.unwrap()
}

/// What it complained of: one line.
fn complaint(output: &Output) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(!output.status.success() && said.lines().count() == 1, "{said}");
    said
}

fn directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&directory);
    directory
}

/// For addresses that outlive a restart.
fn port() -> u16 {
    lasting_port().unwrap()
}
