//! What the PBX calls: `/ext-event/{token}` and `/agent-event/{token}`. Stored first, answered then, settled after.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::middleware::{from_fn, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::StatusCode;
use http::header::RETRY_AFTER;

use super::after::{Background, InFlight};
use super::body::{self, Unread};
use super::problem::Problem;
use super::uniform::{as_problem, without_head, without_malformed};
use crate::clock::Timestamp;
use crate::error::chain;
use crate::flow::CallDeps;
use crate::flow::agent::{self, Heard};
use crate::flow::call::Turn;
use crate::flow::call::receive::{self, Pending, Reception};
use crate::metrics;
use crate::model::agent_event::AgentEvent;
use crate::model::call::{CallEvent, MAX_EVENT_BYTES, MalformedEvent};
use crate::model::extension::Admission;
use crate::model::token::{AgentToken, EventToken};
use crate::storage::StoreError;
use crate::telemetry::field;

/// How long an event may be settled where nothing ends the process.
const NO_DEADLINE: Duration = Duration::from_mins(1);

/// When the invocation ends that brought a request.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(pub Timestamp);

/// What the event routes need. Each route and each request has a clone of it, which costs no more than a count.
#[derive(Clone)]
pub struct EventsApi {
    /// The flows' dependencies.
    pub deps: Arc<CallDeps>,
    /// Where settling goes.
    pub after: Background,
}

/// The event routes (docs/promises.md §3).
pub fn router(api: EventsApi) -> Router {
    Router::new()
        .route("/ext-event/{token}", get(by_query).post(by_body))
        .route("/agent-event/{token}", get(agent_by_query).post(agent_by_body))
        .layer(from_fn(without_head))
        .layer(from_fn(without_malformed))
        .layer(map_response(as_problem))
        .with_state(api)
}

async fn by_body(
    State(api): State<EventsApi>,
    Path(token): Path<String>,
    deadline: Option<Extension<Deadline>>,
    body: Body,
) -> Response {
    let in_flight = api.after.begin();
    let turn = api.turn(deadline);
    match bounded(body).await {
        Ok(bytes) => api.measured(Box::pin(api.take(&token, &bytes)), turn, in_flight).await,
        Err(problem) => api.measured(async { (problem.into_response(), None) }, turn, in_flight).await,
    }
}

async fn by_query(
    State(api): State<EventsApi>,
    Path(token): Path<String>,
    deadline: Option<Extension<Deadline>>,
    RawQuery(query): RawQuery,
) -> Response {
    let in_flight = api.after.begin();
    let turn = api.turn(deadline);
    let query = query.unwrap_or_default();
    api.measured(Box::pin(api.take(&token, query.as_bytes())), turn, in_flight).await
}

async fn agent_by_body(State(api): State<EventsApi>, Path(token): Path<String>, body: Body) -> Response {
    let in_flight = api.after.begin();
    let turn = api.turn(None);
    let answering = Box::pin(async {
        match bounded(body).await {
            Ok(bytes) => (api.hear(&token, &bytes).await, None),
            Err(problem) => (problem.into_response(), None),
        }
    });
    api.measured(answering, turn, in_flight).await
}

async fn agent_by_query(
    State(api): State<EventsApi>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let in_flight = api.after.begin();
    let turn = api.turn(None);
    let query = query.unwrap_or_default();
    let answering = Box::pin(async { (api.hear(&token, query.as_bytes()).await, None) });
    api.measured(answering, turn, in_flight).await
}

async fn bounded(body: Body) -> Result<Bytes, Problem> {
    body::read(body, MAX_EVENT_BYTES).await.map_err(|unread| match unread {
        Unread::TooLong => malformed(MalformedEvent::TooLarge),
        Unread::TooSlow => Problem::new(StatusCode::REQUEST_TIMEOUT, "the event did not arrive in time"),
    })
}

impl EventsApi {
    fn turn(&self, deadline: Option<Extension<Deadline>>) -> Turn {
        let until = deadline.map(|Extension(Deadline(until))| until);
        Turn::of_event(until.unwrap_or_else(|| self.deps.clock.now() + NO_DEADLINE))
    }

    /// Counts an event, and what its answer took; settles it then. All that it counts is one line.
    async fn measured(
        &self,
        answering: impl Future<Output = (Response, Option<Box<Pending>>)>,
        turn: Turn,
        in_flight: InFlight,
    ) -> Response {
        let began = self.deps.clock.now();
        let (answer, pending) = answering.await;
        let now = self.deps.clock.now();
        let millis = u64::try_from(now.since(began).as_millis()).unwrap_or(u64::MAX);
        let status = answer.status();
        let mut values = vec![(metrics::EVENTS, 1), (metrics::EVENT_TO_ANSWER, millis)];
        let refused = [
            (metrics::EVENTS_REFUSED, status.is_client_error()),
            (metrics::EVENTS_UNSTORED, status.is_server_error()),
            (metrics::EVENTS_FLOODED, status == StatusCode::TOO_MANY_REQUESTS),
        ];
        values.extend(refused.iter().filter(|(_, refused)| *refused).map(|(metric, _)| (*metric, 1)));
        let Some(pending) = pending else {
            metrics::write(now, &values);
            return answer;
        };
        let deps = Arc::clone(&self.deps);
        let settle = Box::pin(async move {
            let settle = async {
                metrics::write(now, &values);
                receive::settle(&deps, turn, *pending).await
            };
            if let Err(error) = Box::pin(metrics::together(settle)).await {
                tracing::error!(
                    { field::ERROR } = chain(&error),
                    "event stored, not settled; the sweep finds it"
                );
            }
            drop(in_flight);
        });
        self.after.spawn(settle);
        answer
    }

    async fn take(&self, token: &str, bytes: &[u8]) -> (Response, Option<Box<Pending>>) {
        let Some(token) = EventToken::parse(token) else { return (unknown(), None) };
        let event = match CallEvent::parse(bytes) {
            Ok(event) => event,
            // A change of an extension's own status comes by the same URLs and is no call (docs/pbx.md §5.3).
            Err(MalformedEvent::NotACall) => return (self.known_token(&token).await, None),
            Err(error) => return (malformed(error).into_response(), None),
        };
        match receive::receive(&self.deps, &token, event).await {
            Ok(Reception::UnknownToken) => (unknown(), None),
            Ok(Reception::NothingToDo) => (taken(), None),
            Ok(Reception::Flood) => (flooded(), None),
            Ok(Reception::Stored(pending)) => (taken(), Some(pending)),
            Err(error) => (unstored(&error), None),
        }
    }

    async fn hear(&self, token: &str, bytes: &[u8]) -> Response {
        let Some(token) = AgentToken::parse(token) else { return unknown() };
        let event = match AgentEvent::parse(bytes) {
            Ok(event) => event,
            Err(error) => return malformed(error).into_response(),
        };
        match agent::receive(&self.deps, &token, event).await {
            Ok(Heard::Taken) => taken(),
            Ok(Heard::UnknownToken) => unknown(),
            Ok(Heard::Flood) => flooded(),
            Err(error) => unstored(&error),
        }
    }

    async fn known_token(&self, token: &EventToken) -> Response {
        match self.deps.store.sender(token, None, None).await {
            Ok(Some(sender)) if sender.admission == Admission::All => taken(),
            Ok(_) => unknown(),
            Err(error) => unstored(&error),
        }
    }
}

fn taken() -> Response {
    (StatusCode::OK, "ok\n").into_response()
}

fn unknown() -> Response {
    Problem::new(StatusCode::NOT_FOUND, "no such event URL").into_response()
}

fn flooded() -> Response {
    let problem =
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "this URL brings too many events; wait a minute");
    ([(RETRY_AFTER, "60")], problem).into_response()
}

fn malformed(error: MalformedEvent) -> Problem {
    let status = match error {
        MalformedEvent::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        MalformedEvent::TooManyFields
        | MalformedEvent::BrokenEncoding
        | MalformedEvent::NotUtf8
        | MalformedEvent::ControlCharacters
        | MalformedEvent::NoEventType
        | MalformedEvent::NoCallId
        | MalformedEvent::NoAgent
        | MalformedEvent::BadLegId
        | MalformedEvent::NotACall => StatusCode::BAD_REQUEST,
    };
    tracing::info!({ field::ERROR } = %error, "event refused");
    Problem::new(status, error.to_string())
}

/// Nothing is pretended: the PBX may post it again, and the log says why.
fn unstored(error: &StoreError) -> Response {
    tracing::error!({ field::ERROR } = chain(error), "event not stored");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the event could not be stored; send it again")
        .into_response()
}
