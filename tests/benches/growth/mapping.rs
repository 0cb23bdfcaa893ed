//! A change of one person's phone, by how many phones there are: what the settings' function asks of DynamoDB, SQS and
//! the PBX.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringbridge::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};
use simulators::outside::Failure;
use simulators::pbx::{DEMO_APP_ID, DEMO_APP_SECRET, ExtensionKind, FakePbx, Settings, Tenant};
use simulators::proxy::Proxy;
use simulators::world::SECRET;

use super::{FLAT, row};
use crate::args::Args;
use crate::events;
use crate::report::{Report, Table};
use crate::stage::{Endpoints, Running, Stage};
use crate::stats::number;
use crate::subject::{Does, Subject};
use crate::svg::Chart;

/// Phones of the customers.
const PHONES: [usize; 3] = [1, 100, 400];
/// The first phone.
const FIRST: u64 = 731_205;

pub(super) async fn run(
    args: &Args,
    built: &[Subject],
    table: &mut Table,
    report: &mut Report,
) -> Result<(), Failure> {
    let settings = built.iter().find(|subject| subject.does == Does::Settings).ok_or("no settings")?;
    let mut points = Vec::new();
    for phones in PHONES {
        let requests = change(args, settings, phones).await?;
        points.push((number(u64::try_from(phones)?), number(u64::try_from(requests)?)));
    }
    let named = |(phones, requests): (f64, f64)| (format!("{phones:.0} phones"), requests);
    let ratio = row(table, "requests of a mapping change", named(points[0]), named(points[points.len() - 1]));
    report.at_most("requests of a mapping change among 400 phones / among 1", ratio, FLAT);
    report.chart(Chart {
        name: "mapping",
        title: "A change of one person's phone".to_owned(),
        across: "phones",
        up: "requests",
        curves: vec![("settings-api".to_owned(), points)],
    });
    Ok(())
}

/// Connects a customer with so many phones, each mapped, and changes one; answers the requests of the change.
async fn change(args: &Args, settings: &Subject, phones: usize) -> Result<usize, Failure> {
    let stage = Stage::new(&args.out).await?;
    let demo = Tenant::demo();
    let mut tenant = Tenant::new(90_417, "Example Trading Ltd", "4821", DEMO_APP_ID, DEMO_APP_SECRET)
        .with_extension(FIRST, "205", ExtensionKind::Phone, "Mary Example");
    tenant.dids = demo.dids;
    let tenant = tenant.with_phones(phones - 1);
    let ids: Vec<_> = tenant.extensions.iter().map(|extension| extension.id).collect();
    let pbx = FakePbx::start(Settings::new(Arc::new(|| SystemClock.now().micros())), vec![tenant]).await?;
    let (dynamodb, sqs) =
        (Proxy::start(&stage.plain().dynamodb).await?, Proxy::start(&stage.plain().sqs).await?);
    let to = Endpoints { dynamodb: dynamodb.origin(), sqs: sqs.origin() };
    let hosts = [("RINGBRIDGE_PBX_HOSTS", pbx.origin())];
    let running = stage.launch(settings, &settings.program, &to, &hosts).await?;
    let crm = json!({ "kind": "webhook", "url": stage.world.inbox.url(), "secret": SECRET });
    let account = json!({ "host": pbx.origin(), "app_id": DEMO_APP_ID, "app_secret": DEMO_APP_SECRET });
    let body = json!({ "name": "Bench", "pbx": account, "crm": crm });
    let connected = ask(&running, "POST", "/api/v1/connections", "", &body).await?;
    let key = connected["admin_key"].as_str().ok_or("no key")?.to_owned();
    let users = |first: &str| {
        let users = ids.iter().enumerate().map(|(place, id)| {
            let name = if place == 0 { first.to_owned() } else { format!("u{place}") };
            json!({ "crm_user": name, "extension_ids": [id] })
        });
        json!({ "users": users.collect::<Vec<_>>() })
    };
    ask(&running, "PUT", "/api/v1/mapping", &key, &users("first")).await?;
    // What the first mapping left to do has nothing to do with the change.
    let seen =
        |pbx: &FakePbx| ids.iter().filter(|id| !pbx.events(**id).is_empty()).collect::<BTreeSet<_>>().len();
    if seen(&pbx) == 0 {
        return Err("the first mapping installs nothing".into());
    }
    dynamodb.clear();
    sqs.clear();
    pbx.clear_ledger();
    ask(&running, "PUT", "/api/v1/mapping", &key, &users("second")).await?;
    let requests = dynamodb.requests().len() + sqs.requests().len() + pbx.ledger().len();
    running.stop().await;
    Ok(requests)
}

async fn ask(running: &Running, method: &str, path: &str, key: &str, body: &Value) -> Result<Value, Failure> {
    let (_, answer) = running.take(&events::request(method, path, key, &body.to_string())?).await?;
    Ok(serde_json::from_str(answer["body"].as_str().unwrap_or("null"))?)
}
