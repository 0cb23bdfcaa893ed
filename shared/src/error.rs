//! How failures are classified: one question, answered by the error type itself, never at the call site.

use std::time::Duration;

/// What may be done about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retryability {
    /// It may pass by itself; `retry_after` is what the other side asked for.
    Transient {
        /// How long the other side asked us to wait.
        retry_after: Option<Duration>,
    },
    /// Something must be changed first.
    Permanent,
}

/// An error that knows whether a repeat makes sense.
pub trait Classified: std::error::Error {
    /// Decided next to the knowledge, in one exhaustive match.
    fn retryability(&self) -> Retryability;
}

/// The error and its causes in one line, for logs. Error texts hold no secret and no personal data (rule 12).
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
