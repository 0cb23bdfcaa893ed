//! What is said of calls and their records, of a call back, and of fields, by the English sentences.

pub(super) const LOG: &[(&str, &str)] = &[
    ("missed, and not logged by the connection's policy", "пропущен и по настройкам не записывается"),
    ("whether the call was missed is decided after the hold", "пропущен ли звонок, решится после паузы"),
    ("taken, but on no phone that is followed", "взят, но не на отслеживаемом телефоне"),
    ("missed: its record is being made", "пропущен: запись делается"),
    ("the call goes on: logged when it ends", "звонок идёт: запишется по окончании"),
    (
        "a queue or menu rang phones, and has not said whether the call was taken",
        "звонила очередь или меню и не сообщила, взят ли звонок",
    ),
    (
        "its events say neither that it was taken nor that it was missed",
        "по событиям он ни взят, ни пропущен",
    ),
    ("{} The telephone may ring all the same.", "{} Телефон всё же может зазвонить."),
    ("give a telephone number of 5 to 20 digits", "укажите номер телефона от 5 до 20 цифр"),
    ("give a call's id", "укажите идентификатор звонка"),
];
