//! Outside callers in queues, with and without a menu before them.

use crate::model::tale::Tale;
use crate::site::cast::{Extension, IVRS, QUEUES, SILENT};

/// Agents ring in vain: all at once, or one after the other, in rounds.
pub(super) fn rounds(tale: &mut Tale, queue: Extension) {
    let count = 1 + tale.luck.below(3);
    let agents = tale.phones(count);
    let ring_all = tale.luck.percent(50);
    for _ in 0..=tale.luck.below(2) {
        if ring_all {
            let legs: Vec<_> = agents.iter().map(|agent| tale.ring(*agent, Some(queue))).collect();
            tale.ringing();
            for leg in legs {
                tale.now += 1_000;
                tale.end(leg, "NOANSWER");
            }
        } else {
            for agent in &agents {
                tale.ring_in_vain(*agent, Some(queue));
                tale.wait(0.1, 1.0);
            }
        }
        tale.wait(0.1, 5.0);
    }
}

/// An agent takes the call, perhaps while others ring too; the talk goes on.
pub(super) fn taken(tale: &mut Tale, queue: Extension) -> usize {
    let count = 1 + tale.luck.below(3);
    let legs: Vec<_> = tale.phones(count).into_iter().map(|agent| tale.ring(agent, Some(queue))).collect();
    tale.ringing();
    tale.answer(legs[0]);
    tale.now += 25_000;
    for loser in &legs[1..] {
        tale.end(*loser, "CANCEL");
    }
    legs[0]
}

/// The caller waits while all agents talk: shorter or longer than the hold.
fn all_busy(tale: &mut Tale) {
    if tale.luck.percent(50) {
        tale.pause();
    } else {
        tale.wait(0.1, 2.0);
    }
}

fn answered_in(tale: &mut Tale, queue: Extension) -> usize {
    let stay = tale.enter(queue);
    all_busy(tale);
    if tale.luck.percent(40) {
        rounds(tale, queue);
    }
    let leg = taken(tale, queue);
    tale.talk_out(leg);
    tale.wait(0.01, 0.3);
    stay
}

fn in_vain_in(tale: &mut Tale, queue: Extension) {
    let stay = tale.enter(queue);
    all_busy(tale);
    if tale.luck.percent(85) {
        rounds(tale, queue);
    }
    tale.wait(0.05, 2.0);
    tale.leave(stay, false);
}

pub(super) fn answered(tale: &mut Tale) {
    let queue = tale.luck.pick(&QUEUES);
    let stay = answered_in(tale, queue);
    tale.leave(stay, true);
}

pub(super) fn in_vain(tale: &mut Tale) {
    let queue = tale.luck.pick(&QUEUES);
    in_vain_in(tale, queue);
    tale.missed_at([queue]);
}

pub(super) fn silent_word_answered(tale: &mut Tale) {
    let queue = tale.luck.pick(&QUEUES);
    let stay = answered_in(tale, queue);
    tale.leave(stay, true);
    tale.legs[stay].speaks = false;
}

pub(super) fn silent_answers(tale: &mut Tale) {
    let queue = tale.luck.pick(&QUEUES);
    let stay = tale.enter(queue);
    if tale.luck.percent(50) {
        rounds(tale, queue);
    }
    let leg = tale.ring_and_answer(SILENT, Some(queue));
    tale.talk_out(leg);
    tale.wait(0.01, 0.3);
    tale.leave(stay, true);
}

pub(super) fn behind_menu_answered(tale: &mut Tale) {
    let (ivr, queue) = (tale.luck.pick(&IVRS), tale.luck.pick(&QUEUES));
    let menu = tale.enter(ivr);
    tale.wait(2.0, 15.0);
    let stay = answered_in(tale, queue);
    let menu_first = tale.luck.percent(50);
    for leg in if menu_first { [menu, stay] } else { [stay, menu] } {
        tale.now += 40_000;
        tale.leave(leg, true);
    }
}

pub(super) fn behind_menu_in_vain(tale: &mut Tale) {
    let (ivr, queue) = (tale.luck.pick(&IVRS), tale.luck.pick(&QUEUES));
    let menu = tale.enter(ivr);
    tale.wait(2.0, 15.0);
    if tale.luck.percent(50) {
        // The menu's word comes first, as the caller is handed on or a moment before the queue's.
        let early = tale.luck.percent(50);
        if early {
            tale.leave(menu, false);
            in_vain_in(tale, queue);
        } else {
            in_vain_in(tale, queue);
            let end = tale.now;
            tale.now -= 40_000;
            tale.leave(menu, false);
            tale.now = end;
        }
    } else {
        in_vain_in(tale, queue);
        tale.now += 40_000;
        tale.leave(menu, false);
    }
    tale.missed_at([queue]);
}

/// The menu says no as it hands the caller on; the queue's yes, or none, comes after the talk.
pub(super) fn early_menu_answered(tale: &mut Tale) {
    let (ivr, queue) = (tale.luck.pick(&IVRS), tale.luck.pick(&QUEUES));
    let menu = tale.enter(ivr);
    tale.wait(2.0, 15.0);
    tale.leave(menu, false);
    let stay = answered_in(tale, queue);
    tale.leave(stay, true);
    tale.legs[stay].speaks = tale.luck.percent(60);
}

/// The first queue gives up, the second takes over.
fn second(tale: &mut Tale) -> Extension {
    let queues = tale.luck.some(&QUEUES, 2);
    if tale.luck.percent(30) {
        let ivr = tale.luck.pick(&IVRS);
        let menu = tale.enter(ivr);
        tale.wait(2.0, 15.0);
        tale.leave(menu, false);
    }
    in_vain_in(tale, queues[0]);
    tale.wait(0.05, 0.4);
    queues[1]
}

pub(super) fn second_answered(tale: &mut Tale) {
    let queue = second(tale);
    let stay = answered_in(tale, queue);
    tale.leave(stay, true);
}

pub(super) fn second_silent_answered(tale: &mut Tale) {
    let queue = second(tale);
    let stay = answered_in(tale, queue);
    tale.leave(stay, true);
    tale.legs[stay].speaks = false;
}

pub(super) fn second_in_vain(tale: &mut Tale) {
    let queue = second(tale);
    in_vain_in(tale, queue);
    tale.missed_at([queue]);
}
