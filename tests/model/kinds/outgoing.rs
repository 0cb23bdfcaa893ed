//! Calls to outside numbers, and callbacks of the site's visitors.

use crate::model::tale::{Outsider, Tale};
use crate::site::cast::{IVRS, PHONES};

/// A phone calls the other party; the first leg of a call has the call's own digits in its name.
fn dial(tale: &mut Tale) -> usize {
    tale.inbound = false;
    if tale.other.number.is_none() {
        // Nobody dials a withheld number.
        let number = "+442079460777".to_owned();
        tale.other = Outsider { written: number.clone(), number: Some(number) };
    }
    let phone = tale.phone();
    let other = tale.other.clone();
    let leg = tale.dial(phone, &other);
    tale.legs[leg].id = format!("{}-{}", phone.id, tale.call_id);
    if phone == PHONES[1] && tale.luck.percent(50) {
        // Calls of a bundle are presented as the main extension's.
        tale.legs[leg].bundle = Some(PHONES[5]);
    }
    tale.ringing();
    leg
}

pub(super) fn answered(tale: &mut Tale) {
    let leg = dial(tale);
    tale.answer(leg);
    tale.talk_out(leg);
}

pub(super) fn in_vain(tale: &mut Tale) {
    let leg = dial(tale);
    let status = tale.luck.pick(&["NOANSWER", "CANCEL", "BUSY", "CONGESTION", "CHANUNAVAIL"]);
    tale.end(leg, status);
    tale.logged(leg);
}

pub(super) fn passed_on(tale: &mut Tale) {
    let leg = dial(tale);
    tale.answer(leg);
    tale.talk_out(leg);
    tale.wait(0.05, 0.5);
    let own = tale.legs[leg].extension;
    let others: Vec<_> = PHONES.into_iter().filter(|phone| phone.user != own.user).collect();
    let to = tale.luck.pick(&others);
    let second = tale.pass_on(own, to);
    tale.ringing();
    if tale.luck.percent(60) {
        tale.answer(second);
        tale.talk_out(second);
    } else {
        tale.end(second, "NOANSWER");
    }
}

pub(super) fn passed_outside(tale: &mut Tale) {
    let leg = dial(tale);
    tale.answer(leg);
    tale.talk_out(leg);
    tale.wait(0.05, 0.5);
    let mobile = Outsider { written: "+447700900321".to_owned(), number: Some("+447700900321".to_owned()) };
    let second = tale.send_outside(tale.legs[leg].extension, &mobile);
    tale.ringing();
    if tale.luck.percent(60) {
        tale.answer(second);
        tale.talk();
    }
    let status = tale.vain();
    tale.end(second, status);
    tale.logged_with(second, mobile.number);
}

/// The visitor is called on behalf of a phone, and meets the menu.
fn visitor(tale: &mut Tale) -> (usize, usize) {
    let leg = dial(tale);
    tale.legs[leg].on_behalf = true;
    tale.legs[leg].bundle = None;
    tale.answer(leg);
    tale.now += 200_000;
    let ivr = tale.luck.pick(&IVRS);
    let menu = tale.enter(ivr);
    tale.legs[menu].on_behalf = true;
    tale.wait(2.0, 20.0);
    (leg, menu)
}

pub(super) fn site_callback(tale: &mut Tale) {
    let (leg, menu) = visitor(tale);
    let (own, ivr) = (tale.legs[leg].extension, tale.legs[menu].extension);
    let others: Vec<_> = PHONES.into_iter().filter(|phone| phone.user != own.user).collect();
    let phone = tale.luck.pick(&others);
    let taken = tale.ring_and_answer(phone, Some(ivr));
    tale.legs[taken].did = false;
    tale.talk_out(taken);
    tale.leave(menu, true);
    tale.now += 40_000;
    tale.end(leg, "ANSWER");
    tale.logged(leg);
}

/// Missed without exception: that the visitor was reached is no answer.
pub(super) fn site_callback_given_up(tale: &mut Tale) {
    let (leg, menu) = visitor(tale);
    tale.leave(menu, false);
    tale.now += 40_000;
    tale.end(leg, "ANSWER");
    tale.logged(leg);
    tale.missed_at([tale.legs[menu].extension]);
}
