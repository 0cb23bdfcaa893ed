//! The orders and pauses in which a case is played.

use crate::pbx::Rng;

/// One second of a case's pauses, in microseconds: a case's hold is one second, a site's twenty.
const SECOND: f64 = 20_000_000.0;
/// Longer than the hold.
const LONG: i64 = 26_000_000;

/// How a case is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// In its order, with its pauses.
    AsGiven,
    /// The same, when all of its moments are past: as after an outage.
    Afterwards,
    /// In its order, at once.
    AtOnce,
    /// With a long pause before every event.
    LongPauses,
    /// The last event first.
    Reversed,
    /// Every event twice.
    Twice,
    /// In any order, with any pauses.
    Shuffled(u64),
}

/// All of them.
pub const VARIANTS: &[Variant] = &[
    Variant::AsGiven,
    Variant::Afterwards,
    Variant::AtOnce,
    Variant::LongPauses,
    Variant::Reversed,
    Variant::Twice,
    Variant::Shuffled(1),
    Variant::Shuffled(2),
];

impl Variant {
    /// Its name for people.
    pub fn words(self) -> String {
        match self {
            Self::AsGiven => "as given".to_owned(),
            Self::Afterwards => "as given, afterwards".to_owned(),
            Self::AtOnce => "without pauses".to_owned(),
            Self::LongPauses => "with long pauses".to_owned(),
            Self::Reversed => "reversed".to_owned(),
            Self::Twice => "each event twice".to_owned(),
            Self::Shuffled(seed) => format!("shuffled {seed}"),
        }
    }

    /// Whether the moments of the events lie before their arrival.
    pub(super) const fn in_the_past(self) -> bool {
        matches!(self, Self::Afterwards | Self::LongPauses | Self::Reversed | Self::Shuffled(_))
    }

    /// How often each event comes.
    pub(super) const fn copies(self) -> usize {
        if matches!(self, Self::Twice) { 2 } else { 1 }
    }

    /// The events in their order of arrival, and when, in microseconds. `given` tells the pause before an event, and
    /// the moment of its arrival if that is told.
    pub(super) fn arrivals(
        self,
        count: usize,
        given: impl Fn(usize) -> (f64, Option<f64>),
    ) -> Vec<(usize, i64)> {
        let mut order: Vec<usize> = (0..count).collect();
        match self {
            Self::AsGiven | Self::Afterwards | Self::Twice => {
                let mut at = 0;
                let arrivals = order.into_iter().map(|event| {
                    let (pause, told) = given(event);
                    at = told.map_or(at + whole(pause * SECOND), |told| whole(told * 1_000_000.0));
                    (event, at)
                });
                arrivals.collect()
            }
            Self::AtOnce => order.into_iter().map(|event| (event, 0)).collect(),
            Self::LongPauses => order.into_iter().zip((1..).map(|place| place * LONG)).collect(),
            Self::Reversed => order.into_iter().rev().map(|event| (event, 0)).collect(),
            Self::Shuffled(seed) => {
                let mut random = Rng::new(seed);
                random.shuffle(&mut order);
                let mut at = 0;
                let arrivals = order.into_iter().map(|event| {
                    at += [0, 6_000_000, LONG][usize::try_from(random.below(3)).unwrap_or_default()];
                    (event, at)
                });
                arrivals.collect()
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "some minutes in microseconds")]
const fn whole(micros: f64) -> i64 {
    micros as i64
}
