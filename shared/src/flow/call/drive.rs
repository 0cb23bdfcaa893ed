//! The loop that brings one record where it belongs: decide, attempt, look again, until nothing is left to do now. The
//! same for a leg's record and for a missed call's, for the first attempt and for the fifth.

use crate::clock::Timestamp;
use crate::flow::call::Turn;
use crate::flow::call::deliver::{self, Attempted};
use crate::flow::deps::CallDeps;
use crate::model::connection::{Connection, Pause, PauseReason};
use crate::model::delivery::Delivery;
use crate::rules::delivery::{self, Action, Circumstances};
use crate::rules::pause;
use crate::rules::sight::Sight;
use crate::storage::{RecordHolder, Saved, StoreError, Stored};

/// Attempts and decisions that one record may take in one turn: a delivery, its withdrawal, and some more.
const MAX_STEPS: usize = 6;

/// Where a record was driven.
#[derive(Debug)]
pub(super) struct Driven {
    /// When it must be looked at next.
    pub(super) next: Option<Timestamp>,
    /// Whether that was stored by this turn, so that nobody has reminded of it.
    pub(super) news: bool,
    /// Somebody changed the item: what it says now must be read before anything is decided.
    pub(super) changed: bool,
}

/// Drives a record.
pub(super) async fn drive<H: RecordHolder>(
    deps: &CallDeps,
    turn: Turn,
    connection: &Stored<Connection>,
    mut item: H,
    sight: &Sight,
) -> Result<Driven, StoreError> {
    let mut paused = connection.value.pause.clone();
    let mut held = None;
    let mut news = false;
    for _ in 0..MAX_STEPS {
        let now = deps.clock.now();
        let breaker = pause::held_until(connection.value.breaker, turn.may_probe, now);
        let held_until = held.max(breaker);
        let at = Circumstances { pause: paused.as_ref(), held_until, recovered: sight.recovered, now };
        let (mut delivery, action) = delivery::next(item.record().delivery.as_ref(), &sight.derived, at);
        if let Some(delivery) = delivery.as_mut().filter(|delivery| delivery.progress.is_empty()) {
            delivery.progress = item.record().crm.clone();
        }
        let wait = match (action, delivery.clone()) {
            (Action::Attempt, Some(delivery)) => {
                match Box::pin(deliver::attempt(deps, turn, connection, item, delivery)).await? {
                    Attempted::Made(tried, disturbed) => {
                        if disturbed {
                            return Ok(Driven { next: None, news: true, changed: true });
                        }
                        paused = begun_pause(&tried, now).or(paused);
                        (item, news) = (tried, true);
                        continue;
                    }
                    Attempted::Changed(_) => return Ok(Driven { next: None, news, changed: true }),
                    Attempted::NotBegun(back, Some(until)) => {
                        (item, held) = (back, Some(until));
                        continue;
                    }
                    // No time is left: it stays due, and the next turn goes on.
                    Attempted::NotBegun(back, None) => {
                        item = back;
                        Some(item.record().due_at.unwrap_or(now))
                    }
                }
            }
            (Action::WaitUntil(until), _) => Some(until),
            (Action::Done | Action::Attempt, _) => None,
        };
        let next = wait.into_iter().chain(sight.look_again).min();
        return match store_decision(deps, item, delivery, next, sight).await? {
            Saved::Done(stored) => Ok(Driven { next, news: news || stored, changed: false }),
            Saved::Changed(_) => Ok(Driven { next: None, news, changed: true }),
        };
    }
    Ok(Driven { next: None, news, changed: true })
}

/// The pause that an attempt of this turn began: the connection at hand was read before it.
fn begun_pause<H: RecordHolder>(item: &H, since: Timestamp) -> Option<Pause> {
    let paused = item.record().delivery.as_ref().is_some_and(|delivery| delivery.paused);
    paused.then_some(Pause { since, reason: PauseReason::CrmRefusedCredentials })
}

/// Stores what was decided of a record, unless it says so already; answers whether something was stored.
async fn store_decision<H: RecordHolder>(
    deps: &CallDeps,
    mut item: H,
    delivery: Option<Delivery>,
    next: Option<Timestamp>,
    sight: &Sight,
) -> Result<Saved<bool>, StoreError> {
    let now = deps.clock.now();
    let record = item.record_mut();
    let due_at = match next {
        Some(next) => Some(deps.timing.swept_at(next, now)),
        None if sight.goes_on => record.due_at,
        None => None,
    };
    let due_enough = match (record.due_at, next, due_at) {
        (None, _, None) => true,
        // The message reminds in time; the index is its second, and may be a lease late.
        (Some(stored), Some(next), Some(_)) => stored >= next && stored <= next + deps.timing.lease,
        (Some(stored), None, Some(due)) => stored == due,
        (Some(_), _, None) | (None, _, Some(_)) => false,
    };
    if due_enough && record.delivery == delivery {
        return Ok(Saved::Done(false));
    }
    record.unlogged_at = sight.unlogged_at.filter(|_| delivery.is_none());
    record.delivery = delivery;
    record.due_at = due_at;
    Ok(match item.save(&deps.store).await? {
        Saved::Done(_) => Saved::Done(true),
        Saved::Changed(_) => Saved::Changed(false),
    })
}
