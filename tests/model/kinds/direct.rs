//! Outside callers who ring phones with neither menu nor queue in their way.

use crate::model::tale::{Outsider, Tale};
use crate::site::cast::{PHONES, SILENT};

pub(super) fn answered(tale: &mut Tale) {
    let phone = tale.phone();
    let leg = tale.ring_and_answer(phone, None);
    tale.talk_out(leg);
}

pub(super) fn in_vain(tale: &mut Tale) {
    let phone = tale.phone();
    tale.ring_in_vain(phone, None);
    tale.missed_at([phone]);
}

/// One phone after the other, with a pause or an announcement between them.
pub(super) fn hunt_answered(tale: &mut Tale) {
    let count = 1 + tale.luck.below(2);
    for phone in tale.phones(count) {
        tale.ring_in_vain(phone, None);
        tale.pause();
    }
    answered(tale);
}

pub(super) fn hunt_in_vain(tale: &mut Tale) {
    let count = 2 + tale.luck.below(2);
    let phones = tale.phones(count);
    for (place, phone) in phones.iter().enumerate() {
        if place > 0 {
            tale.pause();
        }
        tale.ring_in_vain(*phone, None);
    }
    tale.missed_at([phones[count - 1]]);
}

pub(super) fn parallel_answered(tale: &mut Tale) {
    let count = 2 + tale.luck.below(2);
    let legs: Vec<_> = tale.phones(count).into_iter().map(|phone| tale.ring(phone, None)).collect();
    tale.ringing();
    tale.answer(legs[0]);
    tale.now += 30_000;
    for loser in &legs[1..] {
        tale.end(*loser, "CANCEL");
    }
    tale.talk_out(legs[0]);
}

pub(super) fn parallel_in_vain(tale: &mut Tale) {
    let count = 2 + tale.luck.below(2);
    let phones = tale.phones(count);
    let legs: Vec<_> = phones.iter().map(|phone| tale.ring(*phone, None)).collect();
    tale.ringing();
    for leg in legs {
        tale.now += 1_500;
        tale.end(leg, "CANCEL");
    }
    // They all rang last.
    tale.missed_at(phones);
}

/// The events say that nobody took it; the history knows better.
pub(super) fn silent_answers(tale: &mut Tale) {
    let phone = tale.phone();
    tale.ring_in_vain(phone, None);
    tale.pause();
    let leg = tale.ring_and_answer(SILENT, None);
    tale.talk_out(leg);
    tale.told_by_events = false;
}

/// A phone's rule passes the caller on to a colleague, after it rang in vain or at once.
fn forward(tale: &mut Tale) -> (usize, usize, bool) {
    let phones = tale.phones(2);
    let rang = tale.luck.percent(70);
    if rang {
        tale.ring_in_vain(phones[0], None);
        tale.wait(0.05, 0.3);
    }
    let written = phones[1].number();
    let outer = tale.dial_inside(phones[0], phones[1], &written);
    let caller = tale.other.written.clone();
    if tale.luck.percent(50) {
        tale.legs[outer].caller = caller;
    }
    tale.legs[outer].forwarded = true;
    tale.now += 60_000;
    let inner = tale.ring(phones[1], Some(phones[0]));
    tale.ringing();
    (outer, inner, rang)
}

pub(super) fn to_colleague_answered(tale: &mut Tale) {
    let (outer, inner, _) = forward(tale);
    tale.answer(inner);
    tale.now += 2_000;
    tale.answer(outer);
    tale.talk_out(inner);
    tale.now += 3_000;
    tale.end(outer, "ANSWER");
}

pub(super) fn to_colleague_in_vain(tale: &mut Tale) {
    let (outer, inner, _) = forward(tale);
    let status = tale.vain();
    tale.end(inner, status);
    tale.now += 2_000;
    tale.end(outer, status);
    tale.missed_at([tale.legs[inner].extension]);
}

fn mobile() -> Outsider {
    Outsider { written: "+447700900321".to_owned(), number: Some("+447700900321".to_owned()) }
}

pub(super) fn to_mobile_answered(tale: &mut Tale) {
    let phone = tale.phone();
    if tale.luck.percent(70) {
        tale.ring_in_vain(phone, None);
        tale.pause();
    }
    let leg = tale.send_outside(phone, &mobile());
    tale.ringing();
    tale.answer(leg);
    tale.talk();
    tale.end(leg, "ANSWER");
    tale.logged_with(leg, mobile().number);
}

pub(super) fn to_mobile_in_vain(tale: &mut Tale) {
    let phone = tale.phone();
    tale.ring_in_vain(phone, None);
    tale.pause();
    let leg = tale.send_outside(phone, &mobile());
    tale.ringing();
    let status = tale.vain();
    tale.end(leg, status);
    tale.logged_with(leg, mobile().number);
    tale.missed_at([phone]);
}

/// An additional extension of an employee counts as their main one.
pub(super) fn bundle_answered(tale: &mut Tale) {
    let leg = tale.ring_and_answer(PHONES[5], None);
    tale.legs[leg].bundle = Some(PHONES[1]);
    tale.talk_out(leg);
}

pub(super) fn bundle_in_vain(tale: &mut Tale) {
    let leg = tale.ring(PHONES[5], None);
    tale.legs[leg].bundle = Some(PHONES[1]);
    tale.ringing();
    let status = tale.vain();
    tale.end(leg, status);
    tale.missed_at([PHONES[1], PHONES[5]]);
}
