//! The sweep of the index of what is due: the oldest first over all its shards, at a constant width, and a bounded
//! share for each connection, so that one customer's thousand records don't stand before another's one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::pin::pin;

use futures_util::future::join_all;
use futures_util::stream::{self, FusedStream as _, FuturesUnordered, StreamExt as _};

use super::messages::hangs;
use super::{PAGE, Report, SHARE, WIDTH, age, work};
use crate::clock::Timestamp;
use crate::error::chain;
use crate::flow::call::Turn;
use crate::flow::deps::RetryDeps;
use crate::model::ids::ConnectionId;
use crate::storage::{DueCursor, DueKey, keys};
use crate::telemetry::field;

/// Work of one connection that waits, in memory, for a free hand: after a CRM was down for a day, all of it. Beyond that
/// the next run goes on.
const WAITING: usize = 10_000;

/// Goes through the index once: what fails is passed by, and found again by the next run. How old the oldest is, is
/// said even if there is no time to do anything: an alarm waits for it.
pub(super) async fn sweep(deps: &RetryDeps, turn: Turn, report: &mut Report, done: &mut BTreeSet<DueKey>) {
    let until = deps.calls.clock.now();
    let mut index = Index::new(deps, until);
    index.read_pages().await;
    let mut shares = Shares::default();
    let mut hands = FuturesUnordered::new();
    let hand = async |key| (connection_of(key), work(deps, turn, key).await);
    {
        // Pages are read while hands work.
        let mut keys =
            pin!(stream::unfold(&mut index, async |index| Some((index.oldest().await?, index))).fuse());
        loop {
            let in_time = deps.calls.clock.now() < turn.deadline;
            while in_time
                && hands.len() < WIDTH
                && let Some(key) = shares.next_waiting()
            {
                hands.push(hand(key));
            }
            let reads = in_time && hands.len() < WIDTH && !keys.is_terminated();
            tokio::select! {
                biased;
                Some((connection, settled)) = hands.next(), if !hands.is_empty() => {
                    shares.release(connection);
                    if settled {
                        report.settled += 1;
                    } else {
                        report.failed += 1;
                    }
                }
                key = keys.next(), if reads => {
                    if let Some(key) = key.and_then(|key| taken(deps, key, &mut shares, report, done)) {
                        hands.push(hand(key));
                    }
                }
                else => break,
            }
        }
    }
    report.oldest_due_seconds = report.oldest_due_seconds.max(index.oldest_seconds);
    report.out_of_time |= index.has_more() || shares.has_more();
}

/// The key again, if a hand takes it at once.
fn taken(
    deps: &RetryDeps,
    key: DueKey,
    shares: &mut Shares,
    report: &mut Report,
    done: &mut BTreeSet<DueKey>,
) -> Option<DueKey> {
    // The index lags behind the items a little: what this run has settled is not taken up again.
    if !done.insert(key) {
        return None;
    }
    report.swept += 1;
    if hangs(deps, key, deps.calls.clock.now()) {
        report.passed_by += 1;
        return None;
    }
    match shares.offer(key) {
        Offered::Taken => Some(key),
        Offered::Waits => None,
        Offered::TooMany => {
            report.passed_by += 1;
            None
        }
    }
}

const fn connection_of(key: DueKey) -> ConnectionId {
    match key {
        DueKey::Call(connection, _) | DueKey::Connection(connection) | DueKey::Notices(connection) => {
            connection
        }
    }
}

/// How many hands each connection has, and what of it waits for one.
#[derive(Default)]
struct Shares {
    of: BTreeMap<ConnectionId, Share>,
}

#[derive(Default)]
struct Share {
    hands: usize,
    waiting: VecDeque<DueKey>,
}

enum Offered {
    Taken,
    Waits,
    TooMany,
}

impl Shares {
    fn offer(&mut self, key: DueKey) -> Offered {
        let share = self.of.entry(connection_of(key)).or_default();
        if share.hands < SHARE {
            share.hands += 1;
            return Offered::Taken;
        }
        if share.waiting.len() >= WAITING {
            return Offered::TooMany;
        }
        share.waiting.push_back(key);
        Offered::Waits
    }

    fn next_waiting(&mut self) -> Option<DueKey> {
        let mut free = self.of.values_mut().filter(|share| share.hands < SHARE);
        let share = free.find(|share| !share.waiting.is_empty())?;
        share.hands += 1;
        share.waiting.pop_front()
    }

    fn release(&mut self, connection: ConnectionId) {
        if let Some(share) = self.of.get_mut(&connection) {
            share.hands = share.hands.saturating_sub(1);
            if share.hands == 0 && share.waiting.is_empty() {
                self.of.remove(&connection);
            }
        }
    }

    fn has_more(&self) -> bool {
        self.of.values().any(|share| !share.waiting.is_empty())
    }
}

/// All shards of the index, merged by age; each is read a page at a time, when it is needed.
struct Index<'a> {
    deps: &'a RetryDeps,
    until: Timestamp,
    shards: Vec<Shard>,
    oldest_seconds: u64,
}

struct Shard {
    name: String,
    page: VecDeque<(Timestamp, DueKey)>,
    cursor: Option<DueCursor>,
    ended: bool,
}

impl<'a> Index<'a> {
    fn new(deps: &'a RetryDeps, until: Timestamp) -> Self {
        let shard = |name| Shard { name, page: VecDeque::new(), cursor: None, ended: false };
        let mut shards: Vec<_> = keys::due_shards().map(shard).collect();
        // No shard is always the first of those that are equally old.
        let mut byte = [0; 1];
        deps.calls.random.fill(&mut byte);
        let begin = usize::from(byte[0]) % shards.len().max(1);
        shards.rotate_left(begin);
        Self { deps, until, shards, oldest_seconds: 0 }
    }

    async fn oldest(&mut self) -> Option<DueKey> {
        self.read_pages().await;
        let full = self.shards.iter_mut().filter(|shard| !shard.page.is_empty());
        let oldest = full.min_by_key(|shard| shard.page.front().map(|(due, _)| *due))?;
        oldest.page.pop_front().map(|(_, key)| key)
    }

    async fn read_pages(&mut self) {
        let (deps, until) = (self.deps, self.until);
        let empty = self.shards.iter_mut().filter(|shard| shard.page.is_empty() && !shard.ended);
        let read = empty.map(async |shard| {
            let cursor = shard.cursor.take();
            match deps.calls.store.due(&shard.name, until, cursor, PAGE).await {
                Ok(page) => {
                    shard.ended = page.cursor.is_none();
                    shard.cursor = page.cursor;
                    shard.page = page.items.into();
                }
                Err(error) => {
                    shard.ended = true;
                    tracing::error!({ field::ERROR } = chain(&error), "index of due work not read");
                }
            }
            shard.page.front().map_or(0, |(due, _)| age(*due, until))
        });
        let ages = join_all(read).await;
        self.oldest_seconds = ages.into_iter().fold(self.oldest_seconds, u64::max);
    }

    fn has_more(&self) -> bool {
        self.shards.iter().any(|shard| !shard.page.is_empty() || !shard.ended)
    }
}
