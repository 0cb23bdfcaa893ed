//! A leg of a call: what one extension went through, as the story has it. Moments are microseconds after the beginning
//! of the call.

use crate::site::cast::{Extension, Kind};

/// Which way a leg goes, seen from its extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It was called.
    In,
    /// It called.
    Out,
}

/// A leg.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what a leg has or lacks on the wire")]
pub(super) struct Leg {
    pub(super) extension: Extension,
    /// `SubCallID`.
    pub(super) id: String,
    pub(super) way: Way,
    pub(super) began: i64,
    pub(super) answered: Option<i64>,
    pub(super) ended: i64,
    /// `CallStatus` of its hangup.
    pub(super) status: &'static str,
    /// `CallerIDNum` and `CalledNumber`, as they are posted.
    pub(super) caller: String,
    pub(super) called: String,
    pub(super) caller_extension: Option<Extension>,
    pub(super) called_extension: Option<Extension>,
    pub(super) did: bool,
    pub(super) remote: Option<String>,
    pub(super) forwarded: bool,
    /// The other extension of its bundle: the main one on the way in, the one that really dialled on the way out.
    pub(super) bundle: Option<Extension>,
    pub(super) on_behalf: bool,
    /// What a queue or a menu says at the end.
    pub(super) bridged: bool,
    /// Whether its dial event is sent: not for a phone that was not registered.
    pub(super) dials: bool,
    /// Whether its events are sent at all.
    pub(super) speaks: bool,
    /// The parties as the history has them.
    pub(super) from: String,
    pub(super) to: String,
}

impl Leg {
    pub(super) fn is_phone(&self) -> bool {
        self.extension.kind == Kind::Phone
    }

    /// Talk in microseconds.
    pub(super) fn talk(&self) -> i64 {
        self.answered.map_or(0, |answered| self.ended - answered)
    }

    /// Whole seconds, to the nearest.
    pub(super) fn talk_seconds(&self) -> i64 {
        (self.talk() + 500_000) / 1_000_000
    }
}
