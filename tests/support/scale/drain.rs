//! How what waits is worked off: by runs that the schedule wakes, as `flow::retry` goes about it, and by batches that
//! an event source brings, if there is one.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashSet};
use std::ops::Bound;

use ringbridge::flow::retry::{PAGE, WIDTH};
use ringbridge::queue::BATCH;

use super::settings::assumed;
use super::work::{Key, Work};
use super::{Micros, NEVER, SECOND, micros};

/// The runs, the batches, and what is seen of them.
pub(super) struct Drain<'a> {
    pub(super) work: Work<'a>,
    /// When the last step was.
    now: Micros,
    /// What happens next, in order.
    next: BinaryHeap<Reverse<(Micros, Step)>>,
    runs: Vec<Option<Run>>,
    running: usize,
    /// A waking that waits for room, since when.
    waiting: Option<Micros>,
    /// Batches of the event source that are under way.
    batches: usize,
    /// How late the work was, minute by minute, at its worst: calls, and everything.
    pub(super) oldest_call: Micros,
    pub(super) oldest: Micros,
    /// The same as the runs report it, which the alarm sees.
    pub(super) reported: Micros,
    /// When work was last late for more than two wakings.
    pub(super) late: Micros,
    /// Runs that Lambda ended.
    pub(super) killed: u32,
    /// Runs whose sweep did not get through.
    pub(super) unswept: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Wake,
    Run(usize),
    BatchEnds,
}

/// A run of the retry job.
struct Run {
    began: Micros,
    done: HashSet<Key>,
    stage: Stage,
}

enum Stage {
    /// Before the sweep, for half of the time; or after it, if messages were left.
    Drain { swept: bool },
    /// `open` are the shards of which more is to be read, and from where.
    Sweep { until: Micros, open: Vec<(usize, Option<(Micros, Key)>)>, found: Vec<Key>, emptied: bool },
}

impl<'a> Drain<'a> {
    pub(super) fn new(work: Work<'a>) -> Self {
        let first = micros(work.settings.every);
        Self {
            work,
            now: 0,
            next: BinaryHeap::from([Reverse((first, Step::Wake))]),
            runs: Vec::new(),
            running: 0,
            waiting: None,
            batches: 0,
            oldest_call: 0,
            oldest: 0,
            reported: 0,
            late: 0,
            killed: 0,
            unswept: 0,
        }
    }

    /// Works until then.
    pub(super) fn advance(&mut self, until: Micros) {
        loop {
            let step = self.next.peek().map_or(NEVER, |Reverse((at, _))| *at);
            let batch = self.next_batch();
            if step.min(batch) >= until {
                return;
            }
            if batch < step {
                self.batch(batch);
            } else if let Some(Reverse((at, step))) = self.next.pop() {
                self.now = at;
                match step {
                    Step::Wake => self.wake(at),
                    Step::Run(place) => self.go_on(at, place),
                    Step::BatchEnds => self.batches -= 1,
                }
            }
        }
    }

    /// When the event source brings its next batch.
    fn next_batch(&self) -> Micros {
        let room = self.batches < self.work.settings.queue_concurrency;
        let visible = self.work.queue.peek().filter(|_| room);
        visible.map_or(NEVER, |Reverse((at, ..))| *at)
    }

    fn batch(&mut self, visible: Micros) {
        // A batch that waited for room is brought when the last one has ended, which was the last step.
        let at = visible.max(self.now);
        self.now = at;
        let messages = self.receive(at, self.work.settings.batch);
        let killed = at + micros(self.work.settings.timeout);
        let mut ends = at;
        for (not_before, key) in messages {
            ends = ends.max(self.message(at, not_before, key, killed).1);
        }
        self.batches += 1;
        self.next.push(Reverse((ends, Step::BatchEnds)));
    }

    fn wake(&mut self, at: Micros) {
        self.look(at);
        self.next.push(Reverse((at + micros(self.work.settings.every), Step::Wake)));
        self.waiting = Some(at);
        self.begin(at);
    }

    /// A waking that finds no room waits for it a while.
    fn begin(&mut self, at: Micros) {
        let Some(woken) = self.waiting else { return };
        if at > woken + micros(self.work.settings.patience) {
            self.waiting = None;
        } else if self.running < self.work.settings.scheduled() {
            self.waiting = None;
            self.running += 1;
            let mut run = Run { began: at, done: HashSet::new(), stage: Stage::Drain { swept: false } };
            let begins =
                if self.work.settings.schedule_drains { at } else { self.begin_sweep(at, &mut run, true) };
            let place = self.runs.iter().position(Option::is_none).unwrap_or(self.runs.len());
            if place == self.runs.len() {
                self.runs.push(None);
            }
            self.runs[place] = Some(run);
            self.next.push(Reverse((begins, Step::Run(place))));
        }
    }

    /// What a run does next: one receive with its work, or one width of the sweep.
    fn go_on(&mut self, at: Micros, place: usize) {
        let Some(mut run) = self.runs[place].take() else { return };
        let deadline = run.began + micros(self.work.settings.budget());
        let killed = run.began + micros(self.work.settings.timeout);
        if at >= killed {
            self.killed += 1;
            return self.end(at);
        }
        let half = run.began + micros(self.work.settings.budget()) / 2;
        let next = match run.stage {
            Stage::Drain { swept: false } if at >= half => Some(self.begin_sweep(at, &mut run, false)),
            Stage::Drain { swept: true } if at >= deadline => None,
            Stage::Drain { .. } => self.drain(at, &mut run, killed),
            Stage::Sweep { .. } => self.sweep(at, &mut run, deadline, killed),
        };
        match next {
            Some(next) => {
                self.runs[place] = Some(run);
                self.next.push(Reverse((next, Step::Run(place))));
            }
            None => self.end(at),
        }
    }

    fn end(&mut self, at: Micros) {
        self.running -= 1;
        self.begin(at);
    }

    fn drain(&mut self, at: Micros, run: &mut Run, killed: Micros) -> Option<Micros> {
        let received = at + micros(assumed::ROUND_TRIP);
        let messages = self.receive(received, usize::try_from(BATCH).unwrap_or_default());
        if messages.is_empty() {
            let first = matches!(run.stage, Stage::Drain { swept: false });
            return first.then(|| self.begin_sweep(received, run, true));
        }
        let mut ends = received;
        for (not_before, key) in messages {
            let (settled, end) = self.message(received, not_before, key, killed);
            if settled {
                run.done.insert(key);
            }
            // Deleting it is the last round trip.
            ends = ends.max(end + micros(assumed::ROUND_TRIP));
        }
        Some(ends)
    }

    /// Reads the first page of each shard, all at once.
    fn begin_sweep(&mut self, at: Micros, run: &mut Run, emptied: bool) -> Micros {
        let mut open = (0..self.work.index.len()).map(|shard| (shard, None)).collect();
        let found = self.pages(at, &mut open, run);
        run.stage = Stage::Sweep { until: at, open, found, emptied };
        at + micros(assumed::ROUND_TRIP)
    }

    /// Reads the next page of each open shard; what is found, without what the run has done.
    fn pages(
        &mut self,
        until: Micros,
        open: &mut Vec<(usize, Option<(Micros, Key)>)>,
        run: &Run,
    ) -> Vec<Key> {
        let limit = usize::try_from(PAGE).unwrap_or_default();
        let mut keys = Vec::new();
        for (shard, from) in std::mem::take(open) {
            let index = &self.work.index[shard];
            let page = match from {
                Some(last) => index.range((Bound::Excluded(last), Bound::Unbounded)),
                None => index.range(..),
            };
            let page: Vec<_> = page.take_while(|(due, _)| *due <= until).take(limit).copied().collect();
            if let Some((due, _)) = page.first() {
                self.reported = self.reported.max(until - *due);
            }
            if page.len() == limit {
                open.push((shard, page.last().copied()));
            }
            let of_page: BTreeSet<_> = page.into_iter().map(|(_, key)| key).collect();
            keys.extend(of_page.into_iter().filter(|key| !run.done.contains(key)));
        }
        keys.reverse();
        keys
    }

    fn sweep(&mut self, at: Micros, run: &mut Run, deadline: Micros, killed: Micros) -> Option<Micros> {
        let stage = std::mem::replace(&mut run.stage, Stage::Drain { swept: true });
        let Stage::Sweep { until, mut open, mut found, emptied } = stage else { return None };
        if found.is_empty() {
            if open.is_empty() {
                // Messages that were left have the rest of the time.
                return (!emptied).then_some(at);
            }
            let found = self.pages(until, &mut open, run);
            run.stage = Stage::Sweep { until, open, found, emptied };
            return Some(at + micros(assumed::ROUND_TRIP));
        }
        if at >= deadline {
            self.unswept += 1;
            return None;
        }
        let mut ends = at;
        for key in found.split_off(found.len().saturating_sub(WIDTH)) {
            run.done.insert(key);
            ends = ends.max(self.work.settle(at, key, killed));
        }
        run.stage = Stage::Sweep { until, open, found, emptied };
        Some(ends)
    }

    /// Does what a message reminds of, or sends it on; answers whether it was its time, and when that is done.
    fn message(&mut self, at: Micros, not_before: Micros, key: Key, killed: Micros) -> (bool, Micros) {
        let (settled, ends) = if not_before > at {
            self.work.send(key, not_before, at);
            (false, at + micros(assumed::ROUND_TRIP))
        } else {
            (true, self.work.settle(at, key, killed))
        };
        if let Key::Call(id) = key {
            self.work.unname(id);
        }
        (settled, ends)
    }

    fn receive(&mut self, at: Micros, most: usize) -> Vec<(Micros, Key)> {
        let mut messages = Vec::new();
        while messages.len() < most {
            match self.work.queue.peek() {
                Some(Reverse((visible, not_before, key))) if *visible <= at => {
                    messages.push((*not_before, *key));
                    self.work.queue.pop();
                }
                Some(_) | None => break,
            }
        }
        messages
    }

    /// Looks how late the work is.
    fn look(&mut self, at: Micros) {
        let (calls, all) = self.work.oldest_due();
        self.oldest_call = self.oldest_call.max(at.saturating_sub(calls));
        self.oldest = self.oldest.max(at.saturating_sub(all));
        let soon = 2 * micros(self.work.settings.every);
        if at.saturating_sub(calls.min(all)) > soon || self.visible_since(at) > soon {
            self.late = at;
        }
    }

    /// For how long the oldest message has been visible.
    fn visible_since(&self, at: Micros) -> Micros {
        self.work.queue.peek().map_or(0, |Reverse((visible, ..))| at.saturating_sub(*visible))
    }

    /// Whether nothing is late or about to be.
    pub(super) fn is_calm(&self, at: Micros) -> bool {
        at > self.late + 5 * 60 * SECOND
    }
}
