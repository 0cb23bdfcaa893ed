//! Calls that gave no record.

use crate::text::en::unlogged::Unlogged;

pub(in crate::text) const RUSSIAN: Unlogged = Unlogged {
    intro: "Звонки, о которых CRM не узнала, каждый с причиной. Звонков с записью здесь нет, какие бы ещё телефоны ни звонили.",
    none_here: "Среди просмотренных звонков таких нет.",
    when: "Когда",
    party: "Собеседник",
    extensions: "Добавочные",
    why: "Почему",
    unmapped: "Добавочный не сопоставлен: у {} нет сотрудника, поэтому разговоры там ничьи.",
    to_people: "Сопоставить",
};
