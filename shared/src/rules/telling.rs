//! Which of a leg's events tells what: the hangup that decides, the way it went.

use super::fields::Fields;
use crate::model::call::{ArrivedEvent, CallEvent, CallStatus, EventKind, Flow};
use crate::model::history::{HistoryFlow, HistoryLeg};

/// The hangup that counts when the PBX told several: success first, then one that tells the talk, then the latest.
pub(super) fn deciding_hangup(fields: Fields<'_>) -> Option<&ArrivedEvent> {
    let weighed = fields.of_kind(EventKind::Hangup).map(|hangup| {
        let event = &hangup.event;
        ((event.status() == CallStatus::Answer, talked(event), hangup.time()), hangup)
    });
    let heaviest = weighed.max_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.tie(other)));
    heaviest.map(|(_, hangup)| hangup)
}

/// Which way a leg went: by its earlier dial, else by what its other events say, else by the history.
pub(super) fn flow(fields: Fields<'_>, told: Option<&HistoryLeg>) -> Flow {
    let dialled = fields.first(EventKind::DialIn).map(ArrivedEvent::time);
    let dialling = fields.first(EventKind::DialOut).map(ArrivedEvent::time);
    match (dialled, dialling) {
        (Some(inward), Some(outward)) if outward < inward => Flow::Out,
        (Some(_), _) => Flow::In,
        (None, Some(_)) => Flow::Out,
        (None, None) => fields.get(CallEvent::flow).unwrap_or_else(|| {
            let own = fields.get(CallEvent::caller_extension) == Some(fields.leg.extension.number.clone());
            match told.and_then(|told| told.flow) {
                Some(HistoryFlow::Out | HistoryFlow::Transfer) => Flow::Out,
                None if own => Flow::Out,
                Some(HistoryFlow::In) | None => Flow::In,
            }
        }),
    }
}

/// A hangup that tells of a talk by itself.
pub(super) fn talked(hangup: &CallEvent) -> bool {
    hangup.status() == CallStatus::Answer && hangup.duration().is_some_and(|talk| !talk.is_zero())
}
