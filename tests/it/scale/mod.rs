//! The scale model against what it models: what it assumes of batches and sweeps is what they do, what it counts is what
//! was measured, and no record of its own gets lost.

use std::sync::Arc;
use std::time::Duration;

use ringbridge::clock::{Clock as _, Timestamp};
use ringbridge::crm::{AuthServers, Connectors};
use ringbridge::flow::call::gate::SIDE_BY_SIDE;
use ringbridge::flow::retry::{self, WIDTH};
use ringbridge::http_client::{self, Targets, Timeouts};
use ringbridge::model::call::RecordId;
use ringbridge::model::ids::{CallId, ConnectionId};
use ringbridge::queue::{BATCH, Reminder, Task, TriggerMessage};
use serde_json::Value;
use simulators::crm::CrmFault;
use simulators::proxy::{Proxies, ProxyFault};
use simulators::scale::{Load, Outcome, Scenario, Settings, simulate};
use simulators::usage::{self, CALLS, Profile};
use simulators::world::World;
use url::Url;

use crate::calls::{AFTER_THE_HOLD, fixture};

/// Due calls: more than two widths and batches, and no multiple of either.
pub(crate) const BACKLOG: usize = 137;
/// Nothing here takes so long.
const PATIENCE: Duration = Duration::from_secs(20);

fn template() -> Value {
    let template = std::fs::read_to_string(crate::infra::at("infra/template.yaml")).unwrap();
    simulators::template::read(&template).unwrap()
}

fn settings() -> Settings {
    Settings::of(&template()).unwrap()
}

async fn profiles() -> Vec<Profile> {
    let mut profiles = Vec::new();
    for (_, text) in CALLS {
        profiles.push(usage::profile(text).await.unwrap());
    }
    profiles
}

/// A world in which so many calls wait to be logged as missed, without any reminder; and their reminders.
pub(crate) async fn backlog() -> (World, Proxies, Vec<Reminder>) {
    let (mut world, proxies) = World::behind_proxies().await;
    // So patient that a slow machine still has all of them wait together.
    let timeouts = Timeouts { connect: PATIENCE, total: PATIENCE };
    let client = http_client::for_crm(timeouts, Targets::AnyAddress).unwrap();
    let servers = AuthServers {
        bitrix24: Url::parse("https://tokens.invalid/").unwrap(),
        kommo: None,
        hubspot: crate::hubspot::nowhere(),
    };
    world.deps.connectors = Arc::new(Connectors::all(&client, &servers));
    proxies.sqs.fail_all(Some("SendMessage"), ProxyFault::Refuse("AccessDenied"));
    let (extension, body) = fixture!("hung_up_in_menu")[0];
    let mut reminders = Vec::new();
    for number in 0..BACKLOG {
        let id = format!("{number:032x}");
        let body = body.replace("97b7bc352cf2b40fd3139f8d81a21c6c", &id);
        assert_eq!(world.post(extension, body).await, 200);
        let call = RecordId::call_key(world.connection, &CallId::parse(&id).unwrap());
        let task = Task::Settle { connection: world.connection, call };
        reminders.push(Reminder { task, not_before: Timestamp::default() });
    }
    world.idle().await;
    world.clock.advance(AFTER_THE_HOLD);
    proxies.sqs.heal();
    proxies.sqs.clear();
    proxies.dynamodb.clear();
    (world, proxies, reminders)
}

/// Runs the job while the CRM keeps everybody waiting until so many wait, and answers how many waited at most.
async fn side_by_side(world: &World, count: usize, job: impl Future<Output = ()>) -> usize {
    world.inbox.fail_next(BACKLOG, &CrmFault::Held);
    let waiting = async {
        let wanted = u64::try_from(count).unwrap();
        assert!(world.inbox.wait_until(|state| state.counters.requests >= wanted, PATIENCE).await);
        world.inbox.release();
    };
    tokio::join!(job, waiting);
    world.inbox.most_at_once()
}

fn count(requests: &[String], names: &[&str]) -> usize {
    requests.iter().filter(|name| names.contains(&name.as_str())).count()
}

#[tokio::test]
async fn drain_takes_a_batch_and_then_the_next() {
    let (world, proxies, reminders) = backlog().await;
    for reminder in &reminders {
        world.deps.queue.send(reminder, Timestamp::from_secs(1)).await.unwrap();
    }
    proxies.sqs.clear();
    let batch = usize::try_from(BATCH).unwrap();
    let report = world.retry().await;
    assert_eq!((report.messages, report.swept), (BACKLOG as u64, 0));
    // The last receive finds nothing.
    let asked = proxies.sqs.requests();
    assert_eq!(count(&asked, &["ReceiveMessage"]), BACKLOG.div_ceil(batch) + 1);
    assert_eq!(count(&asked, &["DeleteMessage"]), BACKLOG);
    let second = asked.iter().skip(1).position(|name| name == "ReceiveMessage");
    assert_eq!(second, Some(batch), "a batch is done before the next");
    // What each costs is what was measured of one.
    let settled = usage::profile(CALLS[1].1).await.unwrap().settled;
    let asked = proxies.dynamodb.requests();
    let each = |count: u32| BACKLOG * usize::try_from(count).unwrap();
    assert_eq!(count(&asked, &["UpdateItem"]), each(settled.writes));
    let sweep = usize::from(ringbridge::storage::keys::DUE_SHARDS);
    // Each reads its own call; the connection's reads are shared by those that ask at once.
    assert_eq!(count(&asked, &["Query"]), BACKLOG + sweep);
    let alone = each(settled.reads) - BACKLOG;
    assert!((1..alone).contains(&count(&asked, &["BatchGetItem", "GetItem"])), "{alone} would be one each");
    assert_eq!(world.inbox.counters().requests, u64::try_from(each(settled.crm)).unwrap());
}

#[tokio::test]
async fn sweep_takes_its_width_of_many_customers_side_by_side() {
    let (world, proxies) = World::behind_proxies().await;
    let (now, call) = (world.clock.now(), CallId::parse(&"a".repeat(32)).unwrap());
    for _ in 0..WIDTH + 8 {
        let connection = ConnectionId::random(world.deps.random.as_ref());
        world.deps.store.ask(connection, &call, now, now).await.unwrap();
    }
    proxies.dynamodb.clear();
    // The looks at the index pass, then each of them reads its call.
    let shards = usize::from(ringbridge::storage::keys::DUE_SHARDS);
    for nth in 1..=WIDTH {
        proxies.dynamodb.fail(Some("Query"), shards + nth, ProxyFault::Hold);
    }
    let held = async {
        proxies.dynamodb.hangs().beyond(WIDTH - 1).await;
        let asked = count(&proxies.dynamodb.requests(), &["Query"]);
        proxies.dynamodb.release();
        asked
    };
    let (report, asked) = tokio::join!(world.retry(), held);
    assert_eq!((report.swept, report.failed), (WIDTH as u64 + 8, 0), "{report:?}");
    assert_eq!(asked, shards + WIDTH);
}

#[tokio::test]
async fn one_run_takes_up_a_long_backlog_of_one_customer() {
    const LONG: u64 = 700;
    let (world, _proxies) = World::behind_proxies().await;
    let (now, connection) = (world.clock.now(), ConnectionId::random(world.deps.random.as_ref()));
    for nth in 0..LONG {
        let call = CallId::parse(&format!("{nth:032x}")).unwrap();
        world.deps.store.ask(connection, &call, now, now).await.unwrap();
    }
    let report = world.retry().await;
    assert_eq!((report.swept, report.settled, report.passed_by, report.out_of_time), (LONG, LONG, 0, false));
}

#[tokio::test]
async fn sweep_leaves_one_customer_his_share() {
    let (world, _proxies, _) = backlog().await;
    let most = side_by_side(&world, SIDE_BY_SIDE, async {
        let report = world.retry().await;
        assert_eq!((report.messages, report.swept), (0, BACKLOG as u64));
    });
    assert_eq!(most.await, SIDE_BY_SIDE);
}

#[tokio::test]
async fn batch_of_the_event_source_leaves_one_customer_his_share() {
    let (world, _proxies, reminders) = backlog().await;
    let batch = settings().batch;
    let brought = |reminder: &Reminder| TriggerMessage { id: String::new(), reminder: Ok(reminder.clone()) };
    let brought: Vec<_> = reminders[..batch].iter().map(brought).collect();
    let deps = world.retry_deps();
    let most = side_by_side(&world, SIDE_BY_SIDE, async {
        let failures = retry::run_messages(&deps, brought, PATIENCE).await;
        assert_eq!(failures.batch_item_failures, []);
    });
    assert_eq!(most.await, SIDE_BY_SIDE);
}

#[test]
fn schedule_sweeps_each_minute_and_two_may_overlap() {
    let job = &template()["Resources"]["RetryJob"]["Properties"];
    assert_eq!(job["Events"]["EachMinute"]["Properties"]["Schedule"], "rate(1 minute)");
    let settings = settings();
    assert_eq!(settings.sweeps, 2);
    assert!(settings.budget > Duration::from_mins(1) && settings.lease > settings.crm_timeout);
}

#[tokio::test]
async fn a_crm_that_is_known_to_hang_is_asked_for_nothing_and_its_records_wait_with_one_reminder() {
    for profile in profiles().await {
        let held: Vec<_> = profile.events.iter().map(|(_, _, held)| *held).collect();
        assert!(held.iter().all(|event| event.crm == 0), "{held:?}");
        // One when it is asked whether the call was missed, which each "no" asks, or one of the record that waits.
        let no = profile.events.iter().map(|(_, taken, _)| taken.reminders).sum::<u32>().max(1);
        assert_eq!(held.iter().map(|event| event.reminders).sum::<u32>(), no, "{held:?}");
        assert_eq!((profile.held.crm, profile.released.crm, profile.released.reminders), (0, 1, 0));
        assert_eq!((profile.nothing.writes, profile.nothing.crm), (0, 0));
    }
}

async fn hour(connections: u32, scenario: Scenario) -> Outcome {
    let load = Load { connections, span: Duration::from_mins(30), scenario, seed: 7 };
    let (profiles, settings) = (profiles().await, settings());
    let outcome = simulate(&load, &profiles, &settings);
    assert_eq!((outcome.refused, outcome.left), (0, 0), "{outcome:?}");
    assert_eq!(outcome, simulate(&load, &profiles, &settings), "equal seeds give equal hours");
    outcome
}

#[tokio::test]
async fn model_delivers_every_record_whatever_hangs() {
    let ordinary = hour(40, Scenario::Ordinary).await;
    let tenth = hour(40, Scenario::TenthHangs).await;
    let one = hour(40, Scenario::OneHangs).await;
    assert!(ordinary.delivered >= 800, "{ordinary:?}");
    assert_eq!(tenth.delivered, ordinary.delivered);
    assert_eq!(one.delivered, ordinary.delivered + 1_000);
}

#[tokio::test]
async fn one_customers_thousand_records_keep_no_other_waiting() {
    let ordinary = hour(40, Scenario::Ordinary).await;
    let one = hour(40, Scenario::OneHangs).await;
    // As long as it takes to deliver them by all batches that may be side by side.
    assert!(one.waited < ordinary.waited + Duration::from_secs(30), "{one:?}");
    assert!(one.recovered > Duration::from_secs(30), "{one:?}");
}

#[tokio::test]
async fn a_flood_costs_what_its_events_were_measured_to_cost() {
    let (ordinary, flood) = (hour(10, Scenario::Ordinary).await, hour(10, Scenario::OneFloods).await);
    let units = profiles().await[0].events[0].1.write_units;
    assert!(flood.units >= 50 * units && flood.units <= 50 * units + ordinary.units, "{flood:?}");
    assert!(flood.waited <= ordinary.waited + Duration::from_secs(1), "{flood:?}");
}
