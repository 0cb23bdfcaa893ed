//! The first minute: a demo connection to the simulated PBX, what to try, and with `--demo` one call of every kind.
//! Everything here goes over the public routes, as a person's own commands would.

use std::collections::BTreeSet;
use std::error::Error;
use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use ringbridge::http_client::{self, Timeouts};
use ringbridge::model::secret::Secret;
use serde_json::{Value, json};
use simulators::crm::{Inbox, Record};
use simulators::pbx::player::NAMED;
use simulators::pbx::{AppKind, DEMO_APP_ID, DEMO_APP_SECRET, FakePbx, Tenant};
use tokio::time::MissedTickBehavior;

use crate::args::Args;
use crate::stack::Stack;
use crate::{portal, print, secrets};

/// The longest that the demo waits for its records: the hold for missed calls, and some.
const DEMO_PATIENCE: Duration = Duration::from_mins(1);

/// Calls that give no record meanwhile: those between colleagues, and the one whose end only the history knows.
const WITHOUT: [&str; 3] = ["K", "K-noanswer", "S"];

/// The agent of the simulated queue at the first phone.
const QUEUE_AGENT: u64 = 5512;

type Failure = Box<dyn Error + Send + Sync>;

/// Says where everything is, and shows it if asked to.
pub(crate) async fn introduce(args: &Args, stack: &Stack, own: &str) -> Result<(), Failure> {
    print::line(&format!(
        "Ringbridge       {own}  (leads to all the others; the API: {own}/api/openapi.json)"
    ));
    print::line(&format!("Pages            {own}/app/  (sign in with the admin key)"));
    match &stack.portal {
        Some(portal) => print::line(&format!("Bitrix24 portal  {}/", portal.url())),
        None => print::line(&format!("CRM inbox        {}", stack.inbox.page_url())),
    }
    let Some(pbx) = &stack.pbx else {
        print::line(&format!(
            "Inbox as CRM     {} with the secret {}",
            stack.inbox.url(),
            stack.inbox_secret.reveal()
        ));
        print::line("Connect a PBX with POST /api/v1/connections; Ctrl-C ends.");
        return Ok(());
    };
    print::line(&format!(
        "Simulated PBX    {}/  (ring its phones, play calls, let things fail)",
        pbx.origin()
    ));
    let settings = Api { client: http_client::for_pbx(Timeouts::default())?, own: own.to_owned() };
    let key = settings.demo_connection(args, stack, pbx).await?;
    let key = key.reveal();
    print::line(&format!("Demo admin key   {key}"));
    for (name, app_id, app_secret) in unconnected(pbx) {
        print::line(&format!("Second account   {name}: App ID {app_id}, App Secret {app_secret}"));
    }
    if args.demo {
        settings.play(stack, pbx, key).await?;
    }
    suggest(stack, &pbx.origin(), own, key);
    print::line("Ctrl-C ends.");
    Ok(())
}

/// The accounts that the demo doesn't connect.
fn unconnected(pbx: &FakePbx) -> Vec<(String, String, String)> {
    let trusted = |tenant: Tenant| {
        let app = tenant.apps.into_iter().find(|app| app.kind == AppKind::Trusted)?;
        (app.id != DEMO_APP_ID).then_some((tenant.name, app.id, app.secret))
    };
    pbx.tenants().into_iter().filter_map(trusted).collect()
}

/// The demo's three people, each with their phone.
fn people(stack: &Stack) -> Vec<(&'static str, u64)> {
    let users = if stack.portal.is_some() { portal::USERS } else { ["mary", "john", "ann"] };
    users.into_iter().zip([731_205, 731_206, 731_207]).collect()
}

/// What may be pasted next; none of it takes away what the demo has set up.
fn suggest(stack: &Stack, pbx: &str, own: &str, key: &str) {
    let all = people(stack);
    let body = |people: &[(&str, u64)]| {
        let users = people.iter().map(|(user, id)| json!({ "crm_user": user, "extension_ids": [id] }));
        json!({ "users": users.collect::<Vec<_>>() })
    };
    let auth = format!("-H 'Authorization: Bearer {key}'");
    print::line("\nTry:");
    print::line(&format!("  curl -s {own}/api/v1/extensions {auth}"));
    print::line(&format!("  curl -s -X PUT {own}/api/v1/mapping {auth} -d '{}'", body(&all)));
    print::line(&format!("  curl -s -X PATCH {own}/api/v1/mapping {auth} -d '{}'", body(&all[..1])));
    print::line(&format!("  curl -s -X POST {pbx}/simulator/play/A"));
    print::line(&format!("  curl -s {own}/api/v1/calls {auth}"));
    print::line(&format!("  curl -s -X POST {pbx}/simulator/agent/{QUEUE_AGENT}/login"));
    print::line(&format!("  curl -s {own}/api/v1/agents {auth}"));
}

struct Api {
    client: Client,
    own: String,
}

impl Api {
    /// Connects the simulated PBX to the CRM, unless an earlier start on the same data did.
    async fn demo_connection(&self, args: &Args, stack: &Stack, pbx: &FakePbx) -> Result<Secret, Failure> {
        if let Some(key) = secrets::demo_key(args.data.as_deref()) {
            let (status, _) = self.call(Method::GET, "/api/v1/connection", Some(key.reveal()), None).await?;
            if status.is_success() {
                return Ok(key);
            }
        }
        let inbox =
            || json!({ "kind": "webhook", "url": stack.inbox.url(), "secret": stack.inbox_secret.reveal() });
        let body = json!({
            "name": "Demo",
            "pbx": { "host": pbx.origin(), "app_id": DEMO_APP_ID, "app_secret": DEMO_APP_SECRET },
            "crm": stack.portal.as_ref().map_or_else(inbox, portal::settings),
        });
        let answer = self.expect(Method::POST, "/api/v1/connections", None, Some(body)).await?;
        let key = Secret::new(answer["admin_key"].as_str().ok_or("no admin key in the answer")?);
        secrets::keep_demo_key(args.data.as_deref(), &key)?;
        if stack.portal.is_some() {
            self.consent(key.reveal()).await?;
        }
        Ok(key)
    }

    /// Comes back from the portal, as whoever consented there does.
    async fn consent(&self, key: &str) -> Result<(), Failure> {
        let shown = self.expect(Method::GET, "/api/v1/connection", Some(key), None).await?;
        let begun = shown["crm"]["authorize_url"].as_str().unwrap_or_default();
        let back = portal::way_back(begun).ok_or("the connection says no address for a consent")?;
        self.expect(Method::GET, &back, None, None).await?;
        Ok(())
    }

    /// Maps the three phones, plays every scenario, and shows what the CRM got.
    async fn play(&self, stack: &Stack, pbx: &FakePbx, key: &str) -> Result<(), Failure> {
        let users = people(stack).into_iter();
        let users: Vec<_> =
            users.map(|(user, id)| json!({ "crm_user": user, "extension_ids": [id] })).collect();
        self.expect(Method::PUT, "/api/v1/mapping", Some(key), Some(json!({ "users": users }))).await?;
        self.installed(key).await?;
        let login = format!("{}/simulator/agent/{QUEUE_AGENT}/login", pbx.origin());
        self.client.post(login).send().await?.error_for_status()?;
        print::line(
            "\nMapped three users, one of them an agent who logs in; playing one call of every kind:",
        );
        for named in NAMED {
            let path = format!("{}/simulator/play/{}", pbx.origin(), named.name);
            let played: Value = self.client.post(path).send().await?.json().await?;
            let call = played["call_id"].as_str().unwrap_or("?");
            print::line(&format!(
                "  {:<16} {:<44} call {}…",
                named.name,
                named.what,
                call.get(..8).unwrap_or(call)
            ));
        }
        print::line("\nWaiting until missed calls are decided:");
        self.settled(key).await?;
        match &stack.portal {
            Some(portal) => portal::show(portal),
            None => show(&stack.inbox),
        }
        Ok(())
    }

    /// Waits until the PBX has our events: a call before that would be heard of hours later, from its history.
    async fn installed(&self, key: &str) -> Result<(), Failure> {
        let mut clock = tokio::time::interval(Duration::from_millis(100));
        for _ in 0..DEMO_PATIENCE.as_millis() / 100 {
            clock.tick().await;
            let shown = self.expect(Method::GET, "/api/v1/provisioning", Some(key), None).await?;
            if ["progress", "agents"].iter().all(|which| shown[which]["done"] == shown[which]["total"]) {
                return Ok(());
            }
        }
        Err("the simulated PBX did not take the events".into())
    }

    /// Waits until the delivery log has nothing waiting, and has stood still for longer than the hold.
    async fn settled(&self, key: &str) -> Result<(), Failure> {
        let mut clock = tokio::time::interval(Duration::from_millis(500));
        // After a pause of the machine, ticks that are made up for would count as standing still.
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut seen, mut still) = ((0, 0), 0);
        let played = NAMED.iter().filter(|named| !WITHOUT.contains(&named.name)).count();
        for _ in 0..DEMO_PATIENCE.as_millis() / 500 {
            clock.tick().await;
            let listed = self.expect(Method::GET, "/api/v1/calls", Some(key), None).await?;
            let items = listed["items"].as_array().map(Vec::as_slice).unwrap_or_default();
            let delivered = items.iter().filter(|call| call["delivery"]["state"] == "delivered").count();
            let calls: BTreeSet<_> = items.iter().filter_map(|call| call["call_id"].as_str()).collect();
            let now = (delivered, calls.len());
            still = if now == seen { still + 1 } else { 0 };
            if now != seen {
                print::again(&format!(
                    "  {} of {played} calls have their records, {delivered} so far …",
                    calls.len()
                ));
            }
            seen = now;
            // Seven seconds: the default hold of five, and two runs of the retry job.
            let complete = calls.len() >= played && delivered == items.len();
            if still > 14 && complete {
                break;
            }
        }
        print::done();
        Ok(())
    }

    async fn expect(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<Value>,
    ) -> Result<Value, Failure> {
        let (status, answer) = self.call(method, path, key, body).await?;
        if status.is_success() {
            return Ok(answer);
        }
        Err(format!("{path} answered {status}: {}", answer["detail"].as_str().unwrap_or_default()).into())
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<Value>,
    ) -> Result<(StatusCode, Value), Failure> {
        let mut request = self.client.request(method, format!("{}{path}", self.own));
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        Ok((response.status(), response.json().await.unwrap_or_default()))
    }
}

/// Prints what the inbox received.
fn show(inbox: &Inbox) {
    print::line("\nRecords in the CRM inbox:");
    print::line("  type         direction outcome      external          internal  user  talk  call");
    let (records, others): (Vec<_>, Vec<_>) = inbox.records().into_iter().partition(Record::stands);
    records.iter().for_each(row);
    for (heading, kind) in
        [("Taken back again:", "call.withdrawn"), ("Pop-ups that closed by themselves:", "call.stopped")]
    {
        let found: Vec<_> = others.iter().filter(|record| record.kind == kind).collect();
        if !found.is_empty() {
            print::line(&format!("\n{heading}"));
            found.into_iter().for_each(row);
        }
    }
}

/// A record in one line.
fn row(record: &Record) {
    let text = |name: &str| record.data[name].as_str().unwrap_or("-").to_owned();
    print::line(&format!(
        "  {:<12} {:<9} {:<12} {:<17} {:<9} {:<5} {:>4}  {}…",
        record.kind,
        text("direction"),
        text("outcome"),
        text("external_number"),
        text("internal_number"),
        text("crm_user"),
        record.data["talk_seconds"],
        text("call_id").get(..8).unwrap_or_default(),
    ));
}
