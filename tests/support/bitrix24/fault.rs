//! What may go wrong between us and a portal.

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
