//! How far a request came that got no answer: what decides whether the other side may have acted on it.

use std::error::Error;

use super::resolver::Refused;

/// A request without an answer. The errors have lost their URL.
#[derive(Debug)]
pub enum Unanswered {
    /// Our own rules forbid the address; nothing was sent.
    Refused,
    /// No connection came about (DNS, TCP, TLS, or their timeout); nothing was sent.
    NotReached(reqwest::Error),
    /// Sent, perhaps in part, and no whole answer came.
    NoAnswer(reqwest::Error),
}

/// Classifies what `send` failed with. Doubtful cases count as [`Unanswered::NoAnswer`].
pub fn unanswered(error: reqwest::Error) -> Unanswered {
    let error = error.without_url();
    if causes(&error).any(|cause| cause.downcast_ref::<Refused>().is_some()) {
        Unanswered::Refused
    } else if error.is_connect() || error.is_builder() {
        // The connect timeout is reported as a failure to connect, the total one is not.
        Unanswered::NotReached(error)
    } else {
        Unanswered::NoAnswer(error)
    }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| cause.source())
}
