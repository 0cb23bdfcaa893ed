//! A proxy of the stack's own before the API, where a web ACL is wanted (infra/README.md): whoever comes past it has not
//! passed the ACL, and is refused.

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode};

use super::uniform::as_problem;
use crate::model::secret::{Digest, Secret};
use crate::model::source::Source;

/// The header in which the proxy shows its key.
pub const KEY: &str = "x-ringbridge-front";
/// The header in which the proxy says whose request it is; it overwrites what a viewer sent.
pub const VIEWER: &str = "x-ringbridge-viewer";

/// What tells requests of our proxy from those that come past it; without a key there is no proxy.
#[derive(Clone, Debug)]
pub struct Front(Option<Secret>);

impl Front {
    /// By the key that the proxy shows.
    pub fn new(key: Option<Secret>) -> Self {
        Self(key)
    }

    /// Puts the check before a router.
    pub fn before(self, router: Router) -> Router {
        match self.0 {
            None => router,
            Some(key) => router.layer(from_fn_with_state(key, only_through)).layer(map_response(as_problem)),
        }
    }
}

/// Lets through what shows the key, with the viewer in place of the proxy as its source.
async fn only_through(State(key): State<Secret>, mut request: Request, next: Next) -> Response {
    if !shows(request.headers(), &key) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let viewer = request.headers().get(VIEWER).and_then(|viewer| viewer.to_str().ok());
    if let Some(viewer) = viewer.and_then(Source::parse) {
        request.extensions_mut().insert(viewer);
    }
    next.run(request).await
}

fn shows(headers: &HeaderMap, key: &Secret) -> bool {
    let shown = headers.get(KEY).and_then(|shown| shown.to_str().ok());
    let digest = |text: &str| Digest::of(text.as_bytes());
    shown.is_some_and(|shown| digest(shown).matches(&digest(key.reveal())))
}
