//! What may go wrong between us and HubSpot.

/// One fault, met once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HubFault {
    /// It acts, and its answer is lost.
    LostAnswer,
    /// It does not act, and breaks off.
    Reset,
    /// It does not act, and answers that status without a word.
    Status(u16),
    /// It does not act, and answers that status with that JSON.
    Says(u16, &'static str),
    /// A page instead of an answer.
    Html,
    /// Nothing instead of an answer.
    Empty,
    /// A body without an end.
    Endless,
    /// A batch is answered 207, and its one input failed with that category.
    Partial(&'static str, &'static str),
}
