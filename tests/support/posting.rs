//! A wire body of a fixture as somebody else would have posted it: on another extension, later, in another call.

use std::time::Duration;

/// The extension ids of the cast are this and the short number.
const CAST_IDS: u64 = 731_000;

/// A body, and the extension that posts it.
#[derive(Clone, Debug)]
pub struct Posting {
    extension: u64,
    fields: Vec<(String, String)>,
}

impl From<(u64, &str)> for Posting {
    fn from((extension, body): (u64, &str)) -> Self {
        let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
        let fields = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { extension, fields }
    }
}

impl Posting {
    /// With another value of a field, in the form of the wire.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        match self.fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// Without some fields.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        self.fields.retain(|(name, _)| !names.contains(&name.as_str()));
        self
    }

    /// As another extension of the cast posts it, by its short number: its id and number wherever those of the first stand.
    #[must_use]
    pub fn on(mut self, short: u64) -> Self {
        let own = self.extension - CAST_IDS;
        let id = (self.extension.to_string(), (CAST_IDS + short).to_string());
        let number = (format!("%2A{own}"), format!("%2A{short}"));
        let plain = (format!("*{own}"), format!("*{short}"));
        for (_, value) in &mut self.fields {
            for (from, to) in [&id, &number, &plain] {
                *value = value.replace(from, to);
            }
        }
        Self { extension: CAST_IDS + short, ..self }
    }

    /// In the call of another event.
    #[must_use]
    pub fn in_call_of(self, other: (u64, &str)) -> Self {
        let call = Self::from(other).field("CallID").to_owned();
        self.in_call(&call)
    }

    /// In a call of that id.
    #[must_use]
    pub fn in_call(self, id: &str) -> Self {
        self.with("CallID", id)
    }

    /// So much later.
    #[must_use]
    pub fn later(self, by: Duration) -> Self {
        let time = self.micros("EventTime") + by.as_micros();
        self.with("EventTime", &time.to_string())
    }

    /// So much earlier.
    #[must_use]
    pub fn earlier(self, by: Duration) -> Self {
        let time = self.micros("EventTime") - by.as_micros();
        self.with("EventTime", &time.to_string())
    }

    /// After so much more talk.
    #[must_use]
    pub fn talked_longer(self, by: Duration) -> Self {
        let talk = self.micros("Duration") + by.as_micros();
        self.later(by).with("Duration", &talk.to_string())
    }

    /// Who posts what.
    #[must_use]
    pub fn posted(&self) -> (u64, String) {
        let pairs: Vec<_> = self.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (self.extension, pairs.join("&"))
    }

    fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    #[expect(clippy::expect_used, reason = "a fixture that lacks it is to be mended")]
    fn micros(&self, name: &str) -> u128 {
        self.field(name).parse().expect("microseconds")
    }
}
