//! What may go wrong between us and a portal.

use serde_json::{Value, json};

/// One fault, met once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortalFault {
    /// It acts, and its answer is lost.
    LostAnswer,
    /// It does not act, and breaks off.
    Reset,
    /// It does not act, and answers that status without a word.
    Status(u16),
    /// It does not act, and answers that error.
    Error(u16, &'static str, &'static str),
    /// It has moved: 302.
    Moved,
    /// A page instead of an answer.
    Html,
    /// Nothing instead of an answer.
    Empty,
    /// A body without an end.
    Endless,
    /// Calls are registered, but no lead is made.
    NoLead,
    /// One command inside a batch, or the method alone, fails so.
    Inside(&'static str, &'static str),
}

impl PortalFault {
    /// A fault that is an answer with words, as text; the others break something off.
    pub(super) fn noted(self) -> Option<Value> {
        match self {
            Self::Error(status, code, words) => Some(json!(["error", status, code, words])),
            Self::Inside(code, words) => Some(json!(["inside", 0, code, words])),
            Self::NoLead => Some(json!(["no-lead", 0, "", ""])),
            Self::LostAnswer
            | Self::Reset
            | Self::Status(_)
            | Self::Moved
            | Self::Html
            | Self::Empty
            | Self::Endless => None,
        }
    }

    /// The same, read again.
    pub(super) fn of_note(note: &Value) -> Option<Self> {
        let status = u16::try_from(note[1].as_u64()?).ok()?;
        let (code, words) = (kept(note[2].as_str()?), kept(note[3].as_str()?));
        match note[0].as_str()? {
            "error" => Some(Self::Error(status, code, words)),
            "inside" => Some(Self::Inside(code, words)),
            "no-lead" => Some(Self::NoLead),
            _ => None,
        }
    }
}

/// A fault's words are constants of a test; those that are read live as long as the program that replays them.
pub(super) fn kept(text: &str) -> &'static str {
    text.to_owned().leak()
}
