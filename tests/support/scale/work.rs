//! What waits: calls with something due, their reminders in the queue, the index of what is due; and what settling
//! one of them does, as the product's settling does it.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use ringbridge::clock::Timestamp;
use ringbridge::delivery::AttemptClass;
use ringbridge::flow::{HISTORY_EVERY, HISTORY_PAGES};
use ringbridge::pbx::HISTORY_PAGE;
use ringbridge::queue::delay_seconds;
use ringbridge::rules::retry::AfterFailure;
use ringbridge::storage::keys;

use super::heat::Heat;
use super::settings::{Settings, assumed};
use super::traffic::{Call, exponential, hangs, unit};
use super::{Micros, NEVER, Outage, SECOND, micros, whole};
use crate::pbx::Rng;
use crate::usage::{Profile, Requests};

/// Something that is due at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    Call(u32),
    Connection(u32),
}

/// A call with something due.
#[derive(Clone, Debug)]
struct Item {
    connection: u32,
    kind: u8,
    shard: u8,
    attempts: u32,
    /// When it is asked whether it was missed.
    question: Micros,
    /// When its record is tried again.
    retry: Micros,
    /// Since when its record is due.
    since: Micros,
    /// Until when somebody settles it, and until when he has claimed it.
    busy: Micros,
    claim: Micros,
    /// Where it stands in the index.
    due: Micros,
    /// Messages and events that may still name it.
    named: u32,
}

/// A reminder: from when it is visible, from when it counts, and what it reminds of.
type Message = Reverse<(Micros, Micros, Key)>;

/// Everything that waits.
pub(super) struct Work<'a> {
    pub(super) settings: &'a Settings,
    profiles: &'a [Profile],
    outage: Outage,
    random: Rng,
    items: Vec<Item>,
    free: Vec<u32>,
    pub(super) queue: BinaryHeap<Message>,
    pub(super) index: Vec<BTreeSet<(Micros, Key)>>,
    /// Calls of each connection since its history was looked at, and when that is due.
    histories: Vec<(u32, Micros)>,
    pub(super) heat: Heat,
    /// Records delivered, and given up.
    pub(super) delivered: u64,
    pub(super) given_up: u64,
    /// Requests of the largest look at a PBX's history.
    pub(super) most_pages: u32,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        settings: &'a Settings,
        profiles: &'a [Profile],
        connections: u32,
        outage: Outage,
        seed: u64,
    ) -> Self {
        let mut work = Self {
            settings,
            profiles,
            outage,
            random: Rng::new(seed),
            items: Vec::new(),
            free: Vec::new(),
            queue: BinaryHeap::new(),
            index: vec![BTreeSet::new(); usize::from(keys::DUE_SHARDS)],
            histories: Vec::new(),
            heat: Heat::new(connections),
            delivered: 0,
            given_up: 0,
            most_pages: 0,
        };
        for connection in 0..connections {
            // Connected at different times.
            let next = work.random.below(micros(HISTORY_EVERY));
            work.histories.push((0, next));
            work.index[shard_of(connection)].insert((next, Key::Connection(connection)));
            work.queue.push(Reverse((next, next, Key::Connection(connection))));
        }
        work
    }

    /// An event that was taken: answers how long its receiver lasts. `named` is the call's item, if it has one.
    pub(super) fn event(&mut self, at: Micros, call: &Call, last: bool, named: &mut u32) -> Micros {
        let (_, taken, refused) = self.profiles[usize::from(call.kind)].events[usize::from(call.event)];
        let hangs = self.hangs(call.connection, at);
        let requests = if hangs { refused } else { taken };
        if call.event == 0 {
            self.histories[call.connection as usize].0 += 1;
        }
        self.heat.count(at, call.connection, call.shard, &requests);
        let ends = at + self.lasts(&requests, hangs);
        let delivers = taken.records > 0;
        if delivers && !hangs {
            self.delivered += 1;
        }
        if requests.reminders > 0 {
            let id = if *named == u32::MAX { self.add(call, at) } else { *named };
            *named = id;
            if taken.reminders > 0 {
                let question = at + micros(self.settings.hold);
                self.items[id as usize].question = question.min(self.items[id as usize].question);
                self.send(Key::Call(id), question, at);
            }
            if delivers && hangs {
                self.fails(id, ends);
            }
            self.reindex(id);
        }
        if last && *named != u32::MAX {
            self.unname(*named);
        }
        ends
    }

    /// Settles what is due of a call or a connection; answers when that is done. Nothing that ends after `killed`
    /// is recorded.
    pub(super) fn settle(&mut self, at: Micros, key: Key, killed: Micros) -> Micros {
        match key {
            Key::Call(id) => self.settle_call(at, id, killed),
            Key::Connection(connection) => self.look_at_history(at, connection),
        }
    }

    fn settle_call(&mut self, at: Micros, id: u32, killed: Micros) -> Micros {
        let Item { connection, kind, shard, question, retry, busy, .. } = self.items[id as usize];
        let profile = &self.profiles[usize::from(kind)];
        let hangs = self.hangs(connection, at);
        let requests;
        let (mut asks, mut tries) = (false, false);
        if at < busy {
            requests = profile.too_early;
        } else if question <= at {
            (asks, requests) = (true, if hangs { profile.unsettled } else { profile.settled });
        } else if retry <= at {
            (tries, requests) = (true, if hangs { profile.failed_again } else { profile.delivered });
        } else if question != NEVER || retry != NEVER {
            requests = profile.too_early;
        } else {
            requests = profile.nothing;
        }
        self.heat.count(at, connection, shard, &requests);
        let ends = at + self.lasts(&requests, hangs);
        // What waits has been reminded of by whoever stored the wait.
        if !asks && !tries {
            return ends;
        }
        let item = &mut self.items[id as usize];
        (item.busy, item.claim) = (ends, at + micros(self.settings.lease));
        if asks {
            item.question = NEVER;
        }
        let delivers = tries || profile.settled.crm > 0;
        if delivers {
            item.retry = NEVER;
            if ends > killed {
                // The claim ends, and the sweep finds it.
                item.retry = item.claim;
                item.busy = killed;
            } else if hangs {
                self.fails(id, ends);
            } else {
                self.delivered += 1;
            }
        }
        self.reindex(id);
        ends.min(killed)
    }

    /// A look at the history costs a request for each page, and a read for each call.
    fn look_at_history(&mut self, at: Micros, connection: u32) -> Micros {
        let (calls, due) = self.histories[connection as usize];
        if due > at {
            return at + micros(assumed::ROUND_TRIP);
        }
        let page = u32::try_from(HISTORY_PAGE).unwrap_or(u32::MAX);
        let pages = (calls / page + 1).min(HISTORY_PAGES);
        self.most_pages = self.most_pages.max(pages);
        let next = at + micros(HISTORY_EVERY);
        self.histories[connection as usize] = (0, next);
        let shard = shard_of(connection);
        self.index[shard].remove(&(due, Key::Connection(connection)));
        self.index[shard].insert((next, Key::Connection(connection)));
        self.send(Key::Connection(connection), next, at);
        let requests = Requests { other_writes: 4, due_writes: 2, reads: 4 + calls, ..Requests::default() };
        self.heat.count(at, connection, shard.to_le_bytes()[0], &requests);
        at + self.lasts(&requests, false) + micros(assumed::PBX) * Micros::from(pages)
    }

    /// How long requests take, one after another.
    fn lasts(&mut self, requests: &Requests, hangs: bool) -> Micros {
        let ours = micros(assumed::ROUND_TRIP) * Micros::from(requests.round_trips());
        let mut theirs = 0;
        for _ in 0..requests.crm {
            theirs += if hangs { micros(self.settings.crm_timeout) } else { self.answers() };
        }
        ours + theirs
    }

    fn answers(&mut self) -> Micros {
        let least = assumed::CRM_LEAST;
        let more = (assumed::CRM_MEAN.saturating_sub(least)).as_secs_f64() * 1e6;
        micros(least) + whole(more * exponential(&mut self.random))
    }

    fn hangs(&self, connection: u32, at: Micros) -> bool {
        self.outage.is_on(at) && hangs(connection)
    }

    /// Waits as the product's policy says, and reminds of it.
    fn fails(&mut self, id: u32, at: Micros) {
        let jitter = unit(&mut self.random) * 2.0 - 1.0;
        let item = &mut self.items[id as usize];
        let after = self.settings.retry.after(
            AttemptClass::PerhapsDelivered,
            None,
            item.attempts,
            moment(item.since),
            moment(at),
            jitter,
        );
        match after {
            AfterFailure::TryAgain { at: next, counts } => {
                item.attempts += u32::from(counts);
                let next = next.micros().unsigned_abs();
                item.retry = next;
                self.send(Key::Call(id), next, at);
            }
            AfterFailure::Park | AfterFailure::GiveUp => {
                item.retry = NEVER;
                self.given_up += 1;
            }
        }
    }

    /// Sends a reminder, which shows up when it is due, or after the longest delay.
    pub(super) fn send(&mut self, key: Key, not_before: Micros, at: Micros) {
        let delay = delay_seconds(moment(not_before), moment(at)).unsigned_abs();
        self.heat.message(at);
        if let Key::Call(id) = key {
            self.items[id as usize].named += 1;
        }
        self.queue.push(Reverse((at + SECOND * Micros::from(delay), not_before, key)));
    }

    /// A message was removed, or the last event taken.
    pub(super) fn unname(&mut self, id: u32) {
        let item = &mut self.items[id as usize];
        item.named -= 1;
        if item.named == 0 && item.due == NEVER {
            self.free.push(id);
        }
    }

    /// Since when the oldest has been due: of the calls, and of everything.
    pub(super) fn oldest_due(&self) -> (Micros, Micros) {
        let calls = |shard: &BTreeSet<(Micros, Key)>| {
            let mut calls = shard.iter().filter(|(_, key)| matches!(key, Key::Call(_)));
            calls.next().map(|(due, _)| *due)
        };
        let all = self.index.iter().filter_map(|shard| shard.first()).map(|(due, _)| *due).min();
        (self.index.iter().filter_map(calls).min().unwrap_or(NEVER), all.unwrap_or(NEVER))
    }

    /// Calls' reminders in the queue, and calls in the index.
    pub(super) fn waiting(&self) -> usize {
        // Each connection has its next look in both.
        let calls = self.queue.iter().filter(|Reverse((.., key))| matches!(key, Key::Call(_))).count();
        let entries: usize = self.index.iter().map(BTreeSet::len).sum();
        calls + entries - self.histories.len()
    }

    fn add(&mut self, call: &Call, since: Micros) -> u32 {
        let Call { connection, kind, shard, .. } = *call;
        let (question, retry, due) = (NEVER, NEVER, NEVER);
        let item = Item {
            connection,
            kind,
            shard,
            attempts: 0,
            question,
            retry,
            since,
            busy: 0,
            claim: 0,
            due,
            named: 1,
        };
        if let Some(id) = self.free.pop() {
            self.items[id as usize] = item;
            return id;
        }
        self.items.push(item);
        u32::try_from(self.items.len() - 1).unwrap_or(u32::MAX)
    }

    fn reindex(&mut self, id: u32) {
        let item = &mut self.items[id as usize];
        let shard = &mut self.index[usize::from(item.shard)];
        let due = item.question.min(item.retry);
        if due == item.due {
            return;
        }
        if item.due != NEVER {
            shard.remove(&(item.due, Key::Call(id)));
        }
        item.due = due;
        if due != NEVER {
            shard.insert((due, Key::Call(id)));
        }
    }
}

fn moment(at: Micros) -> Timestamp {
    Timestamp::from_micros(at.cast_signed())
}

fn shard_of(connection: u32) -> usize {
    // Which it is makes no difference, and a connection's name is as good as random.
    connection as usize % usize::from(keys::DUE_SHARDS)
}
