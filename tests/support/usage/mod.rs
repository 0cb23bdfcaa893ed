//! What a call uses, counted on the wire: plays its events through the real flows and reads the requests off the
//! proxies. The costs and the scale model are reckoned from it, so both follow the code.

mod trace;
pub mod units;

use std::time::Duration;

use ringbridge::clock::Clock as _;
use ringbridge::flow::call::settle;
use ringbridge::flow::retry;
use ringbridge::model::call::{CallEvent, RecordId};
use ringbridge::model::connection::Breaker;
use ringbridge::queue::{Reminder, Task, TriggerMessage};

pub use self::trace::Requests;
use self::trace::Trace;
use crate::world::World;

/// Something outside failed; says what.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The calls that are measured, and what each is: a phone that answers; a call lost in a menu; a queue that rings two
/// phones of which one answers; a queue behind a menu in which nobody answers.
pub const CALLS: [(&str, &str); 4] = [
    ("a phone answers", include_str!("../../fixtures/calls/answered.txt")),
    ("lost in a menu", include_str!("../../fixtures/calls/hung_up_in_menu.txt")),
    ("queue, then a phone", include_str!("../../fixtures/calls/queue_one_answers.txt")),
    ("lost in a queue", include_str!("../../fixtures/calls/queue_missed_behind_menu.txt")),
];

/// Longer than any hold.
const ONE_ROUND: Duration = Duration::from_secs(70);

/// What one call used while its CRM took everything.
#[derive(Clone, Debug)]
pub struct Usage {
    /// What each of its events used.
    pub events: Vec<Requests>,
    /// What the batch of the queue used that brought its reminder, if there was one, with the requests of the event
    /// source.
    pub batch: Option<Requests>,
    /// Bytes that are charged for keeping it.
    pub kept: usize,
}

impl Usage {
    /// All of it.
    pub fn all(&self) -> Requests {
        self.events.iter().chain(&self.batch).fold(Requests::default(), |all, one| all + *one)
    }
}

/// What one call uses, whatever its CRM does.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its events: how long each came after the first; what it uses; and what, while its CRM is known to hang.
    pub events: Vec<(Duration, Requests, Requests)>,
    /// Settling it after the hold.
    pub settled: Requests,
    /// Looking at it while its CRM hangs.
    pub held: Requests,
    /// Settling it when the CRM answers again.
    pub released: Requests,
    /// Settling it when nothing is left to do.
    pub nothing: Requests,
}

/// Plays one call and reads off what it used.
pub async fn measure(text: &str) -> Result<Usage, Failure> {
    measure_from(text, || {}).await
}

/// The same, and says when the call begins.
pub async fn measure_from(text: &str, begins: impl FnOnce()) -> Result<Usage, Failure> {
    let mut trace = Trace::start().await;
    begins();
    let events: Vec<_> = play(&mut trace, text).await?.into_iter().map(|(_, used)| used).collect();
    let reminded = events.iter().any(|used| used.reminders > 0);
    let batch = if reminded { Some(bring(&mut trace, text).await?) } else { None };
    Ok(Usage { events, batch, kept: trace.kept() })
}

/// What the event source does with the reminder after the hold: it takes it off the queue, and deletes it.
async fn bring(trace: &mut Trace, text: &str) -> Result<Requests, Failure> {
    let world = &trace.world;
    world.clock.advance(world.deps.timing.hold);
    let task = Task::Settle { connection: world.connection, call: call_key(world, text)? };
    let reminder = Reminder { task, not_before: world.clock.now() };
    let brought = vec![TriggerMessage { id: String::new(), reminder: Ok(reminder) }];
    let failures = retry::run_messages(&world.retry_deps(), brought, ONE_ROUND).await;
    if !failures.batch_item_failures.is_empty() {
        return Err("the reminder's work failed".into());
    }
    let used = trace.take()?;
    Ok(Requests { queue: used.queue + 2, ..used })
}

/// Plays one call with a CRM that takes everything, and again with one that is known to hang.
pub async fn profile(text: &str) -> Result<Profile, Failure> {
    let mut trace = Trace::start().await;
    let taken = play(&mut trace, text).await?;
    trace.world.clock.advance(trace.world.deps.timing.hold);
    let settled = settle_call(&mut trace, text).await?;
    let nothing = settle_call(&mut trace, text).await?;

    let mut trace = Trace::start().await;
    hangs(&mut trace, Some(ONE_ROUND)).await?;
    let held = play(&mut trace, text).await?;
    trace.world.clock.advance(ONE_ROUND);
    hangs(&mut trace, Some(ONE_ROUND)).await?;
    let looked = settle_call(&mut trace, text).await?;
    trace.world.clock.advance(ONE_ROUND);
    hangs(&mut trace, None).await?;
    let released = settle_call(&mut trace, text).await?;
    let events = taken.into_iter().zip(held).map(|((at, taken), (_, held))| (at, taken, held));
    Ok(Profile { events: events.collect(), settled, held: looked, released, nothing })
}

/// Opens the connection's breaker for so long, or closes it.
async fn hangs(trace: &mut Trace, span: Option<Duration>) -> Result<(), Failure> {
    let World { deps, clock, connection, .. } = &trace.world;
    let until = span.map(|span| clock.now() + span);
    let stored = deps.store.connection_with(*connection, &[]).await?.0.ok_or("no connection")?;
    let breaker = until.map(|probe_at| Breaker { probe_at, timeouts: 1 });
    deps.store.update_connection(stored, |connection| connection.breaker = breaker).await?;
    deps.gates.hangs(*connection, until);
    trace.take().map(drop)
}

async fn play(trace: &mut Trace, text: &str) -> Result<Vec<(Duration, Requests)>, Failure> {
    let mut used = Vec::new();
    let mut first = None;
    for body in bodies(text) {
        let status = trace.world.post(extension(body)?, body.to_owned()).await;
        if !status.is_success() {
            return Err(format!("an event was answered {status}").into());
        }
        trace.world.idle().await;
        let at = CallEvent::parse(body.as_bytes())?.time().ok_or("an event without a time")?;
        used.push((at.since(*first.get_or_insert(at)), trace.take()?));
    }
    Ok(used)
}

/// Settles the call as a retry run does that was reminded of it.
async fn settle_call(trace: &mut Trace, text: &str) -> Result<Requests, Failure> {
    let World { deps, connection, .. } = &trace.world;
    settle::call(deps, trace.world.turn(), *connection, call_key(&trace.world, text)?).await?;
    trace.take()
}

/// The key of a fixture's call in a world.
pub fn call_key(world: &World, text: &str) -> Result<[u8; 16], Failure> {
    let event = CallEvent::parse(bodies(text).next().ok_or("a call without events")?.as_bytes())?;
    Ok(RecordId::call_key(world.connection, event.call_id()))
}

/// The wire bodies of a fixture.
pub fn bodies(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| line.starts_with("EventType="))
}

/// The extension that an event is posted to: its own, as the PBX does.
pub fn extension(body: &str) -> Result<u64, Failure> {
    let leg = body.split('&').find_map(|field| field.strip_prefix("SubCallID="));
    let id = leg.and_then(|leg| leg.split('-').next()).and_then(|id| id.parse().ok());
    Ok(id.ok_or("an event without an extension")?)
}
