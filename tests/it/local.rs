//! The local runner as a real process: what a newcomer sees, and what survives `kill -9` (docs/promises.md §8, P1).

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use ringbridge::http_client;
use serde_json::{Value, json};
use simulators::crm::{CrmFault, Inbox};
use simulators::lambda::binaries;
use simulators::patience::{PATIENCE, PATIENT};
use simulators::world::SECRET;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

pub(crate) struct Runner {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    said: Vec<String>,
    client: reqwest::Client,
}

impl Runner {
    async fn start(args: &[&str]) -> Self {
        Self::start_in(args, &[]).await
    }

    /// With more variables.
    pub(crate) async fn start_in(args: &[&str], environment: &[(&str, &str)]) -> Self {
        let program = binaries::path("ringbridge-local").await.unwrap();
        let mut child = Command::new(program)
            .args(["--port", "0", "--retry-every", "0.2"])
            .args(args)
            // So many that a slow machine doesn't use them up before the test goes on.
            .env("RINGBRIDGE_RETRY_DELAYS", ["1s"; 120].join(","))
            .env("RINGBRIDGE_MISSED_HOLD", "1s")
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let client = http_client::for_pbx(PATIENT).unwrap();
        let mut runner = Self { child, lines, said: Vec::new(), client };
        runner.until("Ctrl-C ends").await;
        runner
    }

    async fn until(&mut self, wanted: &str) {
        let read = async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                self.said.push(line);
                if self.said.last().is_some_and(|line| line.contains(wanted)) {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, read).await.unwrap();
    }

    /// The word that follows a heading.
    fn told(&self, heading: &str) -> String {
        let line = self.said.iter().find_map(|line| line.strip_prefix(heading)).unwrap();
        line.split_whitespace().next().unwrap().to_owned()
    }

    pub(crate) async fn call(&self, method: reqwest::Method, path: &str, body: Value) -> Value {
        let url = format!("{}/api/v1{path}", self.told("Ringbridge "));
        let request = self.client.request(method, url).bearer_auth(self.told("Demo admin key "));
        let answer = request.json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    async fn play(&self, scenario: &str) {
        let simulator = self.told("Simulated PBX ");
        let played = self.client.post(format!("{simulator}simulator/play/{scenario}")).send().await.unwrap();
        assert!(played.status().is_success());
    }
}

fn directory(name: &str) -> std::path::PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&directory);
    directory
}

#[tokio::test]
async fn what_was_due_is_delivered_after_kill_and_restart() {
    let data = directory("local-kill");
    let data = data.to_str().unwrap();
    let inbox = Inbox::start(0, SECRET).unwrap();
    inbox.fail_next(1_000, &CrmFault::Status(500, None));
    let mut runner = Runner::start(&["--data", data, "--allow-private-targets"]).await;
    for file in std::fs::read_dir(data).unwrap().map(Result::unwrap) {
        let mode = file.metadata().unwrap().permissions().mode();
        let secret = !file.file_name().to_string_lossy().contains("simulated-pbx");
        assert!(!secret || mode & 0o777 == 0o600, "{:?} {mode:o}", file.file_name());
    }
    let crm = json!({ "crm": { "kind": "webhook", "url": inbox.url(), "secret": SECRET } });
    runner.call(reqwest::Method::PATCH, "/connection", crm).await;
    let users = json!({ "users": [{ "crm_user": "u1", "extension_ids": [731_205] }] });
    runner.call(reqwest::Method::PUT, "/mapping", users).await;
    runner.play("A").await;
    runner.play("D").await;
    assert!(inbox.wait_until(|state| state.counters.requests >= 2, PATIENCE).await);
    runner.child.kill().await.unwrap();
    inbox.heal();
    let _again = Runner::start(&["--data", data, "--allow-private-targets"]).await;
    let whole = |state: &simulators::crm::State| state.standing().count() == 2;
    assert!(inbox.wait_until(whole, PATIENCE).await);
    let ids: Vec<_> = inbox.records().iter().map(|record| record.message_ids.len()).collect();
    assert!(ids.iter().all(|ids| *ids == 1), "each record under one key: {ids:?}");
}

#[tokio::test]
async fn messages_are_worked_off_as_they_come_and_not_by_the_clock() {
    let inbox = Inbox::start(0, SECRET).unwrap();
    let runner = Runner::start(&["--retry-every", "86400", "--allow-private-targets"]).await;
    let crm = json!({ "crm": { "kind": "webhook", "url": inbox.url(), "secret": SECRET } });
    runner.call(reqwest::Method::PATCH, "/connection", crm).await;
    let users = json!({ "users": [{ "crm_user": "u1", "extension_ids": [731_205] }] });
    runner.call(reqwest::Method::PUT, "/mapping", users).await;
    // A missed call is decided after its hold, of which a message reminds.
    runner.play("D").await;
    let missed =
        |state: &simulators::crm::State| state.records.iter().any(|record| record.kind == "call.missed");
    assert!(inbox.wait_until(missed, PATIENCE).await);
}

#[tokio::test]
async fn ctrl_c_ends_it_cleanly() {
    let mut runner = Runner::start(&[]).await;
    let process = runner.child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-INT", &process]).status().await.unwrap().success());
    runner.until("Ended.").await;
    assert!(runner.child.wait().await.unwrap().success());
}

#[tokio::test]
async fn demo_shows_a_record_for_every_kind_of_call() {
    let runner = Runner::start(&["--demo"]).await;
    let text = runner.said.join("\n");
    for expected in
        ["call.ended   inbound   answered", "call.ended   outbound  busy", "call.missed  inbound   missed"]
    {
        assert!(text.contains(expected), "{text}");
    }
    let logged =
        |line: &&String| ["  call.ended ", "  call.missed "].iter().any(|kind| line.starts_with(kind));
    assert_eq!(runner.said.iter().filter(logged).count(), 41, "{text}");
    assert!(text.contains(" of 34 calls have their records, "), "{text}");
    let agents = runner.call(reqwest::Method::GET, "/agents", Value::Null).await;
    let hers = &agents["items"][0];
    assert_eq!((&hers["id"], &hers["status"]), (&Value::from(5512), &Value::from("available")), "{agents}");
    assert!(hers["since"].is_string(), "{agents}");
}

/// What a person would paste: method, address, key and body of the printed commands.
fn printed(runner: &Runner) -> Vec<reqwest::RequestBuilder> {
    let commands = runner.said.iter().filter_map(|line| line.strip_prefix("  curl -s "));
    let read = commands.map(|command| {
        let option = |name: &str| command.split_once(name).and_then(|(_, rest)| rest.split('\'').nth(1));
        let method = command.strip_prefix("-X ").and_then(|rest| rest.split(' ').next()).unwrap_or("GET");
        let address = command.split(' ').find(|word| word.starts_with("http://")).unwrap();
        let request = runner.client.request(method.parse().unwrap(), address);
        let (name, value) =
            option("-H ").and_then(|header| header.split_once(": ")).unwrap_or(("x-none", "-"));
        request.header(name, value).body(option("-d ").unwrap_or_default().to_owned())
    });
    read.collect()
}

#[tokio::test]
async fn every_printed_line_answers_and_takes_nothing_away() {
    let mut runner = Runner::start(&["--demo"]).await;
    let before = runner.call(reqwest::Method::GET, "/mapping", Value::Null).await["users"].clone();
    assert_eq!(before.as_array().unwrap().len(), 3);
    let commands = printed(&runner);
    assert_eq!(commands.len(), 7, "{:#?}", runner.said);
    for command in commands {
        let answer = command.send().await.unwrap();
        let (url, status) = (answer.url().clone(), answer.status());
        let body: Value = answer.json().await.unwrap();
        assert!(status.is_success() && body.is_object(), "{url}: {status} {body}");
        if url.path().ends_with("/mapping") {
            assert_eq!(body["removed"], json!([]), "{url}");
        }
    }
    let after = runner.call(reqwest::Method::GET, "/mapping", Value::Null).await["users"].clone();
    assert_eq!(before, after);
    let addresses = runner.said.iter().flat_map(|line| line.split_whitespace());
    let addresses: BTreeSet<_> = addresses
        .map(|word| word.trim_matches(|letter| matches!(letter, '(' | ')' | ';' | ',')).to_owned())
        .filter(|word| {
            word.starts_with("http://") && !word.contains("/simulator/") && !word.contains("/api/v1/")
        })
        .collect();
    assert!(addresses.len() >= 5, "{addresses:?}");
    for address in addresses {
        let answer = runner.client.get(&address).send().await.unwrap();
        assert!(
            answer.status().is_success() || answer.status().is_redirection(),
            "{address}: {}",
            answer.status()
        );
    }
    let second = runner.said.iter().find(|line| line.starts_with("Second account")).unwrap().clone();
    let word = |after: &str| second.split(after).nth(1).unwrap().split([',', ' ']).next().unwrap().to_owned();
    let pbx = runner.told("Simulated PBX ");
    let body = json!({
        "name": "Second",
        "pbx": { "host": pbx.trim_end_matches('/'), "app_id": word("App ID "), "app_secret": word("App Secret ") },
        "crm": { "kind": "webhook", "url": "https://crm.example/calls", "secret": SECRET },
    });
    let made = runner.call(reqwest::Method::POST, "/connections", body).await;
    assert_eq!(made["pbx"]["prefix"], "0377", "{made}");
    runner.child.kill().await.unwrap();
}

#[tokio::test]
async fn index_leads_to_pages_that_are_there_and_the_inbox_is_known_after_a_restart() {
    let data = directory("local-pages");
    let data = data.to_str().unwrap();
    let mut runner = Runner::start(&["--data", data]).await;
    let text = async |runner: &Runner, address: &str| {
        let answer = runner.client.get(address).send().await.unwrap();
        assert!(answer.status().is_success() || answer.status().is_redirection(), "{address}");
        answer.text().await.unwrap()
    };
    let own = runner.told("Ringbridge ");
    let index = text(&runner, &format!("{own}/")).await;
    let links: Vec<_> = index.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let places: Vec<_> =
        links.into_iter().filter(|link| link.starts_with("http://")).map(str::to_owned).collect();
    assert_eq!(places.len(), 5, "{index}");
    for place in places {
        text(&runner, &place).await;
    }
    let users = json!({ "users": [{ "crm_user": "mary", "extension_ids": [731_205] }] });
    runner.call(reqwest::Method::PUT, "/mapping", users).await;
    runner.play("A").await;
    let inbox = runner.told("CRM inbox ");
    let first = loop {
        let page = text(&runner, &inbox).await;
        if page.contains(">ended</span>") {
            break page;
        }
    };
    let row = |page: &str| page.split("data-row=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    runner.child.kill().await.unwrap();
    let again = Runner::start(&["--data", data]).await;
    let page = text(&again, &again.told("CRM inbox ")).await;
    assert_eq!(row(&page), row(&first));
    assert!(page.contains(">ended</span>"), "{page}");
}

#[tokio::test]
async fn demo_with_bitrix24_logs_each_call_in_the_portal_once() {
    let runner = Runner::start(&["--demo", "--crm", "bitrix24"]).await;
    let text = runner.said.join("\n");
    let portal = runner.told("Bitrix24 portal ");
    let get = async |path: &str| runner.client.get(format!("{portal}{path}")).send().await.unwrap();
    let calls: Value = get("calls").await.json().await.unwrap();
    let calls = calls["items"].as_array().unwrap();
    assert_eq!(calls.len(), 41, "{text}");
    let keys: BTreeSet<_> = calls.iter().map(|call| call["external_id"].as_str().unwrap()).collect();
    assert_eq!(keys.len(), 41, "each under a key of its own: {text}");
    let has = |name: &str, value: Value| calls.iter().any(|call| call[name] == value);
    for status in ["answered", "missed", "busy"] {
        assert!(has("status", status.into()), "{status}: {text}");
    }
    assert!(has("recording", true.into()) && has("recording", false.into()), "{text}");
    assert!(has("bound_to", "contact 11".into()), "{text}");
    let page = get("").await.text().await.unwrap();
    assert_eq!(page.matches("<tr>").count(), 42, "a line for each call, and the heading");
    assert!(text.contains("ann   inbound   +442079460555") && text.contains("See them at"), "{text}");
}

#[tokio::test]
async fn demo_says_which_crms_there_are_and_what_does_not_go_together() {
    let program = binaries::path("ringbridge-local").await.unwrap();
    for (args, expected) in [
        (&["--demo", "--crm", "fax"][..], "webhook or bitrix24"),
        (&["--crm", "bitrix24", "--data", "x"], "--data"),
        (&["--crm", "bitrix24", "--pbx-host", "https://pbx.example"], "--pbx-host"),
    ] {
        let ended = Command::new(&program).args(args).output().await.unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(2), "{said}");
        assert!(said.contains(expected), "{said}");
    }
}

#[tokio::test]
async fn version_is_said_and_a_port_that_is_taken_is_named_with_whose_it_would_be() {
    let program = binaries::path("ringbridge-local").await.unwrap();
    let version = Command::new(&program).arg("--version").output().await.unwrap();
    assert_eq!(
        String::from_utf8(version.stdout).unwrap(),
        format!("ringbridge-local {}\n", env!("CARGO_PKG_VERSION"))
    );
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    for (whose, before) in [("Ringbridge", 0), ("the simulated PBX", 1), ("the CRM inbox", 2)] {
        let (_held, port) = loop {
            let held = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = held.local_addr().unwrap().port();
            if (1..=before).all(|distance| is_free(port - distance)) {
                break (held, port);
            }
        };
        let ended =
            Command::new(&program).args(["--port", &(port - before).to_string()]).output().await.unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{said}");
        assert!(said.contains(&format!("port {port}, for {whose}, can't be used")), "{said}");
    }
}

#[tokio::test]
async fn private_targets_are_refused_unless_they_are_allowed() {
    let runner = Runner::start(&[]).await;
    let url = format!("{}/api/v1/connection", runner.told("Ringbridge "));
    for target in ["http://127.0.0.1:9/hook", "https://10.0.0.1/hook", "https://localhost/hook"] {
        let body = json!({ "crm": { "kind": "webhook", "url": target, "secret": SECRET } });
        let request = runner.client.patch(&url).bearer_auth(runner.told("Demo admin key ")).json(&body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 422, "{target}");
        // Whoever reads it started the runner, and can start it otherwise.
        assert!(answer.text().await.unwrap().contains("--allow-private-targets"), "{target}");
    }
}
