//! What is due, the queue's batches and the sweep that settle it, and the breaker that keeps them from waiting.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::time::Duration;

use ringbridge::flow::HISTORY_EVERY;
use ringbridge::flow::call::gate::SIDE_BY_SIDE;
use ringbridge::flow::retry::{SHARE, WIDTH};
use ringbridge::model::connection::Breaker;
use ringbridge::rules::pause;
use ringbridge::storage::keys;

use super::peaks::Peaks;
use super::settings::{Settings, assumed};
use super::traffic::{Call, index};
use super::{Load, MINUTE, Micros, NEVER, Outcome, PATIENCE, Scenario, micros, moment};
use crate::usage::{Profile, Requests};

/// Something that is due at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Call(u32),
    /// The next look at a connection's history.
    History(u32),
}

/// What is known of a CRM that hangs, and since when.
#[derive(Clone, Copy, Debug)]
struct Known {
    since: Micros,
    breaker: Breaker,
}

/// Everything that waits.
pub(super) struct Work<'a> {
    load: &'a Load,
    profiles: &'a [Profile],
    settings: &'a Settings,
    calls: Vec<Call>,
    known: BTreeMap<u32, Known>,
    /// When each connection's next look at its history is due.
    histories: Vec<Micros>,
    index: BTreeSet<(Micros, Key)>,
    /// By the moment from which a message is visible.
    queue: BinaryHeap<Reverse<(Micros, Key)>>,
    batches: BinaryHeap<Reverse<Micros>>,
    sweeps: BinaryHeap<Reverse<Micros>>,
    now: Micros,
    tick: Micros,
    peaks: Peaks,
    pub(super) out: Outcome,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        load: &'a Load,
        profiles: &'a [Profile],
        settings: &'a Settings,
        calls: Vec<Call>,
    ) -> Self {
        let mut work = Self {
            load,
            profiles,
            settings,
            calls,
            known: BTreeMap::new(),
            histories: Vec::new(),
            index: BTreeSet::new(),
            queue: BinaryHeap::new(),
            batches: BinaryHeap::new(),
            sweeps: BinaryHeap::new(),
            now: 0,
            tick: MINUTE,
            peaks: Peaks::default(),
            out: Outcome::default(),
        };
        for connection in 0..load.connections {
            // Connected at different times.
            let first = micros(HISTORY_EVERY) / u64::from(load.connections) * u64::from(connection);
            let due = work.wait(Key::History(connection), NEVER, first, first);
            work.histories.push(due);
        }
        if load.scenario == Scenario::OneHangs {
            let (from, _) = load.outage();
            let shards = (0..keys::DUE_SHARDS).cycle();
            for (_, shard) in (0..assumed::BACKLOG).zip(shards) {
                work.calls.push(Call { connection: 0, kind: 0, shard, due: NEVER, since: from });
                work.wait_call(index(work.calls.len() - 1), from, from);
            }
        }
        work
    }

    pub(super) fn connection(&self, call: u32) -> u32 {
        self.calls[call as usize].connection
    }

    /// An event that was taken: answers how long its receiver lasts.
    pub(super) fn event(&mut self, at: Micros, id: u32, nth: u8) -> Micros {
        let call = self.calls[id as usize];
        let (_, taken, held) = self.profiles[usize::from(call.kind)].events[usize::from(nth)];
        let known = self.is_known(call.connection, at);
        let requests = if known { held } else { taken };
        self.peaks.event(at);
        self.peaks.requests(at, call.shard, &requests);
        let (ends, answered) = self.lasts(at, call.connection, &requests);
        if taken.reminders > 0 {
            self.calls[id as usize].since = at + micros(self.settings.hold);
            self.wait_call(id, at + micros(self.settings.hold), at);
        } else if taken.records > 0 && !known && answered {
            self.delivered(call.connection, at, at);
        } else if taken.records > 0 {
            self.calls[id as usize].since = ends;
            let until = self.probe_at(call.connection).unwrap_or(ends);
            self.wait_call(id, until, at);
        }
        ends
    }

    /// Works until then.
    pub(super) fn advance(&mut self, until: Micros) {
        loop {
            let batch = self.next_batch();
            if self.tick.min(batch) >= until {
                return;
            }
            if batch < self.tick {
                self.now = batch;
                self.batch(batch);
            } else {
                self.now = self.tick;
                self.tick += MINUTE;
                self.sweep(self.now);
            }
        }
    }

    pub(super) fn finish(mut self) -> Outcome {
        let end = micros(self.load.span);
        while self.now < end + PATIENCE && self.waiting() > 0 {
            let next = self.tick + 1;
            self.advance(next);
        }
        let left = self.waiting();
        self.peaks.reach(&Outcome { left, ..self.out })
    }

    fn waiting(&self) -> usize {
        // Each connection has its next look.
        self.index.len() - self.load.connections as usize
    }

    fn next_batch(&self) -> Micros {
        let Some(Reverse((visible, _))) = self.queue.peek() else { return NEVER };
        let room = self.batches.len() < self.settings.batches;
        let free = if room { self.now } else { self.batches.peek().map_or(NEVER, |Reverse(ends)| *ends) };
        free.max(*visible)
    }

    fn batch(&mut self, at: Micros) {
        ended(&mut self.batches, at);
        let mut keys = Vec::new();
        while keys.len() < self.settings.batch
            && let Some(Reverse((visible, key))) = self.queue.peek()
            && *visible <= at
        {
            keys.push(*key);
            self.queue.pop();
        }
        let (ends, _) = self.side_by_side(at, keys, self.settings.batch, NEVER);
        self.batches.push(Reverse(ends));
        self.out.batches = self.out.batches.max(self.batches.len());
    }

    /// Takes up what no message brought in time, and passes by whose CRM hangs.
    fn sweep(&mut self, at: Micros) {
        let oldest = self.index.first().map_or(0, |(due, _)| at.saturating_sub(*due));
        self.out.oldest_due = self.out.oldest_due.max(Duration::from_micros(oldest));
        ended(&mut self.sweeps, at);
        if self.sweeps.len() >= self.settings.sweeps {
            return;
        }
        let due = self.index.range(..=(at, Key::History(u32::MAX))).map(|(_, key)| *key);
        let keys = due.filter(|key| match key {
            Key::Call(id) => !self.is_known(self.connection(*id), at),
            Key::History(_) => true,
        });
        let keys = keys.collect();
        // Of the hands that a customer has, those beyond what their CRM is given wait.
        let hands = WIDTH * SIDE_BY_SIDE / SHARE;
        let (ends, all) = self.side_by_side(at, keys, hands, at + micros(self.settings.budget));
        self.out.unswept += u32::from(!all);
        self.sweeps.push(Reverse(ends));
    }

    /// Settles some with so many hands, a bounded number for each connection; answers when that is done, and whether
    /// all had their turn.
    fn side_by_side(&mut self, at: Micros, keys: Vec<Key>, hands: usize, deadline: Micros) -> (Micros, bool) {
        let mut of: BTreeMap<u32, VecDeque<Key>> = BTreeMap::new();
        for key in keys {
            let connection = match key {
                Key::Call(id) => self.connection(id),
                Key::History(connection) => connection,
            };
            of.entry(connection).or_default().push_back(key);
        }
        let shares = of.iter().flat_map(|(connection, keys)| {
            (0..keys.len().min(SIDE_BY_SIDE)).map(|_| Reverse((at, *connection)))
        });
        let mut ready: BinaryHeap<_> = shares.collect();
        let mut hands: BinaryHeap<_> = (0..hands).map(|_| Reverse(at)).collect();
        let mut last = at;
        while let Some(Reverse((from, connection))) = ready.pop() {
            let Some(key) = of.get_mut(&connection).and_then(VecDeque::pop_front) else { continue };
            let begins = hands.pop().map_or(from, |Reverse(free)| free.max(from));
            if begins >= deadline {
                return (last, false);
            }
            let ends = self.settle(begins, key);
            last = last.max(ends);
            hands.push(Reverse(ends));
            ready.push(Reverse((ends, connection)));
        }
        (last, true)
    }

    fn settle(&mut self, at: Micros, key: Key) -> Micros {
        let id = match key {
            Key::Call(id) => id,
            Key::History(connection) => return self.look_at_history(at, connection),
        };
        let Call { connection, kind, shard, due, since } = self.calls[id as usize];
        let profile = &self.profiles[usize::from(kind)];
        if due == NEVER {
            self.peaks.requests(at, shard, &profile.nothing);
            return at + round_trips(&profile.nothing);
        }
        if let Some(probe_at) = self.probe_at(connection).filter(|_| self.is_known(connection, at)) {
            if at < probe_at {
                self.peaks.requests(at, shard, &profile.held);
                self.wait_call(id, probe_at, at);
                return at + round_trips(&profile.held);
            }
            // Others wait until this probe has ended.
            let ends = moment(at + micros(self.settings.lease));
            if let Some(known) = self.known.get_mut(&connection) {
                known.breaker = known.breaker.probing(ends);
            }
        }
        let requests = if profile.settled.crm > 0 { profile.settled } else { profile.released };
        self.peaks.requests(at, shard, &requests);
        let (ends, answered) = self.lasts(at, connection, &requests);
        if answered {
            self.known.remove(&connection);
            self.index.remove(&(due, Key::Call(id)));
            self.calls[id as usize].due = NEVER;
            self.delivered(connection, since, ends);
        } else {
            let until = self.probe_at(connection).unwrap_or(ends);
            self.wait_call(id, until, ends);
        }
        ends
    }

    fn look_at_history(&mut self, at: Micros, connection: u32) -> Micros {
        let due = self.histories[connection as usize];
        if due > at + micros(self.settings.lease) {
            return at + micros(assumed::ROUND_TRIP);
        }
        let next = at + micros(HISTORY_EVERY);
        self.histories[connection as usize] = self.wait(Key::History(connection), due, next, at);
        let requests = Requests { reads: 4, writes: 4, write_units: 6, due_writes: 2, ..Requests::default() };
        self.peaks.requests(at, (connection % 16).to_le_bytes()[0], &requests);
        at + round_trips(&requests) + micros(assumed::CRM)
    }

    /// How long requests take, one after another, and whether the CRM answered; if not, that is known when it ends.
    fn lasts(&mut self, at: Micros, connection: u32, requests: &Requests) -> (Micros, bool) {
        let ends = at + round_trips(requests);
        if requests.crm == 0 || !self.load.hangs(connection, at) {
            return (ends + micros(assumed::CRM) * Micros::from(requests.crm), true);
        }
        let ends = ends + micros(self.settings.crm_timeout);
        match self.known.get_mut(&connection) {
            // Whoever else saw it hang has said so already.
            Some(known) if known.since > at => {}
            Some(known) => known.breaker = pause::opened(Some(known.breaker), moment(ends)),
            None => {
                let breaker = pause::opened(None, moment(ends));
                self.known.insert(connection, Known { since: ends, breaker });
            }
        }
        (ends, false)
    }

    fn is_known(&self, connection: u32, at: Micros) -> bool {
        self.known.get(&connection).is_some_and(|known| known.since <= at)
    }

    fn probe_at(&self, connection: u32) -> Option<Micros> {
        Some(self.known.get(&connection)?.breaker.probe_at.micros().unsigned_abs())
    }

    fn delivered(&mut self, connection: u32, since: Micros, at: Micros) {
        self.out.delivered += 1;
        let (longest, from) = match (self.load.is_struck(connection), self.load.scenario) {
            // They are delivered at once.
            (true, Scenario::OneFloods) => return,
            (true, _) => (&mut self.out.recovered, self.load.outage().1.max(since)),
            (false, _) => (&mut self.out.waited, since),
        };
        *longest = (*longest).max(Duration::from_micros(at.saturating_sub(from)));
    }

    /// Puts a call where it waits until then, and reminds of it, unless it waits there already.
    fn wait_call(&mut self, id: u32, until: Micros, at: Micros) {
        let due = self.calls[id as usize].due;
        if due != until + micros(self.settings.lease) {
            self.calls[id as usize].due = self.wait(Key::Call(id), due, until, at);
        }
    }

    /// The message reminds in time; the index is its second, a lease later.
    fn wait(&mut self, key: Key, due: Micros, until: Micros, at: Micros) -> Micros {
        self.index.remove(&(due, key));
        let due = until + micros(self.settings.lease);
        self.index.insert((due, key));
        self.peaks.message(at);
        self.queue.push(Reverse((until, key)));
        due
    }
}

/// Removes what has ended by then.
fn ended(running: &mut BinaryHeap<Reverse<Micros>>, at: Micros) {
    while running.peek().is_some_and(|Reverse(ends)| *ends <= at) {
        running.pop();
    }
}

fn round_trips(requests: &Requests) -> Micros {
    micros(assumed::ROUND_TRIP) * Micros::from(requests.round_trips())
}
