//! What is posted: the records that wait for the CRM that hangs, the flood, and the ordinary calls.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use simulators::outside::{Call, Traffic};
use simulators::pbx::Rng;
use simulators::pbx::player::{Cast, Emission, Outcome, Scenario};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

/// Posts on their way at once.
const WIDTH: usize = 64;

/// The ordinary calls: answered ones and missed ones in turn.
const ORDINARY: [Scenario; 6] = [
    Scenario::Answered,
    Scenario::Unanswered(Outcome::NoAnswer),
    Scenario::QueueAnswered { through_ivr: true },
    Scenario::QueueMissed { rounds: 1, queues: 1, through_ivr: true },
    Scenario::OutgoingAnswered,
    Scenario::IvrAbandoned,
];

/// How often each status was answered; 0 stands for no answer.
pub(crate) type Statuses = BTreeMap<u16, usize>;

/// The hangup of a new call's phone, and the id of the call.
fn hangup(scenario: &Scenario, cast: &Cast, random: &mut Rng) -> Option<(String, Emission)> {
    let hangup = Call::now(scenario, cast, random).hangup()?.clone();
    Some((hangup.get("CallID")?.to_owned(), hangup))
}

/// Posts the hangups of so many answered calls; answers the calls whose hangup was taken.
pub(crate) async fn due(traffic: &Arc<Traffic>, cast: &Cast, count: usize, seed: u64) -> Vec<String> {
    let mut random = Rng::new(seed);
    let (mut posts, mut taken) = (JoinSet::new(), Vec::new());
    for _ in 0..count {
        let Some((call, hangup)) = hangup(&Scenario::Answered, cast, &mut random) else { continue };
        let traffic = Arc::clone(traffic);
        posts.spawn(async move {
            traffic.send(&hangup).await.is_some_and(|status| status.is_success()).then_some(call)
        });
        if posts.len() >= WIDTH {
            taken.extend(posts.join_next().await.and_then(Result::ok).flatten());
        }
    }
    taken.extend(posts.join_all().await.into_iter().flatten());
    taken
}

/// Floods the URL of one phone until then, half with answered calls and half with missed ones; answers the statuses.
pub(crate) async fn flood(
    traffic: Arc<Traffic>,
    cast: Cast,
    rate: u32,
    until: Instant,
    seed: u64,
) -> Statuses {
    let mut random = Rng::new(seed);
    let mut ticks = ticks(rate, MissedTickBehavior::Burst);
    let (mut posts, mut statuses) = (JoinSet::new(), Statuses::new());
    let mut missed = false;
    while Instant::now() < until {
        ticks.tick().await;
        missed = !missed;
        let scenario = if missed { Scenario::Unanswered(Outcome::NoAnswer) } else { Scenario::Answered };
        let Some((_, hangup)) = hangup(&scenario, &cast, &mut random) else { continue };
        let traffic = Arc::clone(&traffic);
        posts.spawn(async move { traffic.send(&hangup).await.map_or(0, |status| status.as_u16()) });
        while posts.len() >= WIDTH {
            count(&mut statuses, posts.join_next().await.and_then(Result::ok));
        }
        while let Some(status) = posts.try_join_next() {
            count(&mut statuses, status.ok());
        }
    }
    for status in posts.join_all().await {
        count(&mut statuses, Some(status));
    }
    statuses
}

fn count(statuses: &mut Statuses, status: Option<u16>) {
    *statuses.entry(status.unwrap_or_default()).or_default() += 1;
}

/// Plays ordinary calls until then; answers those whose events were all taken, and how many were not.
pub(crate) async fn ordinary(
    traffic: Arc<Traffic>,
    cast: Cast,
    rate: u32,
    until: Instant,
    seed: u64,
) -> (Vec<Call>, usize) {
    let mut random = Rng::new(seed);
    let mut ticks = ticks(rate, MissedTickBehavior::Delay);
    let mut playing = JoinSet::new();
    let mut scenarios = ORDINARY.iter().cycle();
    while Instant::now() < until {
        ticks.tick().await;
        let Some(scenario) = scenarios.next() else { break };
        let call = Call::now(scenario, &cast, &mut random);
        let traffic = Arc::clone(&traffic);
        playing.spawn(async move {
            let taken = traffic.play(&call).await;
            (call, taken)
        });
    }
    let played = playing.join_all().await;
    let untaken = played.iter().filter(|(_, taken)| !taken).count();
    (played.into_iter().filter_map(|(call, taken)| taken.then_some(call)).collect(), untaken)
}

fn ticks(rate: u32, missed: MissedTickBehavior) -> tokio::time::Interval {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate);
    ticks.set_missed_tick_behavior(missed);
    ticks
}
