//! How events arrive: in which order, after which pauses, how often, and which not at all.

use super::random::Luck;
use super::tale::Tale;
use super::truth::Expected;
use super::wire::Event;
use crate::site::HOLD;

/// What happens to events on their way, and to attempts at the CRM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weather {
    /// Whether events come late, mixed up and repeated.
    pub rough: bool,
    /// Whether some hangups have no status, a duration that can't be, or a second one after them.
    pub quirky: bool,
    /// Of how many calls in a hundred some events are lost.
    pub lossy: u64,
    /// How many of a thousand attempts at the CRM fail.
    pub crm_faults: u16,
}

impl Weather {
    /// Every event comes once, at its moment.
    pub const CALM: Self = Self { rough: false, quirky: false, lossy: 0, crm_faults: 0 };
    /// Late, mixed up, repeated, and the CRM fails now and then; nothing is lost.
    pub const ROUGH: Self = Self { rough: true, quirky: true, lossy: 0, crm_faults: 150 };
    /// The same, and most calls lose some of their events.
    pub const LOSSY: Self = Self { rough: true, quirky: true, lossy: 80, crm_faults: 100 };
}

/// The order in which the events of one call come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// Each at its moment.
    Prompt,
    /// Each some seconds late.
    Late,
    /// Each late by less or more than the hold.
    Straddling,
    /// After the end of the call, in any order, with pauses that straddle the hold.
    Shuffled,
    /// The same, the last event first.
    Reversed,
    /// After the end of the call, all at the same time.
    AtOnce,
}

/// An event that comes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    /// Microseconds after the beginning of the call.
    pub(super) at: i64,
    /// Its place in the events of the call.
    pub(super) event: usize,
    /// Arrivals of one stream keep their order.
    pub(super) stream: usize,
}

/// What became of the events of a call.
#[derive(Clone, Debug)]
pub(super) struct Passage {
    pub(super) words: String,
    pub(super) arrivals: Vec<Arrival>,
    /// Those that come long after the history was read.
    pub(super) late: Vec<usize>,
    /// Those that don't come before it.
    pub(super) lost: Vec<usize>,
}

impl Passage {
    pub(super) fn of(tale: &Tale, events: &[Event], weather: Weather, luck: &mut Luck) -> Self {
        let order = if weather.rough {
            luck.pick(&[
                Order::Prompt,
                Order::Late,
                Order::Straddling,
                Order::Straddling,
                Order::Shuffled,
                Order::Shuffled,
                Order::Reversed,
                Order::AtOnce,
            ])
        } else {
            Order::Prompt
        };
        let lost = if luck.percent(weather.lossy) { lost(tale, events, luck) } else { Vec::new() };
        let late: Vec<_> = lost.iter().copied().filter(|_| luck.percent(25)).collect();
        let coming: Vec<_> = (0..events.len()).filter(|event| !lost.contains(event)).collect();
        let end = tale.legs.iter().map(|leg| leg.ended).max().unwrap_or_default();
        let mut arrivals = arrivals(order, &coming, events, end, luck);
        if weather.rough && luck.percent(30) {
            for place in 0..arrivals.len() {
                if luck.percent(40) {
                    let first = arrivals[place];
                    arrivals.push(Arrival { at: first.at + hold_or_less(luck), ..first });
                }
            }
        }
        arrivals.sort_by_key(|arrival| arrival.at);
        let mut words = format!("{order:?}").to_lowercase();
        if !lost.is_empty() {
            words = format!("{words}, {} of {} lost, {} of them late", lost.len(), events.len(), late.len());
        }
        Self { words, arrivals, late, lost }
    }
}

/// A pause that may be shorter or longer than the hold.
fn hold_or_less(luck: &mut Luck) -> i64 {
    let hold = HOLD.as_secs_f64();
    match luck.below(4) {
        0 => 0,
        1 => luck.span(0.0, 2.0),
        2 => luck.span(hold * 0.5, hold * 1.1),
        _ => luck.span(hold * 1.2, hold * 2.5),
    }
}

fn arrivals(order: Order, coming: &[usize], events: &[Event], end: i64, luck: &mut Luck) -> Vec<Arrival> {
    let moment = |event: usize| events[event].at;
    let arrival = |event, at| Arrival { at, event, stream: 0 };
    match order {
        Order::Prompt => coming.iter().map(|event| arrival(*event, moment(*event))).collect(),
        Order::Late => {
            coming.iter().map(|event| arrival(*event, moment(*event) + luck.span(0.0, 6.0))).collect()
        }
        Order::Straddling => {
            coming.iter().map(|event| arrival(*event, moment(*event) + hold_or_less(luck))).collect()
        }
        Order::Shuffled | Order::Reversed => {
            let mut all = coming.to_vec();
            if order == Order::Reversed {
                all.reverse();
            } else {
                luck.shuffle(&mut all);
            }
            let mut at = end;
            let paused = all.into_iter().map(|event| {
                // Three minutes at most, however many there are.
                at = (at + hold_or_less(luck) / 2).min(end + 180_000_000);
                arrival(event, at)
            });
            paused.collect()
        }
        Order::AtOnce => {
            let place = coming.iter().enumerate();
            place.map(|(stream, event)| Arrival { at: end, event: *event, stream }).collect()
        }
    }
}

/// Up to a fifth of the events, or all of one leg, or all.
fn lost(tale: &Tale, events: &[Event], luck: &mut Luck) -> Vec<usize> {
    let share = 5 + luck.draw() % 16;
    let leg = luck.below(tale.legs.len());
    let which = luck.below(10);
    let picked = (0..events.len()).filter(|event| match which {
        0 => true,
        1 | 2 => events[*event].leg == leg,
        3 => events[*event].leg == leg && events[*event].kind == "hangup",
        _ => luck.percent(share),
    });
    picked.collect()
}

/// What may be said of a record when events were lost: the history knows whole seconds, fewer outcomes, no bundles, and
/// not the ids of legs.
pub(super) fn allowing(expected: &Expected, tale: &Tale, events: &[Event], lost: &[usize]) -> Expected {
    let mut allowed = expected.clone();
    if lost.is_empty() {
        return allowed;
    }
    let of_leg = |leg| lost.iter().filter(move |event| events[**event].leg == leg);
    match expected.leg {
        Some(leg) if of_leg(leg).next().is_some() => {
            allowed.leg_id = None;
            allowed.give = 2;
            allowed.did = None;
            if of_leg(leg).any(|event| events[*event].kind == "hangup") {
                for known in expected.outcomes.clone() {
                    allowed.outcomes.extend(as_the_history_has_it(known));
                }
            }
            let bundle = tale.legs[leg].bundle.map(|_| tale.legs[leg].extension.into());
            allowed.places.extend(bundle);
        }
        Some(_) => {}
        None => {
            allowed.places.extend(tale.places());
            allowed.did = None;
            // The history does not say that a visitor who was called back meant to speak to somebody, and its whole
            // seconds do not say which of two moments came first.
            allowed.doubtful = !tale.inbound || tale.ends_close();
        }
    }
    allowed
}

fn as_the_history_has_it(outcome: &str) -> &'static [&'static str] {
    match outcome {
        "cancelled" => &["no_answer"],
        "unavailable" => &["failed"],
        _ => &[],
    }
}
