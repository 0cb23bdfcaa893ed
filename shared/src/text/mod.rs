//! Words for people. Sentences that the product says by itself (notices, reasons, verdicts, what is wrong with a field)
//! are English where they are made, and what is stored of them is too; whoever shows them to a reader says them in the
//! reader's language with [`say`]. `tests/it/texts.rs` holds every language complete.

mod en;
mod language;
mod matching;
pub(crate) mod pages;
mod ru;

use std::borrow::Cow;

pub(crate) use en::*;
pub use language::Language;

/// A notice: what happened, and what to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    /// What happened.
    pub(crate) sentence: &'static str,
    /// What to do.
    pub(crate) advice: &'static str,
}

/// An English sentence of ours, in a language; one that the language lacks stays English, since that still helps.
pub fn say(language: Language, english: &str) -> Cow<'_, str> {
    match language {
        Language::English => Cow::Borrowed(english),
        Language::Russian => ru::CATALOGUE.find(english).map_or(Cow::Borrowed(english), Cow::Owned),
    }
}
