//! What may go wrong between us and an account.

/// One fault, met once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KommoFault {
    /// It acts, and its answer is lost.
    LostAnswer,
    /// It does not act, and breaks off.
    Reset,
    /// It does not act, and answers that status with a page, not with a problem document.
    Status(u16),
    /// It does not act, and answers that status with a problem document.
    Problem(u16),
    /// It does not act, and names the field that is wrong.
    Field(&'static str),
    /// It has moved: 302.
    Moved,
    /// A page instead of an answer.
    Html,
    /// It acts, and its answer has no end.
    Endless,
}
