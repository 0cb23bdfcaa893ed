//! Words for people that do not depend on a case: one file a language, each with the same constants, so that a language
//! that lacks one does not compile. So far there is one.

mod en;

pub(crate) use en::*;

/// A notice: what happened, and what to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    /// What happened.
    pub(crate) sentence: &'static str,
    /// What to do.
    pub(crate) advice: &'static str,
}
