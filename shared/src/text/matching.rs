//! A language's sentences, found by the English ones. A sentence with parts that vary has `{}` in their place, in both
//! languages and in the same order; a part that is a sentence of ours is translated as well. Several sentences in a row
//! are found one by one.

use std::collections::HashMap;

/// Longer texts are nobody's sentences.
const LONGEST: usize = 1_000;

/// Sentences within sentences end here, so that no text can make it run long.
const DEEPEST: usize = 3;

/// The sentences of one language.
pub(super) struct Catalogue {
    whole: HashMap<&'static str, &'static str>,
    patterns: Vec<(&'static str, &'static str)>,
}

impl Catalogue {
    /// From pairs of English and the language.
    pub(super) fn new(parts: &[&[(&'static str, &'static str)]]) -> Self {
        let all = || parts.iter().flat_map(|part| part.iter().copied());
        let mut patterns: Vec<_> = all().filter(|(english, _)| english.contains("{}")).collect();
        // The one that says most of the sentence by itself is meant.
        patterns.sort_by_key(|(english, _)| std::cmp::Reverse(english.len()));
        Self { whole: all().filter(|(english, _)| !english.contains("{}")).collect(), patterns }
    }

    /// The sentence in the language.
    pub(super) fn find(&self, english: &str) -> Option<String> {
        let english = english.trim();
        if english.len() > LONGEST { None } else { self.within(english, 0) }
    }

    /// Sentences in a row: the longest beginning that is known, then the rest.
    fn in_a_row(&self, english: &str, depth: usize) -> Option<String> {
        let ends: Vec<_> = english.match_indices(". ").map(|(at, _)| at + 1).collect();
        let found = ends.into_iter().rev().find_map(|end| Some((self.within(&english[..end], depth)?, end)));
        let (first, end) = found?;
        let rest = english[end..].trim_start();
        let rest = self.within(rest, depth).unwrap_or_else(|| rest.to_owned());
        Some(format!("{first} {rest}"))
    }

    fn within(&self, english: &str, depth: usize) -> Option<String> {
        if let Some(found) = self.whole.get(english) {
            return Some((*found).to_owned());
        }
        if depth == DEEPEST {
            return None;
        }
        if let Some(several) = self.in_a_row(english, depth + 1) {
            return Some(several);
        }
        let found = self.patterns.iter().find_map(|(pattern, other)| Some((parts(pattern, english)?, other)));
        let (parts, other) = found?;
        let mut parts = parts.into_iter();
        let mut said = String::new();
        for (at, piece) in other.split("{}").enumerate() {
            if at > 0 {
                let part = parts.next().unwrap_or_default();
                said.push_str(&self.within(part, depth + 1).unwrap_or_else(|| part.to_owned()));
            }
            said.push_str(piece);
        }
        Some(said)
    }
}

/// What stands in the place of each `{}`, if the text fits the pattern; each is as short as can be, and none is empty.
fn parts<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = pattern.split("{}");
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut parts = Vec::new();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let end = match (pieces.peek(), piece) {
            (None, "") => rest.len(),
            (None, last) => rest.strip_suffix(last)?.len(),
            (Some(_), middle) => rest.find(middle)?,
        };
        if end == 0 {
            return None;
        }
        parts.push(&rest[..end]);
        rest = &rest[end + piece.len()..];
    }
    rest.is_empty().then_some(parts)
}
