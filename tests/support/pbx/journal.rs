//! Every event as it was posted, for somebody who watches: what was sent, where, what was answered and how soon; and what
//! did not go out, and why.

use std::collections::VecDeque;

/// How many entries are kept.
const KEPT: usize = 600;

/// How much of the last part of an address is shown: enough to tell two apart, and nothing to post by.
const SHOWN_OF_TOKEN: usize = 6;

/// What came of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This status.
    Status(u16),
    /// Nobody answered; why.
    None(String),
    /// It was lost on the way, as somebody wished.
    Lost,
    /// It is held back, as somebody wished.
    Held,
    /// Nobody has subscribed to it.
    Unheard,
}

/// An event that was posted, or was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// When, in microseconds since the epoch.
    pub at: i64,
    /// Extension or agent id.
    pub source_id: u64,
    /// Type of the event.
    pub event_type: String,
    /// The form as it went out.
    pub form: String,
    /// Where to, without the part by which anybody could post there.
    pub place: Option<String>,
    /// What came of it.
    pub answer: Answer,
    /// How long the answer took.
    pub millis: Option<u64>,
}

impl Posted {
    /// The call that it belongs to, if it is of one.
    pub fn call_id(&self) -> Option<&str> {
        self.form.split('&').find_map(|pair| pair.strip_prefix("CallID="))
    }
}

/// The last of them, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Journal(VecDeque<Posted>);

impl Journal {
    pub(super) fn note(&mut self, posted: Posted) {
        self.0.push_back(posted);
        if self.0.len() > KEPT {
            self.0.pop_front();
        }
    }

    pub(super) fn entries(&self) -> impl DoubleEndedIterator<Item = &Posted> {
        self.0.iter()
    }
}

/// An address with a shortened end, since whoever knows all of it can post events.
pub(super) fn shortened(url: &str) -> String {
    let (place, token) = url.rsplit_once('/').unwrap_or(("", url));
    let shown: String = token.chars().take(SHOWN_OF_TOKEN).collect();
    format!("{place}/{shown}…")
}
