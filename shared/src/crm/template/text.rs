//! Texts with named values in braces, and the names that there are. There is no code in a template: a value is put where
//! its name stands, in the form that the place asks for (docs/templates.md §3).

use std::fmt;

/// What the call gives.
pub(super) const OF_THE_CALL: &[&str] = &[
    "record_id",
    "call_id",
    "mark",
    "subject",
    "direction",
    "outcome",
    "call_type",
    "number",
    "external_number",
    "external_digits",
    "external_national",
    "from_number",
    "to_number",
    "internal_number",
    "extension",
    "did",
    "user",
    "started_at",
    "started_utc",
    "started_local",
    "started_zoned",
    "started_date",
    "ended_at",
    "ended_utc",
    "ended_local",
    "ended_zoned",
    "talk_seconds",
    "talk_clock",
    "talk_minutes",
    "wait_seconds",
    "recording_url",
];
/// What the request for a contact gives.
pub(super) const CONTACT: &str = "contact";
/// What making the record gives.
pub(super) const RECORD: &str = "record";
/// The setting beside the template: for headers alone, which nobody logs.
pub(super) const SECRET: &str = "secret";

/// How a value is to be written in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is.
    Own,
    /// As a number.
    Number,
    /// As a text.
    Text,
}

/// A value by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) form: Form,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Plain(String),
    Named(Named),
}

/// A text with named values.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Text(Vec<Part>);

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names().map(|named| &named.name)).finish()
    }
}

impl Text {
    /// Reads one: `{name}`, `{name:number}`, `{name:text}`; a brace of its own is written twice.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        const LONELY: &str = "a brace stands alone; write it twice if it is meant itself";
        let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text.chars().peekable());
        while let Some(c) = rest.next() {
            match c {
                '{' | '}' if rest.peek() == Some(&c) => {
                    rest.next();
                    plain.push(c);
                }
                '{' => {
                    let inside: String = rest.by_ref().take_while(|c| *c != '}').collect();
                    if !plain.is_empty() {
                        parts.push(Part::Plain(std::mem::take(&mut plain)));
                    }
                    parts.push(Part::Named(
                        named(&inside).ok_or("only {name}, {name:number} or {name:text}")?,
                    ));
                }
                '}' => return Err(LONELY),
                _ => plain.push(c),
            }
        }
        if !plain.is_empty() {
            parts.push(Part::Plain(plain));
        }
        Ok(Self(parts))
    }

    /// Its pieces.
    pub(super) fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The values in it.
    pub(super) fn names(&self) -> impl Iterator<Item = &Named> {
        self.0.iter().filter_map(|part| match part {
            Part::Named(named) => Some(named),
            Part::Plain(_) => None,
        })
    }

    /// The one value that it is.
    pub(super) fn lone(&self) -> Option<&Named> {
        match self.0.as_slice() {
            [Part::Named(named)] => Some(named),
            _ => None,
        }
    }
}

fn named(inside: &str) -> Option<Named> {
    let (name, form) = match inside.split_once(':') {
        None => (inside, Form::Own),
        Some((name, "number")) => (name, Form::Number),
        Some((name, "text")) => (name, Form::Text),
        Some(_) => return None,
    };
    let fits = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    fits.then(|| Named { name: name.to_owned(), form })
}
