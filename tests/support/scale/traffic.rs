//! The calls of a busy hour: whose each is, of which kind, in which partition, and when its events come.

use ringbridge::model::ids::ConnectionId;
use ringbridge::storage::keys;

use super::settings::assumed;
use super::{Load, Micros, NEVER, SECOND, whole};
use crate::pbx::Rng;
use crate::usage::Profile;

/// A call, and what is due of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    /// Whose.
    pub(super) connection: u32,
    /// Its kind, as a place in the list of profiles.
    pub(super) kind: u8,
    /// The partition of the index of what is due in which its items stand.
    pub(super) shard: u8,
    /// Where it stands there.
    pub(super) due: Micros,
    /// Since when its record can be delivered.
    pub(super) since: Micros,
}

/// An event: when it comes, and of which call it is the how-manieth.
pub(super) type Event = (Micros, u32, u8);

/// All calls, and all events in their order.
pub(super) fn of(load: &Load, profiles: &[Profile]) -> (Vec<Call>, Vec<Event>) {
    let mut random = Rng::new(load.seed);
    let ids: Vec<_> = (0..load.connections).map(|_| ConnectionId::from_bytes(key(&mut random))).collect();
    let shards: Vec<_> = keys::due_shards().collect();
    let sizes: Vec<_> = (0..load.connections)
        .scan(0.0, |all, one| {
            *all += size(one);
            Some(*all)
        })
        .collect();
    let gap = 3_600e6 / (f64::from(load.connections) * assumed::CALLS_AN_HOUR);
    let (mut calls, mut events, mut at) = (Vec::new(), Vec::new(), 0);
    while at < super::micros(load.span) {
        // Larger ones more often.
        let drawn = unit(&mut random) * sizes.last().copied().unwrap_or_default();
        let connection = sizes.partition_point(|up_to| *up_to <= drawn);
        let kind = kind(&mut random);
        // The same functions as the product's, on a key of the same form.
        let shard = keys::due_shard(&keys::call(ids[connection], key(&mut random)));
        let shard = shards.iter().position(|name| *name == shard).unwrap_or_default();
        let id = index(calls.len());
        let [kind8, shard, ..] = [kind.to_le_bytes()[0], shard.to_le_bytes()[0]];
        let connection = index(connection);
        calls.push(Call { connection, kind: kind8, shard, due: NEVER, since: NEVER });
        // Some are short and some long.
        let pace = exponential(&mut random).clamp(0.1, 6.0);
        for (nth, (offset, ..)) in (0..).zip(&profiles[kind].events) {
            events.push((at + whole(offset.as_secs_f64() * 1e6 * pace), id, nth));
        }
        at += whole(gap * exponential(&mut random));
    }
    events.sort_unstable();
    (calls, events)
}

/// The first events of calls that come by one URL of the first connection, again and again.
pub(super) fn flood(load: &Load, calls: &mut Vec<Call>) -> Vec<Event> {
    let times = (0..super::micros(load.span)).step_by(1_000_000 / assumed::FLOOD as usize);
    times
        .map(|at| {
            let shard = u8::try_from(at / (SECOND / 50) % 16).unwrap_or_default();
            calls.push(Call { connection: 0, kind: 0, shard, due: NEVER, since: NEVER });
            (at, index(calls.len() - 1), 0)
        })
        .collect()
}

pub(super) fn index(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

fn kind(random: &mut Rng) -> usize {
    let mut left = random.below(assumed::KINDS.iter().sum());
    for (kind, share) in assumed::KINDS.into_iter().enumerate() {
        if left < share {
            return kind;
        }
        left -= share;
    }
    0
}

/// How much larger than a small one a connection is.
fn size(connection: u32) -> f64 {
    match connection % 100 {
        99 => assumed::LARGE.0,
        place if place % 5 == 4 => assumed::LARGE.1,
        _ => 1.0,
    }
}

/// From 0 to 1.
fn unit(random: &mut Rng) -> f64 {
    let high = u32::try_from(random.next_u64() >> 32).unwrap_or_default();
    (f64::from(high) + 0.5) / 4_294_967_296.0
}

/// With mean 1.
fn exponential(random: &mut Rng) -> f64 {
    -unit(random).ln()
}

fn key(random: &mut Rng) -> [u8; 16] {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&random.next_u64().to_le_bytes());
    key[8..].copy_from_slice(&random.next_u64().to_le_bytes());
    key
}
