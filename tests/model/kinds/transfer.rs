//! Outside callers who were answered, and are passed on.

use super::queue;
use crate::model::tale::{Outsider, Tale};
use crate::site::cast::{Extension, IVRS, PHONES, QUEUES};

/// Somebody takes the call, directly or through a queue; the talk goes on. Answers their leg and the queue's.
fn taken(tale: &mut Tale) -> (usize, Option<usize>) {
    if tale.luck.percent(50) {
        let phone = tale.phone();
        return (tale.ring_and_answer(phone, None), None);
    }
    let place = tale.luck.pick(&QUEUES);
    let stay = tale.enter(place);
    tale.wait(0.1, 2.0);
    (queue::taken(tale, place), Some(stay))
}

/// The queue's word at the end of it all.
fn word(tale: &mut Tale, stay: Option<usize>) {
    if let Some(stay) = stay {
        tale.wait(0.01, 0.3);
        tale.leave(stay, true);
    }
}

fn colleague(tale: &mut Tale, of: usize) -> Extension {
    let own = tale.legs[of].extension;
    let others: Vec<_> = PHONES.into_iter().filter(|phone| phone.user != own.user).collect();
    tale.luck.pick(&others)
}

pub(super) fn to_colleague_answered(tale: &mut Tale) {
    let (first, stay) = taken(tale);
    let to = colleague(tale, first);
    tale.talk_out(first);
    tale.wait(0.05, 0.5);
    let second = tale.pass_on(tale.legs[first].extension, to);
    tale.ringing();
    tale.answer(second);
    tale.talk_out(second);
    word(tale, stay);
}

/// Answered is answered: what was passed on in vain is no missed call.
pub(super) fn to_colleague_in_vain(tale: &mut Tale) {
    let (first, stay) = taken(tale);
    let to = colleague(tale, first);
    tale.talk_out(first);
    tale.wait(0.05, 0.5);
    let second = tale.pass_on(tale.legs[first].extension, to);
    tale.ringing();
    tale.end(second, "NOANSWER");
    word(tale, stay);
}

/// Two answered legs of one extension are two records.
pub(super) fn there_and_back(tale: &mut Tale) {
    let (first, stay) = taken(tale);
    let (from, to) = (tale.legs[first].extension, colleague(tale, first));
    tale.talk_out(first);
    tale.wait(0.05, 0.5);
    let second = tale.pass_on(from, to);
    tale.ringing();
    tale.answer(second);
    tale.talk_out(second);
    tale.wait(0.05, 0.5);
    let third = tale.pass_on(to, from);
    tale.ringing();
    tale.answer(third);
    tale.talk_out(third);
    word(tale, stay);
}

/// The first queue, if there was one, has said yes before.
fn into_queue(tale: &mut Tale) -> (Extension, usize) {
    let (first, stay) = taken(tale);
    tale.talk_out(first);
    word(tale, stay);
    tale.wait(0.05, 0.5);
    let through = stay.map(|stay| tale.legs[stay].extension);
    let others: Vec<_> = QUEUES.into_iter().filter(|queue| Some(*queue) != through).collect();
    let place = tale.luck.pick(&others);
    (place, tale.enter(place))
}

pub(super) fn to_queue_answered(tale: &mut Tale) {
    let (place, stay) = into_queue(tale);
    tale.wait(0.1, 2.0);
    let leg = queue::taken(tale, place);
    tale.talk_out(leg);
    word(tale, Some(stay));
}

/// Both must be seen: the talk, and that the caller was lost after it.
pub(super) fn to_queue_given_up(tale: &mut Tale) {
    let (place, stay) = into_queue(tale);
    if tale.luck.percent(70) {
        queue::rounds(tale, place);
    } else {
        tale.pause();
    }
    tale.leave(stay, false);
    tale.missed_at([place]);
}

pub(super) fn to_menu_given_up(tale: &mut Tale) {
    let phone = tale.phone();
    let first = tale.ring_and_answer(phone, None);
    tale.talk_out(first);
    tale.wait(0.05, 0.5);
    let ivr = tale.luck.pick(&IVRS);
    let menu = tale.enter(ivr);
    tale.wait(2.0, 30.0);
    tale.leave(menu, false);
    tale.missed_at([ivr]);
}

pub(super) fn to_mobile(tale: &mut Tale) {
    let (first, stay) = taken(tale);
    tale.talk_out(first);
    tale.wait(0.05, 0.5);
    let mobile = Outsider { written: "+447700900321".to_owned(), number: Some("+447700900321".to_owned()) };
    let second = tale.send_outside(tale.legs[first].extension, &mobile);
    tale.ringing();
    if tale.luck.percent(60) {
        tale.answer(second);
        tale.talk();
    }
    let status = tale.vain();
    tale.end(second, status);
    tale.logged_with(second, mobile.number);
    word(tale, stay);
}

/// A colleague is asked while the caller waits; they refuse or advise, and the caller goes on with the first.
pub(super) fn consultation(tale: &mut Tale) {
    let (first, stay) = taken(tale);
    let (from, to) = (tale.legs[first].extension, colleague(tale, first));
    tale.talk();
    let written = to.number();
    let asking = tale.dial_inside(from, to, &written);
    tale.now += 50_000;
    let asked = tale.ring_inside(from, to, false);
    tale.ringing();
    if tale.luck.percent(50) {
        tale.answer(asked);
        tale.answer(asking);
        tale.talk();
    }
    let status = tale.vain();
    tale.end(asked, status);
    tale.end(asking, status);
    tale.talk_out(first);
    word(tale, stay);
}
