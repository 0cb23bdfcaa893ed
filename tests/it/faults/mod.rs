//! Promises P1 to P4 under every fault that Lambda, DynamoDB, SQS, the PBX and a CRM can produce. What each call
//! should come to is taken from a run without faults; a fault may delay it, and may change nothing else.

pub(crate) mod alerts;
mod batches;
mod classification;
mod crashes;
mod crm;
mod messages;
mod queue;
mod races;
mod round_trips;
mod shared_reads;
mod store;

use std::time::Duration;

use http::StatusCode;
use ringbridge::clock::Timestamp;
use ringbridge::model::delivery::{Delivery, DeliveryState};
use ringbridge::model::ids::CallId;
use ringbridge::queue::{Reminder, Task};
use ringbridge::storage::Span;
use serde_json::{Value, json};
use simulators::crm::Record;
use simulators::proxy::{Proxies, Proxy, ProxyFault};
use simulators::world::World;

use crate::calls::{AFTER_THE_HOLD, fixture, logged};
use crate::patience::without_waiting;

/// The events of a call, with the extension that posts each.
type Bodies = Vec<(u64, &'static str)>;

/// An answered call, a queue that rings two phones, and a call that everybody missed.
fn scenarios() -> [(&'static str, Bodies); 3] {
    [
        ("A", fixture!("answered")),
        ("E", fixture!("queue_one_answers")),
        ("F", fixture!("queue_missed_behind_menu")),
    ]
}

/// What must be in the CRM, as a run without faults brings it there.
async fn expected(bodies: &Bodies) -> Vec<Value> {
    let world = World::start().await;
    assert_eq!(post_until_taken(&world, bodies).await, 0);
    recover(&world).await;
    let records: Vec<_> = logged(&world).iter().map(essence).collect();
    assert!(!records.is_empty());
    records
}

/// A record without what differs from world to world, and without its revision.
fn essence(record: &Record) -> Value {
    let mut data = record.data.clone();
    for own in ["connection_id", "record_id", "revision"] {
        data[own].take();
    }
    json!([record.kind, data])
}

/// Posts each event until it is taken, as a PBX that repeats; answers how often that was necessary.
async fn post_until_taken(world: &World, bodies: &[(u64, &str)]) -> usize {
    let mut repeats = 0;
    for (extension, body) in bodies {
        while post_once(world, *extension, body).await != StatusCode::OK {
            repeats += 1;
            assert!(repeats < 10, "the store recovers");
        }
    }
    repeats
}

async fn post_once(world: &World, extension: u64, body: &str) -> StatusCode {
    let status = world.post(extension, body.to_owned()).await;
    assert!(matches!(status, StatusCode::OK | StatusCode::SERVICE_UNAVAILABLE), "{status}");
    world.idle().await;
    status
}

/// Lets time pass, with retry runs, until nothing is left due; bounded, since that may never be. The longer waits
/// are for attempts that failed.
async fn recover(world: &World) {
    let minutes = Duration::from_mins(6);
    for wait in [AFTER_THE_HOLD, AFTER_THE_HOLD, AFTER_THE_HOLD, AFTER_THE_HOLD, minutes, minutes] {
        world.retry_after(wait).await;
        if world.due_soon().await == 0 {
            return;
        }
    }
}

/// Everything expected is in the CRM exactly once, the log says so, and nothing is left due.
async fn verify(world: &World, expected: &[Value], what: &str) {
    let records = logged(world);
    let found: Vec<_> = records.iter().map(essence).collect();
    assert_eq!(found, expected, "{what}: records in the CRM");
    for record in &records {
        let final_ids = record.message_ids.iter().filter(|id| !is_pop_up(id)).count();
        assert_eq!(final_ids, 1, "{what}: repeats have the first one's id");
    }
    assert_eq!(world.due_soon().await, 0, "{what}: left due");
    let deliveries = deliveries(world).await;
    assert_eq!(deliveries.len(), expected.len(), "{what}: records in the log");
    for delivery in deliveries {
        assert_eq!(delivery.state, DeliveryState::Delivered, "{what}: {:?}", delivery.reason);
    }
}

fn is_pop_up(message_id: &str) -> bool {
    ["ringing", "answered", "stopped"].iter().any(|kind| message_id.contains(&format!(".call.{kind}.")))
}

/// All deliveries of the log.
pub(crate) async fn deliveries(world: &World) -> Vec<Delivery> {
    let span = Span {
        from: Timestamp::from_secs(0),
        to: Timestamp::from_secs(4_000_000_000),
        cursor: None,
        limit: 100,
    };
    let page = world.deps.store.records(world.connection, span).await.unwrap();
    page.items.into_iter().map(|listed| listed.delivery).collect()
}

/// What a message about the call of these events says.
fn task(world: &World, bodies: &Bodies) -> Task {
    let id = bodies[0].1.split('&').find_map(|pair| pair.strip_prefix("CallID=")).unwrap();
    let call = ringbridge::model::call::RecordId::call_key(world.connection, &CallId::parse(id).unwrap());
    Task::Settle { connection: world.connection, call }
}

/// Puts a message about the call into the queue, past all proxies, visible now.
async fn remind(world: &World, bodies: &Bodies) {
    let reminder = Reminder { task: task(world, bodies), not_before: Timestamp::from_secs(0) };
    let queue = world.aws.sqs();
    queue.send_message().queue_url(&world.queue).message_body(reminder.to_body()).send().await.unwrap();
}

/// Which of the proxies a fault is put into.
type Which = fn(&Proxies) -> &Proxy;

/// One fault.
#[derive(Clone, Copy)]
struct Stroke {
    which: Which,
    operation: Option<&'static str>,
    fault: ProxyFault,
}

/// Lets the `nth` request of a call, or of the retry runs after it, meet the fault; answers whether there was one.
async fn strike(bodies: &Bodies, expected: &[Value], stroke: Stroke, nth: usize) -> bool {
    let (world, proxies) = World::behind_proxies().await;
    let proxy = (stroke.which)(&proxies);
    proxy.fail(stroke.operation, nth, stroke.fault);
    let call = Box::pin(async {
        post_until_taken(&world, bodies).await;
        remind(&world, bodies).await;
        world.retry_after(AFTER_THE_HOLD).await;
    });
    without_waiting(proxy.hangs(), call).await;
    let struck = proxy.struck() > 0;
    proxy.heal();
    recover(&world).await;
    verify(&world, expected, &format!("{:?} at request {nth} of {:?}", stroke.fault, stroke.operation)).await;
    struck
}

/// The same at every ordinal, until a run has no such request; answers how many there were.
async fn strike_everywhere(bodies: &Bodies, stroke: Stroke) -> usize {
    let expected = expected(bodies).await;
    let mut nth = 1;
    while strike(bodies, &expected, stroke, nth).await {
        nth += 1;
        assert!(nth < 200, "a call has an end");
    }
    nth - 1
}
