//! The inbox on the wire.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use ringbridge::clock::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{Arrival, CrmFault, Shared, Verdict, page};
use crate::{look, net};

/// The longest body that is read.
const BODY_MAX: usize = 64 * 1024;

/// What a person reads who opens the address for messages.
const SIGNED_ONLY: &str = "This is where signed messages about calls are posted (Standard Webhooks, POST). The page of the \
                           inbox is at / on this port.\n";

/// Serves until it is dropped.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    net::serve(listener, service_fn(move |request| answer(Arc::clone(&shared), request))).await;
}

/// An error breaks the connection off without an answer.
async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> io::Result<Response> {
    match (request.method(), request.uri().path()) {
        (&Method::POST, "/hook") => hook(&shared, request).await,
        (&Method::GET, "/") => Ok(page::whole(&shared.state(), shared.links(), &shared.hook)),
        (&Method::GET, "/parts") => Ok(page::parts(&shared.state())),
        (&Method::GET, "/hook") => Ok((StatusCode::METHOD_NOT_ALLOWED, SIGNED_ONLY).into_response()),
        (&Method::GET, path) if path.starts_with("/look/") => {
            Ok(look::asset(path).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response()))
        }
        (&Method::GET, "/records") => Ok(Json(records(&shared)).into_response()),
        _ => {
            shared.change(|state| state.counters.strays += 1);
            Ok(StatusCode::NOT_FOUND.into_response())
        }
    }
}

fn records(shared: &Shared) -> Value {
    let state = shared.state();
    json!({ "items": page::newest_first(&state), "counters": state.counters })
}

async fn hook(shared: &Shared, request: Request<Incoming>) -> io::Result<Response> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_MAX).collect().await else {
        return Ok(StatusCode::PAYLOAD_TOO_LARGE.into_response());
    };
    let verdict = process(shared, &parts.headers, &body.to_bytes());
    // A sender that goes away takes its answer with it.
    let _waiting = Waiting::begin(shared);
    match verdict {
        Verdict::Accepted | Verdict::Repeat => Ok(StatusCode::NO_CONTENT.into_response()),
        Verdict::Refused(why) => Ok((StatusCode::UNAUTHORIZED, why).into_response()),
        Verdict::Malformed => Ok(StatusCode::UNPROCESSABLE_ENTITY.into_response()),
        Verdict::Failed(fault) => fail(shared, fault).await,
    }
}

/// A request that waits for its answer.
struct Waiting<'a>(&'a Shared);

impl<'a> Waiting<'a> {
    fn begin(shared: &'a Shared) -> Self {
        shared.change(|state| {
            state.at_once += 1;
            state.most_at_once = state.most_at_once.max(state.at_once);
        });
        Self(shared)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.change(|state| state.at_once -= 1);
    }
}

fn process(shared: &Shared, headers: &HeaderMap, bytes: &[u8]) -> Verdict {
    let now = shared.options.clock.as_ref().map(|clock| clock.now());
    let signed = shared.verifier.verify(headers, bytes, now.map(Timestamp::secs));
    let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
    shared.change(|state| {
        state.counters.requests += 1;
        let verdict = match signed {
            Err(why) => {
                state.counters.refused += 1;
                Verdict::Refused(why)
            }
            Ok(id) => match state.faults.take() {
                None => kept(shared, state.take(&id, &body, now), (&id, now, &body)),
                Some(fault) => {
                    if fault.keeps() {
                        kept(shared, state.take(&id, &body, now), (&id, now, &body));
                    }
                    state.counters.failed += 1;
                    Verdict::Failed(fault)
                }
            },
        };
        state.keep(Arrival {
            number: state.counters.requests,
            headers: headers.iter().map(readable).collect(),
            text: String::from_utf8_lossy(bytes).into_owned(),
            body,
            verdict: verdict.clone(),
        });
        verdict
    })
}

/// What was taken is kept for the next start too.
fn kept(shared: &Shared, verdict: Verdict, (id, at, body): (&str, Option<Timestamp>, &Value)) -> Verdict {
    if let (Verdict::Accepted, Some(file)) = (&verdict, &shared.kept) {
        file.message(id, at, body);
    }
    verdict
}

fn readable((name, value): (&header::HeaderName, &header::HeaderValue)) -> (String, String) {
    (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
}

async fn fail(shared: &Shared, fault: CrmFault) -> io::Result<Response> {
    match fault {
        CrmFault::Status(code, retry_after) => {
            let status = StatusCode::from_u16(code).map_err(io::Error::other)?;
            let headers = retry_after.map(|text| [(header::RETRY_AFTER, text)]);
            Ok(headers.map_or_else(|| status.into_response(), |headers| (status, headers).into_response()))
        }
        CrmFault::Reset | CrmFault::ResetAfterProcessing => Err(io::ErrorKind::ConnectionReset.into()),
        CrmFault::Hang => {
            shared.hangs.begin();
            std::future::pending().await
        }
        CrmFault::Held => {
            shared.hangs.begin();
            // The sender lives in `shared`, so waiting can't fail.
            let _ = shared.released.subscribe().wait_for(|released| *released).await;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        CrmFault::Slow(wait) => {
            tokio::time::sleep(wait).await;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        CrmFault::Redirect => {
            Ok((StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/elsewhere")]).into_response())
        }
        CrmFault::EndlessBody => Ok(Body::new(Endless).into_response()),
    }
}

/// A body without an end.
struct Endless;

impl hyper::body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 16 * 1024])))))
    }
}
