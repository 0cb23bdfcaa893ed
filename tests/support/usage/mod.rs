//! What a call uses, counted on the wire: plays its events through the real flows and reads the requests off the
//! proxies. The costs and the scale model are reckoned from it, so both follow the code.

mod trace;

use std::collections::BTreeMap;
use std::time::Duration;

use ringbridge::call::{CallEvent, RecordId};
use ringbridge::flow::call::settle;

pub use self::trace::Requests;
use self::trace::Trace;
use crate::crm::Fault;
use crate::world::World;

/// Something outside failed; says what.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The calls that are measured, and what each is: a phone that answers; a call lost in a menu; a queue that rings two
/// phones of which one answers; a queue behind a menu in which nobody answers.
pub const CALLS: [(&str, &str); 4] = [
    ("a phone answers", include_str!("../../fixtures/calls/a.txt")),
    ("lost in a menu", include_str!("../../fixtures/calls/d.txt")),
    ("queue, then a phone", include_str!("../../fixtures/calls/e.txt")),
    ("lost in a queue", include_str!("../../fixtures/calls/f.txt")),
];

/// Longer than any hold, and so long that the first retry is due.
const ONE_ROUND: Duration = Duration::from_secs(70);

/// What one call used while its CRM took everything.
#[derive(Clone, Debug)]
pub struct Usage {
    /// Its events: how long each came after the first, and what it used.
    pub events: Vec<(Duration, Requests)>,
    /// What its retry run used, with the sweep and the look at the queue.
    pub run: Requests,
    /// All its items, in bytes as DynamoDB counts them.
    pub stored_bytes: usize,
    /// The largest of them.
    pub largest_item: usize,
}

/// What one call uses, whatever its CRM does.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its events: how long each came after the first; what it uses; and what, if the CRM fails.
    pub events: Vec<(Duration, Requests, Requests)>,
    /// Settling it after the hold.
    pub settled: Requests,
    /// The same, if the CRM fails.
    pub unsettled: Requests,
    /// Another attempt that fails.
    pub failed_again: Requests,
    /// Another attempt that succeeds.
    pub delivered: Requests,
    /// Settling it before its next attempt is due.
    pub too_early: Requests,
    /// Settling it when nothing is left to do.
    pub nothing: Requests,
}

/// Plays one call and reads off what it used.
pub async fn measure(text: &str) -> Result<Usage, Failure> {
    let mut trace = Trace::start().await;
    let events = play(&mut trace, text).await?;
    // Missed calls are decided after their hold.
    trace.world.retry_after(ONE_ROUND).await;
    let run = trace.take().await?;
    let sizes = trace.sizes().await?;
    Ok(Usage {
        events,
        run,
        stored_bytes: sizes.values().sum(),
        largest_item: sizes.into_values().max().unwrap_or(0),
    })
}

/// Plays one call with a CRM that takes everything, and again with one that fails.
pub async fn profile(text: &str) -> Result<Profile, Failure> {
    let mut trace = Trace::start().await;
    let taken = play(&mut trace, text).await?;
    trace.world.clock.advance(ONE_ROUND);
    let settled = settle_call(&mut trace, text).await?;
    let nothing = settle_call(&mut trace, text).await?;

    let mut trace = Trace::start().await;
    trace.world.inbox.fail_next(usize::from(u16::MAX), &Fault::Status(503, None));
    let refused = play(&mut trace, text).await?;
    trace.world.clock.advance(trace.world.deps.timing.hold);
    let unsettled = settle_call(&mut trace, text).await?;
    let too_early = settle_call(&mut trace, text).await?;
    trace.world.clock.advance(ONE_ROUND);
    let failed_again = settle_call(&mut trace, text).await?;
    trace.world.inbox.heal();
    trace.world.clock.advance(ONE_ROUND * 5);
    let delivered = settle_call(&mut trace, text).await?;
    let events = taken.into_iter().zip(refused).map(|((at, taken), (_, refused))| (at, taken, refused));
    let events = events.collect();
    Ok(Profile { events, settled, unsettled, failed_again, delivered, too_early, nothing })
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
        used.push((at.since(*first.get_or_insert(at)), trace.take().await?));
    }
    Ok(used)
}

/// Settles the call as a retry run does that was reminded of it.
async fn settle_call(trace: &mut Trace, text: &str) -> Result<Requests, Failure> {
    let World { deps, connection, .. } = &trace.world;
    settle::call(deps, trace.world.turn(), *connection, call_key(&trace.world, text)?).await?;
    trace.take().await
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

/// Sizes by key.
type Sizes = BTreeMap<(String, String), usize>;
