//! What answers mean: by the template's statuses and codes, and beyond them as for every CRM (docs/templates.md §4).

use serde_json::Value;

use super::document::{Answers, Request};
use crate::crm::{CrmError, Reply};
use crate::model::delivery::AttemptClass::{self, Refused};

const REFUSED: &str = "the CRM refused what the template made of the call";
const CODE: &str = "the CRM answered with an error whose code the template knows";
const MOVED: &str = "the CRM has another address: enter the one that it redirects to";
const GONE: &str = "the CRM has nothing at the place that the template names";

/// A request that led to nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// What the flow knows.
    Crm(CrmError),
    /// What was asked for is not there.
    Missing(u16),
}

impl From<CrmError> for Failure {
    fn from(error: CrmError) -> Self {
        Self::Crm(error)
    }
}

impl From<Failure> for CrmError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Crm(error) => error,
            Failure::Missing(status) => Self::answered(status, Refused, GONE),
        }
    }
}

/// What a reply says, if it worked.
pub(super) fn read(reply: &Reply, request: &Request, answers: &Answers) -> Result<Value, Failure> {
    let status = reply.status;
    let body = if reply.is_empty() { Ok(Value::Null) } else { reply.json::<Value>() };
    let code = body.as_ref().ok().and_then(|body| {
        let mut codes = answers.code.iter().filter_map(|pointer| body.pointer(pointer)?.as_str());
        codes.find_map(|code| answers.codes.get(code))
    });
    if let Some(class) = code.or_else(|| answers.statuses.get(&status)) {
        return Err(said(reply, *class, CODE).into());
    }
    match status {
        300..400 => return Err(CrmError::answered(status, Refused, MOVED).into()),
        404 => return Err(Failure::Missing(status)),
        _ if !reply.is_success() => return Err(reply.refusal().into()),
        _ if !request.success.is_empty() && !request.success.contains(&status) => {
            return Err(CrmError::answered(status, Refused, REFUSED).into());
        }
        _ => {}
    }
    let body = body?;
    let holds = request.holds.iter().all(|(pointer, wanted)| body.pointer(pointer) == Some(wanted));
    if holds { Ok(body) } else { Err(CrmError::answered(status, Refused, REFUSED).into()) }
}

const fn said(reply: &Reply, class: AttemptClass, reason: &'static str) -> CrmError {
    CrmError::Answered { status: reply.status, class, retry_after: reply.retry_after, reason }
}
