//! Connects a PBX and a CRM to the runner, over the public routes, as an administrator would.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::Failure;
use super::runner::Runner;
use crate::crm::Inbox;
use crate::pbx::{DEMO_APP_ID, DEMO_APP_SECRET, FakePbx};
use crate::world::SECRET;

/// Connects a customer of that name whose CRM is the inbox, maps all phones, and waits until the PBX has every event.
pub async fn connect(
    runner: &Runner,
    client: &reqwest::Client,
    name: &str,
    pbx: &FakePbx,
    inbox: &Inbox,
) -> Result<(), Failure> {
    let crm = json!({ "kind": "webhook", "url": inbox.url(), "secret": SECRET });
    let users = [(731_205, "u1"), (731_206, "u2"), (731_207, "u3")];
    connect_to(runner, client, name, pbx, crm, &users).await.map(drop)
}

/// The same with any CRM and the users of these phones; gives the administrator's key.
pub async fn connect_to(
    runner: &Runner,
    client: &reqwest::Client,
    name: &str,
    pbx: &FakePbx,
    crm: Value,
    users: &[(u64, &str)],
) -> Result<String, Failure> {
    let pbx_settings = json!({ "host": pbx.origin(), "app_id": DEMO_APP_ID, "app_secret": DEMO_APP_SECRET });
    let body = json!({ "name": name, "pbx": pbx_settings, "crm": crm });
    let connected = ask(runner, client, Method::POST, "/connections", "", Some(body)).await?;
    let key = connected["admin_key"].as_str().ok_or("no admin key")?.to_owned();
    let users: Vec<_> =
        users.iter().map(|(id, user)| json!({ "crm_user": user, "extension_ids": [id] })).collect();
    ask(runner, client, Method::PUT, "/mapping", &key, Some(json!({ "users": users }))).await?;
    for _ in 0..120 {
        let extensions = ask(runner, client, Method::GET, "/extensions", &key, None).await?;
        let items = extensions["items"].as_array().cloned().unwrap_or_default();
        let unready = items.iter().filter(|item| item["events"]["state"] == "pending").count();
        if unready == 0 && !pbx.events(731_205).is_empty() && !pbx.events(731_801).is_empty() {
            return Ok(key);
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    Err("the PBX's events were not installed".into())
}

/// Asks the settings API as an administrator would.
pub async fn ask(
    runner: &Runner,
    client: &reqwest::Client,
    method: Method,
    path: &str,
    key: &str,
    body: Option<Value>,
) -> Result<Value, Failure> {
    let mut request = client.request(method, format!("{}/api/v1{path}", runner.origin)).bearer_auth(key);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await?;
    let status = answer.status();
    let text = answer.text().await?;
    if !status.is_success() {
        return Err(format!("{path} answered {status}: {text}").into());
    }
    Ok(serde_json::from_str(&text)?)
}
