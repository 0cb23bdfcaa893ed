//! More is due than one run can do: the run ends in time, says how late the work is, and gives each kind of it a turn.

use std::sync::Arc;
use std::time::Duration;

use ringbridge::clock::{Clock, Timestamp};
use ringbridge::flow::call::flood::{Admission, Flood};
use ringbridge::flow::call::gate::SIDE_BY_SIDE;
use ringbridge::flow::call::settle;
use ringbridge::flow::retry::{self, Report};
use ringbridge::model::call::RecordId;
use ringbridge::model::ids::CallId;
use ringbridge::model::secret::Digest;
use simulators::clock::ManualClock;
use simulators::crm::CrmFault;
use simulators::posting::Posting;
use simulators::world::World;

use crate::calls::{bodies, post};
use crate::scale::{BACKLOG, backlog};

/// Far less than the backlog takes.
const BUDGET: Duration = Duration::from_mins(1);

/// Goes on by so much whenever somebody looks, since work takes time.
#[derive(Debug)]
struct Ticking(Arc<ManualClock>, Duration);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        self.0.advance(self.1);
        self.0.now()
    }
}

async fn run(world: &World, budget: Duration) -> Report {
    let mut deps = world.retry_deps();
    deps.calls.clock = Arc::new(Ticking(Arc::clone(&world.clock), Duration::from_millis(100)));
    retry::run(&deps, budget).await
}

#[tokio::test]
async fn how_late_the_work_is_is_said_without_time_to_do_any() {
    let (world, _proxies, _) = backlog().await;
    world.clock.advance(Duration::from_mins(10));
    let report = run(&world, Duration::ZERO).await;
    assert_eq!((report.messages, report.swept, report.out_of_time), (0, 0, true));
    assert!(report.oldest_due_seconds >= 600, "{report:?}");
}

#[tokio::test]
async fn full_queue_leaves_the_sweep_its_turn() {
    let (world, _proxies, reminders) = backlog().await;
    // Enough for the whole run; the rest has no reminder.
    for reminder in &reminders[..100] {
        world.deps.queue.send(reminder, Timestamp::from_secs(1)).await.unwrap();
    }
    let report = run(&world, BUDGET).await;
    assert!(report.messages > 0 && report.messages < 100, "{report:?}");
    assert!(report.swept > 0 && report.out_of_time, "{report:?}");
    while run(&world, BUDGET).await.out_of_time {}
    assert_eq!(world.inbox.records().len(), BACKLOG);
}

#[tokio::test]
async fn messages_have_what_the_sweep_leaves() {
    let (world, _proxies, reminders) = backlog().await;
    let [first, rest @ ..] = reminders.as_slice() else { unreachable!() };
    // Nothing to do for these: one call's reminder, again and again.
    for _ in 0..200 {
        world.deps.queue.send(first, Timestamp::from_secs(1)).await.unwrap();
    }
    let long = Duration::from_mins(30);
    let report = run(&world, long).await;
    // The same call ten times at once is settled once; whoever comes too late may remind of it once more.
    assert!(report.messages >= 200 && !report.out_of_time, "{report:?}");
    assert_eq!(report.swept, rest.len() as u64);
}

#[tokio::test]
async fn sweep_ends_in_time_within_a_page() {
    let (world, _proxies, _) = backlog().await;
    let began = world.clock.now();
    let report = run(&world, BUDGET).await;
    assert!(report.settled > 0 && report.settled < BACKLOG as u64, "{report:?}");
    assert!(report.out_of_time && report.swept > 0);
    // One width more than the budget at most.
    assert!(world.clock.now().since(began) < BUDGET + BUDGET / 2, "{report:?}");
}

#[tokio::test]
async fn reminders_of_a_crm_that_hangs_write_nothing_and_wake_no_herd() {
    let (world, proxies, reminders) = backlog().await;
    let remind = async || {
        for reminder in &reminders {
            world.deps.queue.send(reminder, Timestamp::from_secs(1)).await.unwrap();
        }
        proxies.sqs.clear();
    };
    let hangs = |until| world.deps.gates.hangs(world.connection, until);
    remind().await;
    hangs(Some(world.clock.now() + Duration::from_mins(2)));
    let report = world.retry().await;
    let backlog = BACKLOG as u64;
    assert_eq!((report.messages, report.swept, report.passed_by), (backlog, backlog, 2 * backlog));
    let asked: Vec<_> = proxies.dynamodb.requests().into_iter().filter(|name| name != "Query").collect();
    assert_eq!(asked, Vec::<String>::new(), "nothing is written for what can't go out");
    assert!(!proxies.sqs.requests().iter().any(|name| name == "SendMessage"));
    hangs(None);
    let report = world.retry().await;
    assert_eq!((report.messages, report.settled, world.inbox.records().len()), (0, backlog, BACKLOG));
    assert!(world.inbox.most_at_once() <= SIDE_BY_SIDE);
}

/// Events refused of so many a second, over so many minutes, each brought to the next of so many processes.
fn refused(a_second: u32, processes: usize, minutes: u32) -> usize {
    let floods: Vec<_> = (0..processes).map(|_| Flood::default()).collect();
    let token = Digest::of(b"a token");
    let refused = (0..a_second * 60 * minutes).zip(floods.iter().cycle()).filter(|(number, flood)| {
        let now = Timestamp::from_secs(1) + Duration::from_secs(1) / a_second * *number;
        flood.admit(&token, now) != Admission::Admitted
    });
    refused.count()
}

#[test]
fn flood_over_a_handful_of_processes_is_refused_and_a_busy_queue_is_not() {
    for processes in [1, 5, 8] {
        let refused = refused(50, processes, 60);
        assert!(refused > 0, "{processes} processes admit fifty a second for an hour");
    }
    assert_eq!(refused(50, 16, 10), 0, "what the bound does not see: it is each process's own");
    // Three hundred calls a minute for hours, all in one process.
    assert_eq!(refused(5, 1, 180), 0);
}

#[tokio::test]
async fn looks_at_a_call_add_no_reminders_of_what_waits_already() {
    let (world, proxies) = World::behind_proxies().await;
    world.inbox.fail_next(100, &CrmFault::Status(503, None));
    post(&world, &bodies(include_str!("../fixtures/calls/transferred.txt"))).await;
    let id = CallId::parse("ae9ae00877a7fb9f57757a9761d049a1").unwrap();
    let call = RecordId::call_key(world.connection, &id);
    let look = async || settle::call(&world.deps, world.turn(), world.connection, call).await.unwrap();
    let sent = || proxies.sqs.requests().iter().filter(|name| *name == "SendMessage").count();
    world.clock.advance(Duration::from_mins(2));
    proxies.sqs.clear();
    look().await;
    assert_eq!(sent(), 1, "both legs failed once more; the sooner of their next attempts brings both");
    for round in 0..4 {
        proxies.sqs.clear();
        for _ in 0..3 {
            look().await;
        }
        assert_eq!(sent(), 0, "round {round}: both legs wait, and somebody has said so");
        world.clock.advance(Duration::from_hours(13));
        look().await;
    }
    assert!(sent() <= 1, "waits longer than a message can are the sweep's alone");
}

#[tokio::test]
async fn looks_at_a_call_that_stays_open_for_six_hours_are_few() {
    let (world, proxies) = World::behind_proxies().await;
    // A queue says no, and a phone that it did not ring rings on: the call goes on somewhere.
    let [ivr, queue] =
        bodies(include_str!("../fixtures/calls/queue_missed_behind_menu.txt")).try_into().unwrap();
    let ring = Posting::from(bodies(include_str!("../fixtures/calls/answered.txt"))[0]).in_call_of(ivr);
    post(&world, &[ivr, queue]).await;
    post(&world, &[ring.posted()]).await;
    let queries = || proxies.dynamodb.requests().iter().filter(|name| *name == "Query").count();
    let (mut looks, mut sent) = (0, 0);
    for _ in 0..6 * 60 {
        proxies.dynamodb.clear();
        proxies.sqs.clear();
        // Each run asks the sixteen parts of the index.
        world.retry_after(Duration::from_mins(1)).await;
        looks += queries() - 16;
        sent += proxies.sqs.requests().iter().filter(|name| *name == "SendMessage").count();
    }
    assert!(looks <= 4 && sent <= 2, "{looks} looks, {sent} messages in six hours");
}
