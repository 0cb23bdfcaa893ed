//! The calls at their rate, the kills between them, and the faults on the way to the CRM.

use std::sync::Arc;
use std::time::Duration;

use simulators::outside::{Call, Failure, Runner, Traffic};
use simulators::pbx::Rng;
use simulators::proxy::{Proxy, ProxyFault};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// One request in so many fails.
const ONE_IN: u64 = 9;
/// More requests than there are.
const REQUESTS: u64 = 6_000;
/// What interactions are made by: its lost answers are what makes calls stand twice.
const MAKE: &str = "POST /api/interactions/";

/// Plans the faults: lost answers, resets, failures and refusals for a while, spread over all requests.
pub(crate) fn plan(proxy: &Proxy, random: &mut Rng) {
    proxy.fail_now_and_then(ONE_IN, REQUESTS, random);
    for nth in (5..200).step_by(9) {
        proxy.fail(Some(MAKE), nth, ProxyFault::LoseAnswer);
    }
}

/// Plays all calls; answers how many had events that were never taken.
pub(crate) async fn play(
    traffic: &Arc<Traffic>,
    calls: &Arc<Vec<Call>>,
    rate: u32,
    played: &watch::Sender<usize>,
) -> usize {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut playing = JoinSet::new();
    for place in 0..calls.len() {
        ticks.tick().await;
        let (traffic, calls) = (Arc::clone(traffic), Arc::clone(calls));
        playing.spawn(async move { traffic.play(&calls[place]).await });
        played.send_replace(place + 1);
    }
    playing.join_all().await.into_iter().filter(|taken| !taken).count()
}

/// Kills the runner so often while calls are played, each time after as many of them; ends when that is done.
pub(crate) async fn kill(
    runner: &Runner,
    kills: u32,
    calls: usize,
    mut played: watch::Receiver<usize>,
    random: &mut Rng,
) -> Result<u32, Failure> {
    let share = calls / usize::try_from(kills + 1)?.max(1);
    for kill in 1..=kills {
        let after = share * usize::try_from(kill)?;
        // The sender outlives the calls.
        let _ = played.wait_for(|played| *played >= after).await;
        // In the middle of something.
        tokio::time::sleep(Duration::from_millis(random.below(700))).await;
        runner.kill_and_restart().await?;
    }
    Ok(kills)
}
