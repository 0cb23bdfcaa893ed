//! Looks a field up in all events of a leg: the hangup first, then answer, then dial, the later before the earlier,
//! so that the choice depends on the set alone.

use crate::model::call::{ArrivedEvent, CallEvent, EventKind, Leg};

#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    pub(super) leg: &'a Leg,
}

impl<'a> Fields<'a> {
    pub(super) fn get<T>(self, read: impl Fn(&'a CallEvent) -> Option<T>) -> Option<T> {
        self.leg.events().iter().rev().find_map(|arrived| read(&arrived.event))
    }

    pub(super) fn text(self, read: impl Fn(&'a CallEvent) -> Option<&'a str>) -> Option<&'a str> {
        self.get(read)
    }

    pub(super) fn any(self, read: impl Fn(&CallEvent) -> bool) -> bool {
        self.leg.events().iter().any(|arrived| read(&arrived.event))
    }

    /// The earliest event of a kind.
    pub(super) fn first(self, kind: EventKind) -> Option<&'a ArrivedEvent> {
        self.of_kind(kind).next()
    }

    /// The events of a kind, the earliest first.
    pub(super) fn of_kind(self, kind: EventKind) -> impl Iterator<Item = &'a ArrivedEvent> {
        self.leg.events().iter().filter(move |arrived| arrived.event.kind() == kind)
    }

    /// How it began: the earliest dial, in or out.
    pub(super) fn dial(self) -> Option<&'a ArrivedEvent> {
        let dials = [self.first(EventKind::DialIn), self.first(EventKind::DialOut)];
        dials.into_iter().flatten().min_by_key(|dial| dial.time())
    }
}
