//! One request to a CRM and its reply: sent once, read up to a bound, and classified only as far as HTTP goes.

use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{RequestBuilder, Response};
use serde::de::DeserializeOwned;

use super::{CrmError, retry_after};
use crate::clock::Timestamp;
use crate::http_client::{TargetProblem, Unanswered, read_bounded, unanswered};

/// The largest reply that is read: a page of a CRM's longest list.
const MAX_BODY: usize = 2 * 1024 * 1024;

/// What a CRM replied.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// What `Retry-After` said.
    pub retry_after: Option<Duration>,
    body: Vec<u8>,
}

impl Reply {
    /// Whether the status says that it worked.
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// Whether nothing came but the status.
    pub const fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// The body as JSON of that shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, CrmError> {
        serde_json::from_slice(&self.body).map_err(|_| CrmError::Unreadable { status: self.status })
    }

    /// The failure that the status alone says.
    pub const fn refusal(&self) -> CrmError {
        CrmError::Status { status: self.status, retry_after: self.retry_after }
    }
}

/// Sends a request and reads its reply whole.
pub async fn ask(request: RequestBuilder, at: Timestamp) -> Result<Reply, CrmError> {
    let response = send(request).await?;
    let (status, retry_after) = (response.status().as_u16(), waits(&response, at));
    let body = read_bounded(response, MAX_BODY).await.map_err(|_| CrmError::Unreadable { status });
    // A failure is one whatever its body is; a success that can't be read may be anything.
    let body = match body {
        Ok(body) => body.to_vec(),
        Err(_) if !(200..300).contains(&status) => Vec::new(),
        Err(error) => return Err(error),
    };
    Ok(Reply { status, retry_after, body })
}

/// Sends a request, and says how far it came if no reply came back.
pub(super) async fn send(request: RequestBuilder) -> Result<Response, CrmError> {
    request.send().await.map_err(|error| match unanswered(error) {
        Unanswered::Refused => CrmError::PrivateAddress,
        Unanswered::NotReached(error) => CrmError::NotReached(error),
        Unanswered::NoAnswer(error) => CrmError::NoAnswer(error),
    })
}

/// What `Retry-After` says.
pub(super) fn waits(response: &Response, at: Timestamp) -> Option<Duration> {
    let text = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok())?;
    retry_after::parse(text, at)
}

impl From<TargetProblem> for CrmError {
    fn from(problem: TargetProblem) -> Self {
        match problem {
            TargetProblem::PrivateAddress | TargetProblem::PrivateHere => Self::PrivateAddress,
            TargetProblem::NotHttps | TargetProblem::NotHttpsHere | TargetProblem::NotHttp => {
                Self::Settings("the address must begin with https://")
            }
            TargetProblem::Credentials => Self::Settings("the address contains a user name or password"),
            TargetProblem::TooLong | TargetProblem::NotAUrl => Self::Settings("the address is not valid"),
        }
    }
}
