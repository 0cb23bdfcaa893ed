//! Calls that go on.

use crate::text::en::live::Live;

pub(in crate::text) const RUSSIAN: Live = Live {
    intro: "Звонки, которые сейчас звонят или идут, на телефонах с сотрудниками.",
    quiet: "Сейчас звонков нет.",
    cut: "Показаны только {} звонков.",
    as_of: "На {}; обновляется каждые три секунды.",
    again: "Обновить",
    party: "Собеседник",
    direction: "Направление",
    phones: "Телефоны",
    lasts: "Длится",
    inbound: "входящий",
    outbound: "исходящий",
    talking: "разговор",
    ringing: "звонит",
};
