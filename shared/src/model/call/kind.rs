//! What an event's kind is called in logs.

use super::EventKind;

impl EventKind {
    /// Its name, as the PBX writes it (docs/pbx.md §4.2).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DialIn => "dial-in",
            Self::DialOut => "dial-out",
            Self::Answer => "answer",
            Self::Hangup => "hangup",
            Self::Other => "other",
        }
    }
}
