//! Scripted misbehaviour: the next requests that match get an answer nobody wants, or none at all.

use axum::body::Body;
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http::{StatusCode, header};

/// What happens to a matching request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PbxFault {
    /// Answers this status with this JSON body, and does nothing else.
    Status(u16, String),
    /// Answers 200 with a web page, as a maintenance proxy does.
    Html,
    /// Answers 200 with a JSON body that never ends.
    EndlessBody,
    /// Answers 307 with this location, which keeps the method.
    Redirect(String),
    /// Never answers while the connection is open.
    Hang,
    /// Drops the connection without doing or answering anything.
    Reset,
    /// Does what was asked, then drops the connection.
    LostAnswer,
}

impl PbxFault {
    /// The fault's name in the ledger.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Status(..) => "status",
            Self::Html => "html",
            Self::EndlessBody => "endless-body",
            Self::Redirect(_) => "redirect",
            Self::Hang => "hang",
            Self::Reset => "reset",
            Self::LostAnswer => "lost-answer",
        }
    }
}

/// Which requests a fault is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher {
    method: Option<String>,
    fragment: String,
    skip: u32,
    times: u32,
}

impl Matcher {
    /// The next request of this method (`*` for any) whose path contains `fragment`.
    pub fn new(method: &str, fragment: &str) -> Self {
        let method = (method != "*").then(|| method.to_owned());
        Self { method, fragment: fragment.into(), skip: 0, times: 1 }
    }

    /// Lets that many matching requests pass first.
    #[must_use]
    pub const fn after(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }

    /// Meets that many requests instead of one.
    #[must_use]
    pub const fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        self.method.as_deref().is_none_or(|own| own == method) && path.contains(&self.fragment)
    }
}

/// The faults that are still to come, in the order they were scripted.
#[derive(Debug, Default)]
pub(super) struct Script {
    next: Vec<(Matcher, PbxFault)>,
    /// What meets every request to the API until it is taken back.
    standing: Option<PbxFault>,
}

impl Script {
    pub(super) fn add(&mut self, matcher: Matcher, fault: PbxFault) {
        self.next.push((matcher, fault));
    }

    pub(super) fn pending(&self) -> usize {
        self.next.len()
    }

    /// The fault for this request, which uses it up.
    pub(super) fn take(&mut self, method: &str, path: &str) -> Option<PbxFault> {
        let Some(index) = self.next.iter().position(|(matcher, _)| matcher.matches(method, path)) else {
            return self.standing.clone();
        };
        let (matcher, fault) = &mut self.next[index];
        if matcher.skip > 0 {
            matcher.skip -= 1;
            return None;
        }
        let fault = fault.clone();
        matcher.times = matcher.times.saturating_sub(1);
        if matcher.times == 0 {
            self.next.remove(index);
        }
        Some(fault)
    }

    pub(super) fn stand(&mut self, fault: Option<PbxFault>) {
        self.standing = fault;
    }

    pub(super) const fn stands(&self) -> bool {
        self.standing.is_some()
    }
}

/// Marks a response whose connection is dropped instead of being answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct DropConnection;

/// A response that the server turns into a dropped connection.
pub(super) fn dropped() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(DropConnection);
    response
}

/// The answer of [`PbxFault::Status`].
pub(super) fn status(code: u16, body: String) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// The answer of [`PbxFault::Html`].
pub(super) fn html() -> Response {
    Html("<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>").into_response()
}

/// The answer of [`PbxFault::EndlessBody`]: an array that opens and then is blank for ever.
pub(super) fn endless() -> Response {
    let blanks = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 16 * 1024])));
    ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(blanks)).into_response()
}

/// The answer of [`PbxFault::Redirect`].
pub(super) fn redirect(location: &str) -> Response {
    (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, location)]).into_response()
}
