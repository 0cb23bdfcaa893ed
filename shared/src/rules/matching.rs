//! Which leg of ours is which leg of the PBX's history: the history names extensions and times, never a `SubCallID`.

use std::time::Duration;

use crate::model::call::{ArrivedEvent, EventKind, Leg};
use crate::model::history::{Evidence, HistoryFlow, HistoryLeg, ToldLeg};

/// The history's times are whole seconds, and a leg's first or last event may be lost.
const NEAR: Duration = Duration::from_secs(5);

/// For each leg of the evidence, the place of the leg of ours that it tells of.
pub(super) fn pair(legs: &[&Leg], evidence: &Evidence) -> Vec<Option<usize>> {
    let mut candidates = Vec::new();
    for (told_at, told) in evidence.legs.iter().enumerate() {
        for (leg_at, leg) in legs.iter().enumerate().filter(|(_, leg)| can_be(leg, &told.told)) {
            let only = evidence.legs.iter().filter(|other| can_be(leg, &other.told)).count() == 1
                && legs.iter().filter(|other| can_be(other, &told.told)).count() == 1;
            match distance(leg, &told.told) {
                Some(far) if far <= NEAR => candidates.push((far, told_at, leg_at)),
                // Where there is no other, it is this one, however little is told of its times.
                _ if only => candidates.push((Duration::MAX, told_at, leg_at)),
                _ => {}
            }
        }
    }
    candidates.sort_unstable();
    let mut pairs = vec![None; evidence.legs.len()];
    let mut taken = vec![false; legs.len()];
    for (_, told_at, leg_at) in candidates {
        if let (Some(free @ None), Some(taken @ false)) = (pairs.get_mut(told_at), taken.get_mut(leg_at)) {
            (*free, *taken) = (Some(leg_at), true);
        }
    }
    pairs
}

/// The same extension, the same way, and events of its own.
fn can_be(leg: &Leg, told: &HistoryLeg) -> bool {
    let outward = |leg: &Leg| {
        let dials_out = leg.events().iter().any(|arrived| arrived.event.kind() == EventKind::DialOut);
        dials_out || leg.events().iter().any(|one| one.event.flow() == Some(crate::model::call::Flow::Out))
    };
    let same_way = match told.flow {
        Some(HistoryFlow::In) => !outward(leg),
        Some(HistoryFlow::Out | HistoryFlow::Transfer) => outward(leg),
        None => true,
    };
    told.extension_id == Some(leg.extension.id) && !leg.events().is_empty() && same_way
}

/// How far apart the times are that both tell; none where they share no time and don't overlap.
fn distance(leg: &Leg, told: &HistoryLeg) -> Option<Duration> {
    let at = |kind: EventKind| {
        let of_kind = leg.events().iter().filter(move |arrived| arrived.event.kind() == kind);
        of_kind.map(ArrivedEvent::time).min()
    };
    let dial = [at(EventKind::DialIn), at(EventKind::DialOut)].into_iter().flatten().min();
    let apart = [
        dial.zip(told.started_at),
        at(EventKind::Answer).zip(told.answered_at()),
        at(EventKind::Hangup).zip(told.ended_at),
    ];
    let apart = apart.into_iter().flatten().map(|(ours, theirs)| ours.since(theirs).max(theirs.since(ours)));
    apart.min()
}

impl ToldLeg {
    /// Whether the history knew this leg before any event of it had come.
    pub(super) const fn is_recovered(&self) -> bool {
        self.recovered_as.is_some()
    }
}
