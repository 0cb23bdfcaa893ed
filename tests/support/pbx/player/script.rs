//! The script of each scenario: who rings when, who answers, what ends how (docs/pbx.md §7.2, §11).

use super::calling::{Calling, SECOND};
use super::cast::{Cast, Party};
use super::emission::Emission;
use super::leg::Leg;
use super::scenario::{Entrance, Outcome, Scenario};
use crate::pbx::random::Rng;

/// How long callers talk, in microseconds before the jitter.
pub(super) const TALK: i64 = 40 * SECOND;
/// How long a phone rings before somebody takes it.
pub(super) const RING: i64 = 6 * SECOND;
/// How long a phone rings in vain.
pub(super) const RING_OUT: i64 = 25 * SECOND;
/// How long a caller listens to the menu before going on.
pub(super) const MENU: i64 = 8 * SECOND;
/// How much later the hangup of an outer leg comes.
pub(super) const MOMENT: i64 = 39_877;

/// All events of one call that begins at `at`, in the order of their times.
///
/// # Panics
/// If the cast lacks somebody; see [`Scenario::playable`].
pub fn script(scenario: &Scenario, cast: &Cast, at: i64, rng: &mut Rng) -> Vec<Emission> {
    let mut call = Calling::new(cast, rng);
    match *scenario {
        Scenario::Answered => {
            call.talk(Leg::from_outside(cast, &cast.phones[0]), at);
        }
        Scenario::Unanswered(outcome) => call.ring_in_vain(cast, outcome, at, None),
        Scenario::IvrAnswered => {
            let leg = Leg::through(cast, &cast.phones[0], &cast.ivrs[0]);
            call.through(&cast.ivrs[0], at, |call| (call.talk(leg, at + MENU), true));
        }
        Scenario::IvrUnanswered(outcome) => call.through(&cast.ivrs[0], at, |call| {
            call.ring_in_vain(cast, outcome, at + MENU, Some(&cast.ivrs[0]));
            (at + MENU + RING_OUT + SECOND, false)
        }),
        Scenario::IvrAbandoned => {
            call.through(&cast.ivrs[0], at, |call| (at + MENU + call.jitter(), false));
        }
        Scenario::QueueAnswered { through_ivr: false } => {
            call.queue_answered(at);
        }
        Scenario::QueueAnswered { through_ivr: true } => {
            call.through(&cast.ivrs[0], at, |call| (call.queue_answered(at + MENU), true));
        }
        Scenario::QueueMissed { rounds, queues, through_ivr } => {
            call.queues_missed(at, rounds, queues, through_ivr);
        }
        Scenario::Transferred { through_queue } => call.transferred(at, through_queue),
        Scenario::OutgoingAnswered | Scenario::Callback => {
            call.talk(Leg::to_outside(cast, &cast.phones[0], &cast.dialled), at);
        }
        Scenario::OutgoingUnanswered(outcome) => {
            let leg = call.dial(Leg::to_outside(cast, &cast.phones[0], &cast.dialled), at);
            let end = at + RING + call.jitter();
            call.give_up(&leg, outcome, end);
        }
        Scenario::OutgoingTransferred => {
            let passed = call.talk(Leg::to_outside(cast, &cast.phones[0], &cast.dialled), at);
            call.talk(Leg::transferred_out(cast, &cast.phones[0], &cast.mobile), passed - RING);
        }
        Scenario::Forwarded { answered: true } => {
            call.talk(Leg::forwarded_out(cast, &cast.phones[0]), at);
        }
        Scenario::Forwarded { answered: false } => {
            let leg = call.dial(Leg::forwarded_out(cast, &cast.phones[0]), at);
            call.give_up(&leg, Outcome::NoAnswer, at + RING_OUT);
        }
        Scenario::ForwardedInside { answered } => {
            let (phone, to) = (&cast.phones[0], &cast.phones[1]);
            let inner = Leg::from_outside(cast, to).with("CallerExtension", &cast.sip(phone));
            let inner = inner.with("CallerExtensionID", &phone.id.to_string());
            let inner = inner.with("RemoteNumber", &cast.outside);
            call.pair(Leg::forwarded_inside(cast, phone, to), inner, at, answered);
        }
        Scenario::Internal { answered } => {
            let (phone, to) = (&cast.phones[0], &cast.phones[1]);
            let (outer, inner) = (Leg::to_colleague(cast, phone, to), Leg::from_colleague(cast, to, phone));
            call.pair(outer, inner, at, answered);
        }
        Scenario::Widget { entrance, bridged } => call.widget(at, entrance, bridged),
        Scenario::Hunt { answered } => call.hunt(at, answered),
        Scenario::SecondQueue { overflow } => call.second_queue(at, overflow),
        Scenario::TransferredWithheld => {
            let withheld = cast.clone().with_caller("anonymous");
            return script(&Scenario::Transferred { through_queue: false }, &withheld, at, rng);
        }
        Scenario::MenuLeavesFirst => call.menu_leaves_first(at),
        Scenario::ConsultationRefused => call.consultation_refused(at),
        Scenario::HangupLost => call.hangup_lost(at),
        Scenario::AnsweredUnheard => call.answered_unheard(at),
    }
    call.finish()
}

impl Calling<'_> {
    /// Dial, answer, hang up; says when it ended.
    pub(super) fn talk(&mut self, leg: Leg, at: i64) -> i64 {
        let leg = self.dial(leg, at);
        let answered = at + RING + self.jitter();
        let end = answered + TALK + self.jitter();
        self.answer(&leg, answered);
        self.hang_up(&leg, answered, end);
        end
    }

    fn ring_in_vain(&mut self, cast: &Cast, outcome: Outcome, at: i64, entrance: Option<&Party>) {
        let phone = &cast.phones[0];
        let leg = match entrance {
            Some(entrance) => Leg::through(cast, phone, entrance),
            None => Leg::from_outside(cast, phone),
        };
        let leg = self.dial(leg, at);
        let end = at + RING_OUT + self.jitter() / 2;
        self.give_up(&leg, outcome, end);
    }

    /// Something happens behind a queue or menu; `inside` says when it ended and whether a phone took it.
    fn through(&mut self, entrance: &Party, at: i64, inside: impl FnOnce(&mut Self) -> (i64, bool)) {
        let leg = self.enter_entrance(Leg::from_outside(self.cast, entrance), at);
        let (end, bridged) = inside(self);
        self.leave_entrance(&leg, at, end + MOMENT, bridged);
    }

    /// A queue rings every phone; the first answers and the others are told so. Says when it ended.
    fn queue_answered(&mut self, at: i64) -> i64 {
        let (cast, queue) = (self.cast, &self.cast.queues[0]);
        let mut end = at;
        self.through(queue, at, |call| {
            let legs: Vec<_> = (0_i64..)
                .zip(&cast.phones)
                .map(|(n, phone)| call.dial(Leg::through(cast, phone, queue), at + SECOND + n * 4_112))
                .collect();
            let answered = at + SECOND + RING + call.jitter();
            call.answer(&legs[0], answered);
            for (n, loser) in (1_i64..).zip(&legs[1..]) {
                call.give_up(loser, Outcome::Cancel, answered + 30_000 + n * 2_690);
            }
            end = answered + TALK + call.jitter();
            call.hang_up(&legs[0], answered, end);
            (end, true)
        });
        end + MOMENT
    }

    /// Queues ring every phone, round after round, in vain. The menu's hangup comes just before that of the
    /// last queue (docs/pbx.md §11.4).
    fn queues_missed(&mut self, at: i64, rounds: u32, queues: usize, through_ivr: bool) {
        let cast = self.cast;
        let ivr = through_ivr.then(|| self.enter_entrance(Leg::from_outside(cast, &cast.ivrs[0]), at));
        let mut time = if through_ivr { at + MENU } else { at };
        let count = cast.queues[..queues].len();
        for (index, queue) in cast.queues[..queues].iter().enumerate() {
            let entered = time;
            let waiting = self.enter_entrance(Leg::from_outside(cast, queue), entered);
            for _ in 0..rounds {
                time += SECOND;
                let legs: Vec<_> = (0_i64..)
                    .zip(&cast.phones)
                    .map(|(n, phone)| self.dial(Leg::through(cast, phone, queue), time + n * 4_112))
                    .collect();
                time += RING_OUT;
                for (n, leg) in (0_i64..).zip(&legs) {
                    self.give_up(leg, Outcome::NoAnswer, time + n * 2_690);
                }
            }
            time += SECOND + self.jitter();
            if let Some(ivr) = ivr.as_ref().filter(|_| index + 1 == count) {
                self.leave_entrance(ivr, at, time, false);
                time += 310_225;
            }
            self.leave_entrance(&waiting, entered, time, false);
        }
    }

    /// The first phone answers and passes the caller on to the second.
    fn transferred(&mut self, at: i64, through_queue: bool) {
        let cast = self.cast;
        let (first, second) = (&cast.phones[0], &cast.phones[1]);
        let mut passed = at;
        if through_queue {
            let queue = &cast.queues[0];
            self.through(queue, at, |call| {
                passed = call.talk(Leg::through(cast, first, queue), at + SECOND);
                (passed, true)
            });
        } else {
            passed = self.talk(Leg::from_outside(cast, first), at);
        }
        self.talk(Leg::passed_on(cast, second, first), passed + SECOND);
    }

    /// An outgoing leg and the incoming leg of the colleague it reaches.
    fn pair(&mut self, outer: Leg, inner: Leg, at: i64, answered: bool) {
        let outer = self.dial(outer, at);
        let inner = self.dial(inner, at + 20_113);
        if answered {
            let picked_up = at + RING + self.jitter();
            let end = picked_up + TALK + self.jitter();
            self.answer(&inner, picked_up);
            self.answer(&outer, picked_up + 2_438);
            self.hang_up(&inner, picked_up, end);
            self.hang_up(&outer, picked_up + 2_438, end + 3_918);
        } else {
            self.give_up(&inner, Outcome::NoAnswer, at + RING_OUT);
            self.give_up(&outer, Outcome::NoAnswer, at + RING_OUT + 3_918);
        }
    }

    /// A visitor is called on behalf of the first phone and connected to a menu or queue.
    fn widget(&mut self, at: i64, entrance: Entrance, bridged: bool) {
        let cast = self.cast;
        let id = self.callback_id();
        let place = match entrance {
            Entrance::Ivr => &cast.ivrs[0],
            Entrance::Queue => &cast.queues[0],
        };
        let mut initiator = Leg::to_outside(cast, &cast.phones[0], &cast.mobile);
        for field in &mut initiator.fields {
            if field.0 == "CallerIDName" {
                field.1 = "Website callback".into();
            }
        }
        let initiator = self.dial(initiator.with("CallBackID", &id), at);
        let answered = at + RING + self.jitter();
        self.answer(&initiator, answered);
        let visit = Leg::from_visitor(cast, place, None).with("CallBackID", &id);
        let visit = self.enter_entrance(visit, answered);
        let end = if bridged {
            let leg = Leg::from_visitor(cast, &cast.phones[1], Some(place)).with("CallBackID", &id);
            self.talk(leg, answered + MENU)
        } else {
            answered + MENU + self.jitter()
        };
        self.leave_entrance(&visit, answered, end + MOMENT, bridged);
        self.hang_up(&initiator, answered, end + 2 * MOMENT);
    }
}
