//! The calls of a busy hour: when each begins, whose it is, of which kind, and when its events come.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use ringbridge::ids::ConnectionId;
use ringbridge::storage::keys;

use super::Micros;
use super::settings::assumed;
use crate::pbx::Rng;
use crate::usage::Profile;

/// A call under way.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Whose.
    pub(super) connection: u32,
    /// Its kind, as a place in the list of profiles.
    pub(super) kind: u8,
    /// The partition of the index of what is due in which its items stand.
    pub(super) shard: u8,
    /// Which of its events comes now.
    pub(super) event: u8,
    /// When its first event came.
    began: Micros,
    /// How slowly it goes, compared with the one that was measured.
    pace: f64,
}

/// Makes calls; a place in `calls` is used again when its call has ended.
pub(super) struct Traffic<'a> {
    profiles: &'a [Profile],
    random: Rng,
    /// The sizes of the connections, added up.
    sizes: Vec<f64>,
    ids: Vec<ConnectionId>,
    shards: Vec<String>,
    /// Between two calls of all connections.
    gap: f64,
    until: Micros,
    next: Micros,
    calls: Vec<Call>,
    free: Vec<u32>,
    coming: BinaryHeap<Reverse<(Micros, u32)>>,
}

impl<'a> Traffic<'a> {
    /// For so many connections and so long.
    pub(super) fn new(profiles: &'a [Profile], connections: u32, span: Duration, seed: u64) -> Self {
        let mut random = Rng::new(seed);
        let ids = (0..connections).map(|_| ConnectionId::from_bytes(key(&mut random))).collect();
        let mut all = 0.0;
        let up_to = |one| {
            all += size(one);
            all
        };
        let sizes = (0..u64::from(connections)).map(up_to).collect();
        let an_hour = f64::from(connections) * assumed::CALLS_AN_HOUR;
        Self {
            profiles,
            random,
            sizes,
            ids,
            shards: keys::due_shards().collect(),
            gap: 3_600e6 / an_hour,
            until: super::micros(span),
            next: 0,
            calls: Vec::new(),
            free: Vec::new(),
            coming: BinaryHeap::new(),
        }
    }

    /// The next event: when, the place of its call, and whether it is the call's last.
    pub(super) fn next(&mut self) -> Option<(Micros, u32, bool)> {
        while self.next < self.until && self.coming.peek().is_none_or(|Reverse((at, _))| self.next < *at) {
            self.begin();
        }
        let Reverse((at, place)) = self.coming.pop()?;
        let call = &mut self.calls[place as usize];
        let events = &self.profiles[usize::from(call.kind)].events;
        let event = call.event;
        let last = usize::from(event) + 1 == events.len();
        if last {
            self.free.push(place);
        } else {
            let offset = events[usize::from(event) + 1].0.as_secs_f64() * 1e6 * call.pace;
            self.coming.push(Reverse((call.began + super::whole(offset), place)));
        }
        Some((at, place, last))
    }

    /// The call at a place; to be asked once for each event, which it counts.
    pub(super) fn call(&mut self, place: u32) -> Call {
        let call = &mut self.calls[place as usize];
        let seen = call.clone();
        call.event += 1;
        seen
    }

    fn begin(&mut self) {
        let began = self.next;
        self.next += super::whole(self.gap * exponential(&mut self.random));
        let connection = self.connection();
        let kind = self.kind();
        // The same functions as the product's, on a key of the same form.
        let partition = keys::call(self.ids[connection as usize], key(&mut self.random));
        let shard = keys::due_shard(&partition);
        let shard = self.shards.iter().position(|name| *name == shard).unwrap_or_default();
        // Some are short and some long.
        let pace = exponential(&mut self.random).clamp(0.1, 6.0);
        let call = Call { connection, kind, shard: shard.to_le_bytes()[0], event: 0, began, pace };
        let place = self.free.pop().unwrap_or_else(|| {
            self.calls.push(call.clone());
            u32::try_from(self.calls.len() - 1).unwrap_or(u32::MAX)
        });
        self.calls[place as usize] = call;
        self.coming.push(Reverse((began, place)));
    }

    /// Larger ones more often.
    fn connection(&mut self) -> u32 {
        let all = self.sizes.last().copied().unwrap_or_default();
        let drawn = unit(&mut self.random) * all;
        u32::try_from(self.sizes.partition_point(|up_to| *up_to <= drawn)).unwrap_or_default()
    }

    fn kind(&mut self) -> u8 {
        let mut left = self.random.below(assumed::KINDS.iter().sum());
        let kinds = (0_u8..).zip(assumed::KINDS);
        for (kind, share) in kinds {
            if left < share {
                return kind;
            }
            left -= share;
        }
        0
    }
}

/// How much larger than a small one a connection is.
fn size(connection: u64) -> f64 {
    match connection % 100 {
        place if place >= 100 - assumed::LARGE.0 => assumed::LARGE.1,
        place if place % 5 == 4 && place / 5 < assumed::MIDDLE.0 => assumed::MIDDLE.1,
        _ => 1.0,
    }
}

/// Whether a connection's CRM is one of those that hang in an outage; large and small ones alike.
pub(super) fn hangs(connection: u32) -> bool {
    u64::from(connection / 100 + connection) % assumed::HANGS_ONE_IN == 3
}

/// From 0 to 1.
pub(super) fn unit(random: &mut Rng) -> f64 {
    let high = u32::try_from(random.next_u64() >> 32).unwrap_or_default();
    (f64::from(high) + 0.5) / 4_294_967_296.0
}

/// With mean 1.
pub(super) fn exponential(random: &mut Rng) -> f64 {
    -unit(random).ln()
}

fn key(random: &mut Rng) -> [u8; 16] {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&random.next_u64().to_le_bytes());
    key[8..].copy_from_slice(&random.next_u64().to_le_bytes());
    key
}
