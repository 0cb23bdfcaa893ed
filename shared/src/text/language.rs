//! The languages that people are spoken to in.

use serde::{Deserialize, Serialize};

/// A language of the pages and of what is sent to people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Russian.
    #[serde(rename = "ru")]
    Russian,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::Russian];

    /// Its ISO 639 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Russian => "ru",
        }
    }

    /// Its own name for itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Russian => "Русский",
        }
    }

    /// By its code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The first that a browser asks for (`Accept-Language`), whatever weights it gives: browsers list the favourite first.
    pub fn accepted(header: &str) -> Option<Self> {
        let tags = header.split(',').filter_map(|part| part.split(';').next());
        let mut codes = tags.map(|tag| tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase());
        codes.find_map(|code| Self::parse(&code))
    }
}
