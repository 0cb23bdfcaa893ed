//! Another process of the same installation: its requests to the store are counted, held or failed apart from others'.

use axum::Router;
use axum::body::Body;
use http::{Method, Request};
use ringbridge::flow::RetryDeps;
use serde_json::Value;
use simulators::proxy::Proxy;

use super::world::{Answer, mapping, send};

/// A process with a proxy before its store.
pub(crate) struct Hand {
    pub(crate) deps: RetryDeps,
    pub(crate) router: Router,
    pub(crate) key: String,
    pub(crate) proxy: Proxy,
}

impl Hand {
    /// A request of the administrator.
    pub(crate) async fn request(&self, method: Method, path: &str, body: &Value) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("authorization", format!("Bearer {}", self.key));
        send(&self.router, request.body(Body::from(body.to_string())).expect("a request")).await
    }

    /// Maps each user to their extensions.
    pub(crate) async fn map(&self, users: &[(&str, &[u64])]) -> Answer {
        self.request(Method::PUT, "/api/v1/mapping", &mapping(users)).await
    }
}
