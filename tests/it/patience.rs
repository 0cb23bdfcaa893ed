//! Whoever hangs is not waited for: the time jumps, and whoever asked gives up.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use simulators::patience::{Hangs, PATIENCE};

/// Does the work; each time that a request of it hangs, so much time passes at once that nobody waits any longer.
pub(crate) async fn without_waiting<T>(hangs: &Hangs, work: impl Future<Output = T>) -> T {
    at_each_hang(hangs, work, async || pass(PATIENCE).await).await
}

/// Does the work, and something else each time that a request of it hangs.
pub(crate) async fn at_each_hang<T>(
    hangs: &Hangs,
    work: impl Future<Output = T>,
    mut then: impl AsyncFnMut(),
) -> T {
    let mut work = Box::pin(work);
    let mut seen = hangs.count();
    loop {
        match select(work.as_mut(), pin!(hangs.beyond(seen))).await {
            Either::Left((done, _)) => return done,
            Either::Right((count, _)) => {
                seen = count;
                then().await;
            }
        }
    }
}

/// Lets that much of the machine's time pass at once. The clock stands still only for this step: standing, it would
/// run ahead whenever everybody waits for the network.
pub(crate) async fn pass(span: Duration) {
    tokio::time::pause();
    tokio::time::advance(span + Duration::from_secs(1)).await;
    tokio::time::resume();
}
