//! Outside callers who meet a menu first.

use crate::model::tale::Tale;
use crate::site::cast::{IVRS, SILENT};

pub(super) fn given_up(tale: &mut Tale) {
    let ivr = tale.luck.pick(&IVRS);
    let leg = tale.enter(ivr);
    tale.wait(1.0, 30.0);
    tale.leave(leg, false);
    tale.missed_at([ivr]);
}

pub(super) fn answered(tale: &mut Tale) {
    let ivr = tale.luck.pick(&IVRS);
    let menu = tale.enter(ivr);
    tale.wait(2.0, 15.0);
    let phone = tale.phone();
    if tale.luck.percent(40) {
        tale.ring_in_vain(phone, Some(ivr));
        tale.pause();
    }
    let phone = tale.phone();
    let leg = tale.ring_and_answer(phone, Some(ivr));
    tale.talk_out(leg);
    tale.wait(0.01, 0.3);
    tale.leave(menu, true);
}

pub(super) fn in_vain(tale: &mut Tale) {
    let ivr = tale.luck.pick(&IVRS);
    let menu = tale.enter(ivr);
    tale.wait(2.0, 15.0);
    let early = tale.luck.percent(30);
    let count = 1 + tale.luck.below(2);
    for (place, phone) in tale.phones(count).into_iter().enumerate() {
        if place > 0 {
            tale.pause();
        }
        if early && place == 0 {
            let leg = tale.ring(phone, Some(ivr));
            tale.now += 100_000;
            tale.leave(menu, false);
            tale.ringing();
            tale.end(leg, "NOANSWER");
        } else {
            tale.ring_in_vain(phone, Some(ivr));
        }
    }
    if !early {
        tale.wait(0.01, 0.3);
        tale.leave(menu, false);
    }
    tale.missed_at([ivr]);
}

/// The menu's leg ends as it hands the caller on, before anybody has taken the call.
pub(super) fn early_word_answered(tale: &mut Tale) {
    let ivr = tale.luck.pick(&IVRS);
    let menu = tale.enter(ivr);
    tale.wait(2.0, 15.0);
    let phone = tale.phone();
    let leg = tale.ring(phone, Some(ivr));
    tale.now += 100_000;
    tale.leave(menu, false);
    tale.ringing();
    tale.answer(leg);
    tale.talk_out(leg);
}

pub(super) fn silent_answers(tale: &mut Tale) {
    let ivr = tale.luck.pick(&IVRS);
    let menu = tale.enter(ivr);
    tale.wait(2.0, 15.0);
    let leg = tale.ring_and_answer(SILENT, Some(ivr));
    tale.talk_out(leg);
    tale.wait(0.01, 0.3);
    tale.leave(menu, true);
}
