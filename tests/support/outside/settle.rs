//! Waits until the runner has nothing left to do for a customer.

use std::time::Duration;

use reqwest::Method;
use ringbridge::http_client::{self, Timeouts};
use serde_json::Value;
use tokio::time::Instant;

use super::{Failure, Runner, ask};

/// How often the runner is asked whether anything is left.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Longer than the hold, a lease and a retry: what comes twice comes within it.
const QUIET: Duration = Duration::from_secs(15);

/// Waits until nothing is due, and a while longer; gives what is not settled in the end.
pub async fn settle(runner: &Runner, key: &str, patience: Duration) -> Result<Vec<String>, Failure> {
    let client = http_client::for_pbx(Timeouts::default())?;
    let until = Instant::now() + patience;
    let mut quiet_since = None;
    loop {
        let mut left = Vec::new();
        for state in ["waiting", "parked", "gave_up"] {
            let path = format!("/calls?state={state}");
            let page = ask(runner, &client, Method::GET, &path, key, None).await?;
            left.extend(page["items"].as_array().into_iter().flatten().map(why));
        }
        let now = Instant::now();
        match (left.is_empty(), quiet_since) {
            (true, None) => quiet_since = Some(now),
            (true, Some(since)) if now - since >= QUIET => return Ok(left),
            (true, Some(_)) => {}
            (false, _) if now >= until => return Ok(left),
            (false, _) => quiet_since = None,
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn why(call: &Value) -> String {
    format!("{} {}", call["record_id"], call["delivery"])
}
