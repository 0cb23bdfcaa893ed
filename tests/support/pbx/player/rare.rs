//! Calls that mislead whoever decides too early or looks at one event alone: a "no" that a later phone overrules, a
//! refusal that means nothing, and what no event tells.

use super::calling::{Calling, SECOND};
use super::leg::Leg;
use super::scenario::Outcome;
use super::script::{MENU, MOMENT, RING, RING_OUT, TALK};

/// How long an announcement between two phones, or the wait for a free agent, lasts: longer than a usual hold.
const ANNOUNCEMENT: i64 = 8 * SECOND;
/// How long after the talk a queue says at last that a phone took the call.
const LATE_WORD: i64 = 9 * SECOND;
/// How long a queue whose agents are all busy keeps a caller before they go on to the next.
const OVERFLOW: i64 = 30 * SECOND;

impl Calling<'_> {
    /// Phones ring one after the other, with an announcement in between; the second one answers, or none.
    pub(super) fn hunt(&mut self, at: i64, answered: bool) {
        let cast = self.cast;
        let first = self.dial(Leg::from_outside(cast, &cast.phones[0]), at);
        let end = at + RING_OUT + self.jitter() / 2;
        self.give_up(&first, Outcome::NoAnswer, end);
        let next = Leg::from_outside(cast, &cast.phones[1]);
        if answered {
            self.talk(next, end + ANNOUNCEMENT);
        } else {
            let next = self.dial(next, end + ANNOUNCEMENT);
            let end = end + ANNOUNCEMENT + RING_OUT + self.jitter() / 2;
            self.give_up(&next, Outcome::NoAnswer, end);
        }
    }

    /// The first queue says no, since nobody answers there or all are busy; in the second one a phone answers, and
    /// the queue says so late.
    pub(super) fn second_queue(&mut self, at: i64, overflow: bool) {
        let cast = self.cast;
        let (first, second) = (&cast.queues[0], &cast.queues[1]);
        let waiting = self.enter_entrance(Leg::from_outside(cast, first), at);
        let mut left = at + OVERFLOW + self.jitter();
        if !overflow {
            let legs: Vec<_> = (0_i64..)
                .zip(&cast.phones)
                .map(|(n, phone)| self.dial(Leg::through(cast, phone, first), at + SECOND + n * 4_112))
                .collect();
            for (n, leg) in (0_i64..).zip(&legs) {
                self.give_up(leg, Outcome::NoAnswer, at + SECOND + RING_OUT + n * 2_690);
            }
            left = at + SECOND + RING_OUT + SECOND;
        }
        self.leave_entrance(&waiting, at, left, false);
        let entered = left + MOMENT;
        let waiting = self.enter_entrance(Leg::from_outside(cast, second), entered);
        // An agent there becomes free after a while, or is at once.
        let rings = if overflow { entered + ANNOUNCEMENT } else { entered + SECOND };
        let end = self.talk(Leg::through(cast, &cast.phones[1], second), rings);
        self.leave_entrance(&waiting, entered, end + LATE_WORD, true);
    }

    /// The menu lets the caller go while the phone that it rang goes on ringing, and then answers.
    pub(super) fn menu_leaves_first(&mut self, at: i64) {
        let (cast, menu) = (self.cast, &self.cast.ivrs[0]);
        let visit = self.enter_entrance(Leg::from_outside(cast, menu), at);
        let phone = self.dial(Leg::through(cast, &cast.phones[0], menu), at + MENU);
        self.leave_entrance(&visit, at, at + MENU + SECOND, false);
        let answered = at + MENU + SECOND + ANNOUNCEMENT + self.jitter();
        let end = answered + TALK + self.jitter();
        self.answer(&phone, answered);
        self.hang_up(&phone, answered, end);
    }

    /// The first phone talks to the caller and asks the second one to take over, which refuses; they talk on.
    pub(super) fn consultation_refused(&mut self, at: i64) {
        let cast = self.cast;
        let (first, second) = (&cast.phones[0], &cast.phones[1]);
        let leg = self.dial(Leg::from_outside(cast, first), at);
        let answered = at + RING + self.jitter();
        self.answer(&leg, answered);
        let asked = answered + TALK / 2;
        let consulted = self.dial(Leg::passed_on(cast, second, first), asked);
        let refused = asked + RING + self.jitter();
        self.give_up(&consulted, Outcome::Busy, refused);
        let end = answered + TALK + self.jitter();
        self.hang_up(&leg, answered, end);
    }

    /// An answered call whose hangup the PBX loses.
    pub(super) fn hangup_lost(&mut self, at: i64) {
        self.talk(Leg::from_outside(self.cast, &self.cast.phones[0]), at);
        self.lose_last();
    }

    /// The line rings a phone and one without events, which answers: all that is told is that the first one stops.
    pub(super) fn answered_unheard(&mut self, at: i64) {
        let cast = self.cast;
        let heard = self.dial(Leg::from_outside(cast, &cast.phones[0]), at);
        if let Some(unheard) = &cast.unheard {
            self.talk(Leg::from_outside(cast, unheard), at + 4_112);
        }
        self.give_up(&heard, Outcome::Cancel, at + 4_112 + RING + SECOND + 30_000);
    }
}
