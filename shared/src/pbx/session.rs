//! One account, one token: sends a request, keeps the budget that the answer tells, and hands the body on.
//! After the PBX said that nothing is left, nothing is sent before the reset (R10).

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use reqwest::RequestBuilder;
use reqwest::header::ACCEPT;
use serde::Serialize;
use serde_json::Value;

use super::PbxClient;
use super::answer::{self, Endpoint};
use super::error::PbxError;
use super::handlers;
use super::token::AccessToken;
use crate::clock::Clock;
use crate::model::budget::{Permit, RateBudget};
use crate::model::connection::Origin;
use crate::model::emitter::Emitter;
use crate::model::ids::HandlerId;

/// An authorised conversation with one account of the PBX.
pub struct Session {
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    api: String,
    token: AccessToken,
    budget: Mutex<Option<RateBudget>>,
}

impl PbxClient {
    /// Begins a session; sends nothing.
    pub fn session(&self, origin: &Origin, token: &AccessToken) -> Session {
        Session {
            http: self.http.clone(),
            clock: Arc::clone(&self.clock),
            api: format!("{origin}/api/ver1.0"),
            token: token.clone(),
            budget: Mutex::new(None),
        }
    }
}

impl Session {
    /// The same session, knowing what an earlier one learnt of the hour's budget.
    #[must_use]
    pub fn knowing(self, budget: Option<RateBudget>) -> Self {
        Self { budget: Mutex::new(budget), ..self }
    }

    /// What the PBX last said of the hour's budget; errors say it too.
    pub fn budget(&self) -> Option<RateBudget> {
        *self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, PbxError> {
        let mut request = self.http.get(self.url(path));
        if !query.is_empty() {
            request = request.query(query);
        }
        answer::json(&self.send(request).await?)
    }

    pub(super) async fn post<B: Serialize + Sync>(&self, path: &str, body: &B) -> Result<Value, PbxError> {
        let request = self.http.post(self.url(path)).json(body);
        answer::json(&self.send(request).await?)
    }

    /// The only DELETE there is. Ids are never zero, so the path can't become the collection's, which would remove
    /// everybody's handlers (R6, docs/pbx.md §4.1).
    pub(super) async fn delete(&self, of: Emitter, handler: HandlerId) -> Result<(), PbxError> {
        let url = self.url(&format!("{}{handler}", handlers::collection(of)));
        let body = self.send(self.http.delete(url)).await?;
        // 204 has no body; a page with status 200 is somebody else's answer, and the handler may still be there.
        if body.trim_ascii().is_empty() { Ok(()) } else { answer::json(&body).map(drop) }
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.api)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Bytes, PbxError> {
        let now = self.clock.now();
        if let Some(Permit::WaitUntil(reset)) = self.budget().map(|budget| budget.allows(now, 0)) {
            return Err(PbxError::RateLimited { reset_in: reset.since(now) });
        }
        let request = request.bearer_auth(self.token.value.reveal()).header(ACCEPT, "application/json");
        let response = request.send().await.map_err(answer::unanswered)?;
        let now = self.clock.now();
        let told = RateBudget::read(response.headers(), now);
        let limit = told.and_then(|budget| budget.limit);
        let result = answer::receive(Endpoint::Api, response, now).await;
        if let Err(PbxError::RateLimited { reset_in }) = &result {
            self.learn(RateBudget { limit, remaining: 0, resets_at: now + *reset_in, as_of: now });
        } else if let Some(budget) = told {
            self.learn(budget);
        }
        result
    }

    fn learn(&self, budget: RateBudget) {
        *self.budget.lock().unwrap_or_else(PoisonError::into_inner) = Some(budget);
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("api", &self.api)
            .field("budget", &self.budget())
            .finish_non_exhaustive()
    }
}
