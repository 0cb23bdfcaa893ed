//! What the proxy does to a request instead of passing it on, and which request it is.

use bytes::Bytes;

/// One way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyFault {
    /// DynamoDB's word for a partition that is asked too often; SQS has its own.
    Throttle,
    /// DynamoDB's and SQS's word for an account that asks too often.
    ThrottleAccount,
    /// Status 500: what came of the request is not known.
    ServerError,
    /// Status 429 with a wait, as a CRM says it.
    TooMany,
    /// Status 400 with this error code.
    Refuse(&'static str),
    /// Breaks the connection off before the server sees the request.
    Drop,
    /// Lets the server do it, and breaks the connection off without an answer.
    LoseAnswer,
    /// Never answers, and the server never sees it.
    Hang,
    /// Lets the server do it, and never answers.
    HangAfter,
    /// Keeps the request until [`super::Proxy::release`], and passes it on then.
    Hold,
    /// Answers a batch that all of it is left undone.
    Undone,
    /// Answers 200 with nothing in it, as SQS may if it is not waited for.
    Empty,
    /// Answers 200 with something that is no JSON.
    Garbage,
}

/// A request that was passed on, and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What was asked for.
    pub operation: String,
    /// The request's body.
    pub request: Bytes,
    /// The answer's body.
    pub answer: Bytes,
}

/// A fault that waits for its request.
#[derive(Clone, Copy, Debug)]
struct Planned {
    operation: Option<&'static str>,
    /// How many fitting requests pass before.
    left: usize,
    /// Whether it stays after it has struck.
    lasting: bool,
    fault: ProxyFault,
}

/// The faults that wait, and the requests so far.
#[derive(Debug, Default)]
pub(super) struct Plan {
    planned: Vec<Planned>,
    pub(super) requests: Vec<(String, Bytes)>,
    /// What was asked and answered, if somebody wants to read it.
    pub(super) exchanges: Option<Vec<Exchange>>,
    pub(super) struck: usize,
}

impl Plan {
    pub(super) fn add(
        &mut self,
        operation: Option<&'static str>,
        nth: usize,
        lasting: bool,
        fault: ProxyFault,
    ) {
        self.planned.push(Planned { operation, left: nth.saturating_sub(1), lasting, fault });
    }

    pub(super) fn heal(&mut self) {
        self.planned.clear();
    }

    /// Counts a request, and says what is to befall it.
    pub(super) fn meet(&mut self, operation: &str, body: &Bytes) -> Option<ProxyFault> {
        self.requests.push((operation.to_owned(), body.clone()));
        let fits = |planned: &Planned| planned.operation.is_none_or(|wanted| wanted == operation);
        let mut striking = None;
        for (place, planned) in self.planned.iter_mut().enumerate().filter(|(_, planned)| fits(planned)) {
            if planned.left > 0 {
                planned.left -= 1;
            } else if striking.is_none() {
                striking = Some(place);
            }
        }
        let place = striking?;
        let Planned { lasting, fault, .. } = self.planned[place];
        if !lasting {
            self.planned.remove(place);
        }
        self.struck += 1;
        Some(fault)
    }
}
