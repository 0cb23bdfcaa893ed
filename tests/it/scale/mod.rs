//! The scale model against what it models: its settings are the template's, what it assumes of a retry run is what a
//! retry run does, and no record of its own gets lost.

use std::sync::Arc;
use std::time::Duration;

use integration_tests::crm::Fault;
use integration_tests::proxy::{Fault as AwsFault, Proxies};
use integration_tests::scale::{Load, Outage, Settings, simulate};
use integration_tests::usage::{self, CALLS, Profile};
use integration_tests::world::World;
use ringbridge::call::RecordId;
use ringbridge::clock::Timestamp;
use ringbridge::crm::Connectors;
use ringbridge::crm::webhook::WebhookConnector;
use ringbridge::flow::HISTORY_EVERY;
use ringbridge::flow::call::gate::SIDE_BY_SIDE;
use ringbridge::flow::retry;
use ringbridge::http_client::{self, Targets, Timeouts};
use ringbridge::ids::CallId;
use ringbridge::queue::{BATCH, Brought, Reminder, Task};
use ringbridge::rules::retry::RetryPolicy;

use crate::calls::{AFTER_THE_HOLD, fixture};

/// Due calls: more than two widths and batches, and no multiple of either.
pub(crate) const BACKLOG: usize = 137;
/// Nothing here takes so long.
const PATIENCE: Duration = Duration::from_secs(20);

fn settings() -> Settings {
    let template = std::fs::read_to_string(crate::infra::at("infra/template.yaml")).unwrap();
    Settings::of(&integration_tests::template::read(&template).unwrap()).unwrap()
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
    world.deps.connectors = Arc::new(Connectors { webhook: Box::new(WebhookConnector::new(client)) });
    proxies.sqs.fail_all(Some("SendMessage"), AwsFault::Refuse("AccessDenied"));
    let (extension, body) = fixture!("d")[0];
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
    world.inbox.fail_next(BACKLOG, &Fault::Held);
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
async fn drain_asks_one_crm_for_a_few_at_once_and_takes_the_next_batch_after_the_last() {
    let (world, proxies, reminders) = backlog().await;
    for reminder in &reminders {
        world.deps.queue.send(reminder, Timestamp::from_secs(1)).await.unwrap();
    }
    proxies.sqs.clear();
    let batch = usize::try_from(BATCH).unwrap();
    let most = side_by_side(&world, SIDE_BY_SIDE, async {
        let report = world.retry().await;
        assert_eq!((report.messages, report.swept), (BACKLOG as u64, 0));
    });
    assert_eq!(most.await, SIDE_BY_SIDE);
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
    assert_eq!(count(&asked, &["BatchGetItem", "GetItem", "Query"]), each(settled.reads) + sweep);
    assert_eq!(world.inbox.counters().requests, u64::try_from(each(settled.crm)).unwrap());
}

#[tokio::test]
async fn sweep_asks_one_crm_for_a_few_at_once() {
    let (world, _proxies, _) = backlog().await;
    let most = side_by_side(&world, SIDE_BY_SIDE, async {
        let report = world.retry().await;
        assert_eq!((report.messages, report.swept), (0, BACKLOG as u64));
    });
    assert_eq!(most.await, SIDE_BY_SIDE);
}

#[tokio::test]
async fn batch_of_the_event_source_asks_one_crm_for_a_few_at_once() {
    let (world, _proxies, reminders) = backlog().await;
    let batch = settings().batch;
    let brought = |reminder: &Reminder| Brought { id: String::new(), reminder: Ok(reminder.clone()) };
    let brought: Vec<_> = reminders[..batch].iter().map(brought).collect();
    let deps = world.retry_deps();
    let most = side_by_side(&world, SIDE_BY_SIDE, async {
        let failures = retry::run_messages(&deps, brought, PATIENCE).await;
        assert_eq!(failures.batch_item_failures, []);
    });
    assert_eq!(most.await, SIDE_BY_SIDE);
}

#[test]
fn template_says_what_the_model_needs_and_the_product_does() {
    let settings = settings();
    assert_eq!(settings.retry, RetryPolicy::default());
    assert!(settings.budget() < settings.timeout && settings.every < settings.timeout);
    assert!(HISTORY_EVERY > settings.every, "a look at a history is due once in many runs");
    assert!(settings.scheduled() == 2 && settings.with_source(50).scheduled() == 2);
}

#[tokio::test]
async fn one_reminder_follows_a_failure_and_none_a_look_before_its_time() {
    for profile in profiles().await {
        let sends = |requests: usage::Requests| requests.reminders;
        assert_eq!(sends(profile.failed_again), 1);
        let asks = profile.settled.crm > 0;
        let of_events = profile.events.iter().map(|(_, taken, _)| sends(*taken)).sum::<u32>();
        assert!(of_events > 0 || !asks, "a question that waits is reminded of");
        assert_eq!(sends(profile.too_early), 0, "whoever stored the wait has reminded of it");
        assert_eq!((sends(profile.delivered), sends(profile.settled), sends(profile.nothing)), (0, 0, 0));
        assert_eq!((profile.delivered.crm, profile.failed_again.crm), (1, 1));
        assert_eq!((profile.nothing.writes, profile.nothing.crm, profile.too_early.crm), (0, 0, 0));
    }
}

#[tokio::test]
async fn model_delivers_every_record_and_leaves_nothing() {
    let (profiles, settings) = (profiles().await, settings());
    let modes = [settings.clone(), settings.with_source(2), settings.by_schedule()];
    let span = Duration::from_hours(1);
    for (connections, outage) in [(1, Outage::default()), (40, Outage::within(span))] {
        for outcome in simulate(Load { connections, span, outage, seed: 7 }, &profiles, &modes) {
            assert_eq!((outcome.refused, outcome.throttled), (0, 0));
            assert!(outcome.calls >= 30);
            assert_eq!((outcome.delivered, outcome.given_up, outcome.left), (outcome.calls, 0, 0));
        }
    }
}

#[tokio::test]
async fn equal_seeds_give_equal_hours() {
    let (profiles, modes) = (profiles().await, [settings()]);
    let span = Duration::from_mins(30);
    let load = Load { connections: 50, span, outage: Outage::within(span), seed: 3 };
    let shown = |load| format!("{:?}", simulate(load, &profiles, &modes));
    assert_eq!(shown(load), shown(load));
    assert_ne!(shown(load), shown(Load { seed: 4, ..load }));
}
