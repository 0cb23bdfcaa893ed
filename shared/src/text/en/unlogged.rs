//! Calls that gave no record.

use crate::text::pages::page_texts;

page_texts! {
    /// Calls that gave no record.
    Unlogged {
        intro: "Calls that your CRM was told nothing of, each with the reason. Calls that a record stands for are not here, whichever other phones rang.",
        none_here: "None among the calls looked through so far.",
        when: "When",
        party: "Other party",
        extensions: "Extensions",
        why: "Why",
        unmapped: "Extension not mapped: {} has no person, so what is talked there is nobody's.",
        to_people: "Map it",
    }
}
