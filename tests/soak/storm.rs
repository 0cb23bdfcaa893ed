//! The calls at their rate, and the kills between them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use simulators::outside::{Call, Failure, Runner, Traffic};
use simulators::pbx::Rng;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::args::Args;
use crate::say;

/// Calls under way at once.
const WIDTH: usize = 64;

/// Plays all calls, with the kills between them; answers how many had events that were never taken.
pub(crate) async fn play(
    runner: &Runner,
    traffic: &Arc<Traffic>,
    calls: &Arc<Vec<Call>>,
    args: &Args,
    kills: &AtomicUsize,
) -> Result<usize, Failure> {
    let (end, ended) = watch::channel(false);
    let played = async {
        let untaken = play_all(traffic, calls, args.rate).await;
        end.send_replace(true);
        Ok(untaken)
    };
    // A kill that has begun is ended: the runner is up afterwards.
    let (untaken, ()) = tokio::try_join!(played, kill_now_and_then(runner, args, kills, ended))?;
    Ok(untaken)
}

async fn play_all(traffic: &Arc<Traffic>, calls: &Arc<Vec<Call>>, rate: u32) -> usize {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let room = Arc::new(Semaphore::new(WIDTH));
    let (mut playing, mut untaken) = (JoinSet::new(), 0);
    for place in 0..calls.len() {
        ticks.tick().await;
        // The semaphore is never closed.
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { break };
        let (traffic, calls) = (Arc::clone(traffic), Arc::clone(calls));
        playing.spawn(async move {
            let taken = traffic.play(&calls[place]).await;
            drop(permit);
            taken
        });
        while let Some(Ok(taken)) = playing.try_join_next() {
            untaken += usize::from(!taken);
        }
        if (place + 1) % 1_000 == 0 {
            say(&format!("  {} calls", place + 1));
        }
    }
    untaken + playing.join_all().await.into_iter().filter(|taken| !taken).count()
}

/// Kills the runner at random and starts it again, until all is played.
async fn kill_now_and_then(
    runner: &Runner,
    args: &Args,
    kills: &AtomicUsize,
    mut ended: watch::Receiver<bool>,
) -> Result<(), Failure> {
    if args.kill_every.is_zero() {
        return Ok(());
    }
    let mut random = Rng::new(args.seed ^ 0x6b69_6c6c);
    loop {
        let half = args.kill_every / 2;
        let millis = u64::try_from(args.kill_every.as_millis()).unwrap_or(u64::MAX);
        let pause = half + Duration::from_millis(random.below(millis.max(1)));
        // Both an end and a sender that is gone leave nothing to disturb.
        if tokio::time::timeout(pause, ended.wait_for(|ended| *ended)).await.is_ok() {
            return Ok(());
        }
        runner.kill_and_restart().await?;
        kills.fetch_add(1, Ordering::Relaxed);
    }
}
