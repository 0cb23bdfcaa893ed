//! A model of Ringbridge under load: an hour of calls in simulated time, through event receivers, table, queue and
//! retry jobs, to CRMs that answer or hang. It uses the product's own constants, keys and retry policy, the template's
//! limits, and requests per event as they were counted on the wire ([`crate::usage`]); `settings` says what is assumed.
//! It knows no clock and no network: equal seeds give equal results.
//!
//! Left out: failures of AWS itself, messages that come twice, cold starts, the event source's first minute, and what
//! throttled partitions do to those who write; it says how hot they would be.

mod drain;
mod heat;
mod receivers;
pub mod settings;
mod traffic;
mod work;

use std::time::Duration;

use ringbridge::flow::HISTORY_EVERY;

use self::drain::Drain;
use self::receivers::Receivers;
pub use self::settings::Settings;
use self::traffic::Traffic;
use self::work::Work;
use crate::usage::Profile;

/// Microseconds since the beginning.
pub type Micros = u64;
/// A second.
pub const SECOND: Micros = 1_000_000;
/// No moment.
const NEVER: Micros = Micros::MAX;
/// What waits longer than this after the last call is not waited for.
const PATIENCE: Duration = Duration::from_hours(3);

/// How much, how long, and from which seed.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Connections.
    pub connections: u32,
    /// How long calls begin.
    pub span: Duration,
    /// Whether some CRMs hang for a while.
    pub outage: Outage,
    /// From this everything follows.
    pub seed: u64,
}

/// When CRMs hang; both ends alike if they don't.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outage {
    from: Micros,
    until: Micros,
}

impl Outage {
    /// After a sixth of the span, for as long as is assumed.
    pub fn within(span: Duration) -> Self {
        let from = micros(span / 6);
        Self { from, until: from + micros(settings::assumed::OUTAGE) }
    }

    const fn is_on(self, at: Micros) -> bool {
        self.from <= at && at < self.until
    }
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Events a second, on average.
    pub events: f64,
    /// Event receivers side by side.
    pub receivers: usize,
    /// Events taken, refused by the API, and refused for want of a receiver.
    pub taken: u64,
    /// See [`Outcome::taken`].
    pub throttled: u64,
    /// See [`Outcome::taken`].
    pub refused: u64,
    /// Seconds' maxima.
    pub heat: heat::Heat,
    /// How late calls were at worst.
    pub oldest_call: Duration,
    /// How late anything was at worst, looks at histories included.
    pub oldest: Duration,
    /// How late the runs said that anything was.
    pub reported: Duration,
    /// From the end of the outage, or else of the hour, until nothing was late; nothing, if it took too long.
    pub backlog: Option<Duration>,
    /// Runs that Lambda ended.
    pub killed: u32,
    /// Runs that never came to the sweep.
    pub unswept: u32,
    /// Requests an hour to the PBX that got the most.
    pub pbx: u32,
    /// Calls, each of which comes to one record.
    pub calls: u64,
    /// Records delivered.
    pub delivered: u64,
    /// Records given up.
    pub given_up: u64,
    /// Reminders left in the queue, and entries left in the index that concern calls.
    pub left: usize,
}

/// Lets the same calls come to each of some settings.
pub fn simulate(load: Load, profiles: &[Profile], modes: &[Settings]) -> Vec<Outcome> {
    let Load { connections, span, outage, seed } = load;
    let mut traffic = Traffic::new(profiles, connections, span, seed);
    let mut sides: Vec<_> = modes
        .iter()
        .map(|settings| Side {
            receivers: Receivers::new(settings),
            drain: Drain::new(Work::new(settings, profiles, connections, outage, seed ^ 0x5ca1e)),
            items: Vec::new(),
        })
        .collect();
    let (mut events, mut calls) = (0_u32, 0);
    while let Some((at, place, last)) = traffic.next() {
        events += 1;
        calls += u64::from(last);
        let call = traffic.call(place);
        for side in &mut sides {
            side.event(at, place, &call, last);
        }
    }
    let end = micros(span);
    let from = if outage.until > 0 { outage.until } else { end };
    let per_second = f64::from(events) / span.as_secs_f64().max(1.0);
    sides.into_iter().map(|side| Outcome { calls, ..side.outcome(end, from, per_second) }).collect()
}

struct Side<'a> {
    receivers: Receivers,
    drain: Drain<'a>,
    /// The item of the call at each place, if it has one.
    items: Vec<u32>,
}

impl Side<'_> {
    fn event(&mut self, at: Micros, place: u32, call: &traffic::Call, last: bool) {
        self.drain.advance(at);
        let place = place as usize;
        if self.items.len() <= place {
            self.items.resize(place + 1, u32::MAX);
        }
        if call.event == 0 {
            self.items[place] = u32::MAX;
        }
        if self.receivers.takes(at) {
            let ends = self.drain.work.event(at, call, last, &mut self.items[place]);
            self.receivers.run(ends);
        } else if last && self.items[place] != u32::MAX {
            self.drain.work.unname(self.items[place]);
        }
    }

    fn outcome(mut self, end: Micros, from: Micros, events: f64) -> Outcome {
        let mut now = end;
        let most = end + micros(PATIENCE);
        while now < most && self.drain.work.waiting() > 0 {
            now += 60 * SECOND;
            self.drain.advance(now);
        }
        let Self { receivers, drain, .. } = self;
        let calm = drain.is_calm(now) || drain.work.waiting() == 0;
        let work = drain.work;
        let looks = Duration::from_hours(1).as_secs() / HISTORY_EVERY.as_secs();
        Outcome {
            events,
            calls: 0,
            receivers: receivers.peak,
            taken: receivers.taken,
            throttled: receivers.throttled,
            refused: receivers.refused,
            oldest_call: Duration::from_micros(drain.oldest_call),
            oldest: Duration::from_micros(drain.oldest),
            reported: Duration::from_micros(drain.reported),
            backlog: calm.then(|| Duration::from_micros(drain.late.saturating_sub(from))),
            killed: drain.killed,
            unswept: drain.unswept,
            pbx: work.most_pages * u32::try_from(looks).unwrap_or(u32::MAX),
            delivered: work.delivered,
            given_up: work.given_up,
            left: work.waiting(),
            heat: work.heat,
        }
    }
}

fn micros(span: Duration) -> Micros {
    Micros::try_from(span.as_micros()).unwrap_or(NEVER)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a span of at most some hours")]
fn whole(value: f64) -> Micros {
    value.max(0.0) as Micros
}
