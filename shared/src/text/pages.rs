//! The texts of the pages. Each page has a struct of its own, made by its English texts (`page_texts`); another language that
//! lacks one of them, or has one too many, does not compile.

use super::en;
use super::language::Language;
use super::ru;

/// Defines a page's texts by the English ones.
macro_rules! page_texts {
    ($(#[$about:meta])* $name:ident { $($field:ident: $text:expr,)* }) => {
        $(#[$about])*
        #[derive(Debug)]
        pub(crate) struct $name { $(pub(crate) $field: &'static str,)* }
        pub(in crate::text) const ENGLISH: $name = $name { $($field: $text,)* };
    };
}
pub(super) use page_texts;

/// All of them.
#[derive(Debug)]
pub(crate) struct Texts {
    pub(crate) common: en::common::Common,
    pub(crate) connect: en::connect::Connect,
    pub(crate) manage: en::manage::Manage,
    pub(crate) people: en::people::People,
    pub(crate) told: en::told::Told,
    pub(crate) tryout: en::tryout::Tryout,
    pub(crate) overview: en::overview::Overview,
    pub(crate) calls: en::calls::Calls,
    pub(crate) unlogged: en::unlogged::Unlogged,
    pub(crate) live: en::live::Live,
    pub(crate) settings: en::settings::Settings,
}

static ENGLISH: Texts = Texts {
    common: en::common::ENGLISH,
    connect: en::connect::ENGLISH,
    manage: en::manage::ENGLISH,
    people: en::people::ENGLISH,
    told: en::told::ENGLISH,
    tryout: en::tryout::ENGLISH,
    overview: en::overview::ENGLISH,
    calls: en::calls::ENGLISH,
    unlogged: en::unlogged::ENGLISH,
    live: en::live::ENGLISH,
    settings: en::settings::ENGLISH,
};
static RUSSIAN: Texts = Texts {
    common: ru::common::RUSSIAN,
    connect: ru::connect::RUSSIAN,
    manage: ru::manage::RUSSIAN,
    people: ru::people::RUSSIAN,
    told: ru::told::RUSSIAN,
    tryout: ru::tryout::RUSSIAN,
    overview: ru::overview::RUSSIAN,
    calls: ru::calls::RUSSIAN,
    unlogged: ru::unlogged::RUSSIAN,
    live: ru::live::RUSSIAN,
    settings: ru::settings::RUSSIAN,
};

/// The texts in a language.
pub(crate) fn texts(language: Language) -> &'static Texts {
    match language {
        Language::English => &ENGLISH,
        Language::Russian => &RUSSIAN,
    }
}

/// A text with its parts, each in the place of a `{}`.
pub(crate) fn fill(text: &str, parts: &[&str]) -> String {
    let mut pieces = text.split("{}");
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for (at, piece) in pieces.enumerate() {
        filled.push_str(parts.get(at).copied().unwrap_or_default());
        filled.push_str(piece);
    }
    filled
}

/// A count with its noun; `all` are `one|other`, or `one|few|many` where a language has three.
pub(crate) fn count(language: Language, number: u64, all: &'static str) -> String {
    format!("{number} {}", forms(language, number, all))
}

/// The form of a text that goes with a count.
pub(crate) fn forms(language: Language, number: u64, all: &'static str) -> &'static str {
    let place = match language {
        Language::English => usize::from(number != 1),
        Language::Russian => match (number % 10, number % 100) {
            (1, tail) if tail != 11 => 0,
            (2..=4, tail) if !(12..=14).contains(&tail) => 1,
            _ => 2,
        },
    };
    all.split('|').nth(place).unwrap_or_default()
}
