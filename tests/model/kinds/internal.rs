//! Calls between extensions, which are not logged.

use crate::model::tale::{Outsider, Tale};
use crate::site::cast::{Extension, PHONES, QUEUES, UNLISTED};

/// One of the forms in which an extension is dialled.
fn written(tale: &mut Tale, to: Extension) -> String {
    match tale.luck.below(3) {
        0 => to.short.to_owned(),
        1 => format!("001*{}", to.number()),
        _ => to.number(),
    }
}

/// A phone calls a colleague, listed or new.
pub(super) fn colleague(tale: &mut Tale) {
    tale.inbound = false;
    let phones = tale.phones(2);
    let to = if tale.luck.percent(25) { UNLISTED } else { phones[1] };
    let form = written(tale, to);
    let outer = tale.dial_inside(phones[0], to, &form);
    tale.now += 40_000;
    let inner = tale.ring_inside(phones[0], to, !form.contains('*'));
    tale.ringing();
    if tale.luck.percent(60) {
        tale.answer(inner);
        tale.now += 2_000;
        tale.answer(outer);
        tale.talk();
    }
    let status = tale.vain();
    tale.end(inner, status);
    tale.now += 3_000;
    tale.end(outer, status);
}

/// A colleague waits in a queue, and is answered or not.
pub(super) fn queue(tale: &mut Tale) {
    tale.inbound = false;
    let (queue, phones) = (tale.luck.pick(&QUEUES), tale.phones(2));
    let form = written(tale, queue);
    let outer = tale.dial_inside(phones[0], queue, &form);
    tale.now += 40_000;
    let stay = tale.ring_inside(phones[0], queue, false);
    tale.answer(stay);
    tale.answer(outer);
    tale.wait(0.5, 3.0);
    let inner = tale.ring_inside(phones[0], phones[1], false);
    tale.legs[inner].caller_extension = Some(queue);
    tale.ringing();
    let taken = tale.luck.percent(50);
    if taken {
        tale.answer(inner);
        tale.talk();
    }
    tale.end(inner, "NOANSWER");
    tale.wait(0.05, 1.0);
    tale.leave(stay, taken);
    tale.now += 3_000;
    tale.end(outer, "ANSWER");
}

/// A colleague is passed on to another one.
pub(super) fn passed_on(tale: &mut Tale) {
    tale.inbound = false;
    let phones = tale.phones(3);
    let form = phones[1].number();
    let outer = tale.dial_inside(phones[0], phones[1], &form);
    tale.now += 40_000;
    let inner = tale.ring_inside(phones[0], phones[1], false);
    tale.ringing();
    tale.answer(inner);
    tale.answer(outer);
    tale.talk();
    tale.end(inner, "ANSWER");
    tale.wait(0.05, 0.5);
    let second = tale.ring_inside(phones[1], phones[2], false);
    tale.legs[second].remote = Some(phones[0].number());
    tale.ringing();
    if tale.luck.percent(60) {
        tale.answer(second);
        tale.talk();
    }
    tale.end(second, "NOANSWER");
    tale.now += 3_000;
    tale.end(outer, "ANSWER");
}

/// A colleague's rule sends the call outside: that leg has an outside party.
pub(super) fn forwarded_outside(tale: &mut Tale) {
    tale.inbound = false;
    let phones = tale.luck.some(&PHONES, 2);
    let form = phones[1].number();
    let outer = tale.dial_inside(phones[0], phones[1], &form);
    tale.now += 40_000;
    let inner = tale.ring_inside(phones[0], phones[1], false);
    tale.ringing();
    tale.end(inner, "NOANSWER");
    tale.wait(0.05, 0.5);
    let mobile = Outsider { written: "+447700900321".to_owned(), number: Some("+447700900321".to_owned()) };
    let out = tale.dial(phones[1], &mobile);
    tale.legs[out].forwarded = true;
    tale.legs[out].caller = phones[0].number();
    tale.ringing();
    let taken = tale.luck.percent(60);
    if taken {
        tale.answer(out);
        tale.answer(outer);
        tale.talk();
    }
    let status = tale.vain();
    tale.end(out, status);
    tale.logged_with(out, mobile.number);
    tale.end(outer, status);
}
