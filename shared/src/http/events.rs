//! What the PBX calls: `/ext-event/{token}` and `/agent-event/{token}`. Stored first, answered then, settled after.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::middleware::{from_fn, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;

use super::after::{AfterAnswer, InFlight};
use super::body::{self, Unread};
use super::problem::Problem;
use super::uniform::{as_problem, without_head, without_malformed};
use crate::call::{CallEvent, MAX_EVENT_BYTES, MalformedEvent};
use crate::error::chain;
use crate::extension::Admission;
use crate::flow::CallDeps;
use crate::flow::receive::{self, Received};
use crate::metrics;
use crate::storage::StoreError;
use crate::telemetry::field;
use crate::token::EventToken;

/// What the event routes need.
#[derive(Clone)]
pub struct EventsApi {
    /// The flows' dependencies.
    pub deps: CallDeps,
    /// Where settling goes.
    pub after: AfterAnswer,
}

/// The event routes (design §3).
pub fn router(api: EventsApi) -> Router {
    Router::new()
        .route("/ext-event/{token}", get(by_query).post(by_body))
        .route("/agent-event/{token}", get(agent_by_query).post(agent_by_body))
        .layer(from_fn(without_head))
        .layer(from_fn(without_malformed))
        .layer(map_response(as_problem))
        .with_state(api)
}

async fn by_body(State(api): State<EventsApi>, Path(token): Path<String>, body: Body) -> Response {
    let in_flight = api.begin();
    match bounded(body).await {
        Ok(bytes) => api.measured(api.take(&token, &bytes, in_flight)).await,
        Err(problem) => api.measured(async { problem.into_response() }).await,
    }
}

async fn by_query(
    State(api): State<EventsApi>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let in_flight = api.begin();
    let query = query.unwrap_or_default();
    api.measured(api.take(&token, query.as_bytes(), in_flight)).await
}

/// Agents' states are not logged as calls: whoever has a valid token is answered, and that is all.
async fn agent_by_body(State(api): State<EventsApi>, Path(token): Path<String>, body: Body) -> Response {
    let _in_flight = api.begin();
    match bounded(body).await {
        Ok(_) => api.known(&token).await,
        Err(problem) => problem.into_response(),
    }
}

async fn agent_by_query(State(api): State<EventsApi>, Path(token): Path<String>) -> Response {
    let _in_flight = api.begin();
    api.known(&token).await
}

async fn bounded(body: Body) -> Result<Bytes, Problem> {
    body::read(body, MAX_EVENT_BYTES).await.map_err(|unread| match unread {
        Unread::TooLong => malformed(MalformedEvent::TooLarge),
        Unread::TooSlow => Problem::new(StatusCode::REQUEST_TIMEOUT, "the event did not arrive in time"),
    })
}

impl EventsApi {
    fn begin(&self) -> Option<InFlight> {
        match &self.after {
            AfterAnswer::Inline => None,
            AfterAnswer::Beside(background) => Some(background.begin()),
        }
    }

    /// Counts an event, and what its answer took.
    async fn measured(&self, answering: impl Future<Output = Response>) -> Response {
        let began = self.deps.clock.now();
        let answer = answering.await;
        let now = self.deps.clock.now();
        let millis = u64::try_from(now.since(began).as_millis()).unwrap_or(u64::MAX);
        let status = answer.status();
        let values = [
            (metrics::EVENTS, 1),
            (metrics::EVENTS_REFUSED, u64::from(status.is_client_error())),
            (metrics::EVENTS_UNSTORED, u64::from(status.is_server_error())),
            (metrics::EVENT_TO_ANSWER, millis),
        ];
        metrics::write(now, &values);
        answer
    }

    async fn take(&self, token: &str, bytes: &[u8], in_flight: Option<InFlight>) -> Response {
        let Some(token) = EventToken::parse(token) else { return unknown() };
        let event = match CallEvent::parse(bytes) {
            Ok(event) => event,
            // A change of an extension's own status comes by the same URLs and is no call (pbx-api.md §5.3).
            Err(MalformedEvent::NotACall) => return self.known_token(&token).await,
            Err(error) => return malformed(error).into_response(),
        };
        match receive::receive(&self.deps, &token, event).await {
            Ok(Received::UnknownToken) => unknown(),
            Ok(Received::NothingToDo) => taken(),
            Ok(Received::Stored(pending)) => {
                let deps = self.deps.clone();
                let settle = Box::pin(async move {
                    if let Err(error) = receive::settle(&deps, *pending).await {
                        tracing::error!(
                            { field::ERROR } = chain(&error),
                            "event stored, not settled; the sweep finds it"
                        );
                    }
                    drop(in_flight);
                });
                match self.after {
                    AfterAnswer::Inline => settle.await,
                    AfterAnswer::Beside(_) => drop(tokio::spawn(settle)),
                }
                taken()
            }
            Err(error) => unstored(&error),
        }
    }

    async fn known(&self, token: &str) -> Response {
        match EventToken::parse(token) {
            Some(token) => self.known_token(&token).await,
            None => unknown(),
        }
    }

    async fn known_token(&self, token: &EventToken) -> Response {
        match self.deps.store.sender(token, None).await {
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

fn malformed(error: MalformedEvent) -> Problem {
    let status = match error {
        MalformedEvent::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        MalformedEvent::TooManyFields
        | MalformedEvent::BrokenEncoding
        | MalformedEvent::NotUtf8
        | MalformedEvent::ControlCharacters
        | MalformedEvent::NoEventType
        | MalformedEvent::NoCallId
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
