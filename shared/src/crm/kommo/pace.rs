//! Seven requests a second, as Kommo allows an integration (docs/kommo.md §2): this process keeps to them by itself.
//! Others count for the same account, so being told to wait stays possible.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::crm::CrmError;
use crate::model::delivery::AttemptClass::Throttled;

/// How many requests may go within [`WINDOW`].
const MOST: usize = 7;
/// A second, and what two requests may come closer to each other on their way.
const WINDOW: Duration = Duration::from_millis(1050);
/// A turn that is further away is not waited for: the record comes back then.
const PATIENCE: Duration = Duration::from_secs(2);

const BUSY: &str = "Kommo allows seven requests a second, and those are used up for the moment";

/// The latest turns of each account.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<BTreeMap<String, VecDeque<Instant>>>);

impl Pace {
    /// Waits for the next turn, unless it is far away.
    pub(super) async fn turn(&self, account: &str) -> Result<(), CrmError> {
        let now = Instant::now();
        let turn = {
            let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            accounts.retain(|_, turns| turns.back().is_some_and(|last| *last + WINDOW > now));
            let turns = accounts.entry(account.to_owned()).or_default();
            let free = turns.front().filter(|_| turns.len() >= MOST).map_or(now, |first| *first + WINDOW);
            let turn = free.max(now);
            let wait = turn.saturating_duration_since(now);
            if wait > PATIENCE {
                let retry_after = Some(wait);
                return Err(CrmError::Answered { status: 0, class: Throttled, retry_after, reason: BUSY });
            }
            if turns.len() >= MOST {
                turns.pop_front();
            }
            turns.push_back(turn);
            turn
        };
        sleep_until(turn).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_second_sees_more_than_seven_and_nobody_waits_for_long() {
        let (pace, began) = (Pace::default(), Instant::now());
        let turns = join_all((0..60).map(async |_| pace.turn("a").await.map(|()| began.elapsed()))).await;
        let refused = turns.iter().filter(|turn| turn.is_err()).count();
        let went: Vec<_> = turns.into_iter().filter_map(Result::ok).collect();
        assert_eq!((went.len(), refused), (14, 46));
        for (place, at) in went.iter().enumerate().skip(MOST) {
            assert!(at.saturating_sub(went[place - MOST]) > Duration::from_secs(1));
        }
        assert!(went.iter().all(|at| *at <= PATIENCE));
        pace.turn("b").await.unwrap();
    }
}
