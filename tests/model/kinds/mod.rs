//! The kinds of calls, each a story with luck in it.

mod direct;
mod internal;
mod menu;
mod outgoing;
mod queue;
mod transfer;

use super::random::Luck;
use super::tale::Tale;
use crate::site::cast::{Extension, PHONES};

/// A kind of call.
type Teller = fn(&mut Tale);

/// All kinds and their names, those that happen more often several times.
const KINDS: &[(&str, Teller)] = &[
    ("direct, answered", direct::answered),
    ("direct, in vain", direct::in_vain),
    ("direct, phones one after the other, answered", direct::hunt_answered),
    ("direct, phones one after the other, in vain", direct::hunt_in_vain),
    ("direct, phones at once, answered", direct::parallel_answered),
    ("direct, phones at once, in vain", direct::parallel_in_vain),
    ("direct, then a phone without events answers", direct::silent_answers),
    ("forwarded to a colleague, answered", direct::to_colleague_answered),
    ("forwarded to a colleague, in vain", direct::to_colleague_in_vain),
    ("forwarded to a mobile, answered", direct::to_mobile_answered),
    ("forwarded to a mobile, in vain", direct::to_mobile_in_vain),
    ("bundle, answered", direct::bundle_answered),
    ("bundle, in vain", direct::bundle_in_vain),
    ("menu, given up", menu::given_up),
    ("menu, answered", menu::answered),
    ("menu, in vain", menu::in_vain),
    ("menu that says no early, answered", menu::early_word_answered),
    ("menu, then a phone without events answers", menu::silent_answers),
    ("queue, answered", queue::answered),
    ("queue, in vain", queue::in_vain),
    ("queue that does not speak, answered", queue::silent_word_answered),
    ("queue, a phone without events answers", queue::silent_answers),
    ("menu and queue, answered", queue::behind_menu_answered),
    ("menu and queue, in vain", queue::behind_menu_in_vain),
    ("menu says no, queue answers", queue::early_menu_answered),
    ("second queue, answered", queue::second_answered),
    ("second queue that does not speak, answered", queue::second_silent_answered),
    ("second queue, in vain", queue::second_in_vain),
    ("passed on to a colleague, answered", transfer::to_colleague_answered),
    ("passed on to a colleague, in vain", transfer::to_colleague_in_vain),
    ("passed on and back", transfer::there_and_back),
    ("passed on to a queue, answered", transfer::to_queue_answered),
    ("passed on to a queue, given up", transfer::to_queue_given_up),
    ("passed on to a menu, given up", transfer::to_menu_given_up),
    ("passed on to a mobile", transfer::to_mobile),
    ("colleague asked first", transfer::consultation),
    ("outgoing, answered", outgoing::answered),
    ("outgoing, in vain", outgoing::in_vain),
    ("outgoing, passed on to a colleague", outgoing::passed_on),
    ("outgoing, passed on to a mobile", outgoing::passed_outside),
    ("site callback", outgoing::site_callback),
    ("site callback, given up", outgoing::site_callback_given_up),
    ("internal", internal::colleague),
    ("internal, to a queue", internal::queue),
    ("internal, passed on", internal::passed_on),
    ("internal, forwarded outside", internal::forwarded_outside),
];

/// How many kinds there are.
pub const COUNT: u64 = KINDS.len() as u64;

/// Tells a call: its number says which kind, the seed says the rest.
pub(super) fn tell(seed: u64, call: u64) -> Tale {
    let mut tale = Tale::begin(Luck::of(seed, call));
    let place = usize::try_from(call % COUNT).unwrap_or_default();
    let (name, teller) = KINDS[place];
    tale.kind = name;
    teller(&mut tale);
    tale
}

impl Tale {
    /// A phone that tells its events.
    fn phone(&mut self) -> Extension {
        self.luck.pick(&PHONES)
    }

    /// Different ones.
    fn phones(&mut self, count: usize) -> Vec<Extension> {
        self.luck.some(&PHONES, count)
    }

    /// How a leg may end that nobody answered.
    fn vain(&mut self) -> &'static str {
        self.luck.pick(&["NOANSWER", "NOANSWER", "CANCEL", "BUSY", "CONGESTION"])
    }

    /// A phone rings in vain; some are not registered, and don't even ring.
    fn ring_in_vain(&mut self, phone: Extension, through: Option<Extension>) {
        let leg = self.ring(phone, through);
        if self.luck.percent(10) {
            self.now += 20_000;
            self.legs[leg].dials = self.luck.percent(50);
            self.end(leg, "CHANUNAVAIL");
        } else {
            self.ringing();
            let status = self.vain();
            self.end(leg, status);
        }
    }

    /// A phone rings, and is answered; the leg still goes on.
    fn ring_and_answer(&mut self, phone: Extension, through: Option<Extension>) -> usize {
        let leg = self.ring(phone, through);
        self.ringing();
        self.answer(leg);
        leg
    }

    /// Talk on an answered leg, until it ends; then it must be logged.
    fn talk_out(&mut self, leg: usize) {
        self.talk();
        self.end(leg, "ANSWER");
        self.logged(leg);
    }
}
