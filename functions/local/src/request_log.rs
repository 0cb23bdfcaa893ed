//! What is asked of this process and how soon it is answered, for the debug log; no token and no query is written.

use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

/// What follows these beginnings lets whoever knows it in.
const SECRET_AFTER: [&str; 4] = ["/ext-event/", "/agent-event/", "/crm-event/", "/recording/"];

/// Logs a request and its answer.
pub(crate) async fn logged(request: Request, next: Next) -> Response {
    let (method, began) = (request.method().clone(), Instant::now());
    let path = shown(request.uri().path());
    let answer = next.run(request).await;
    let millis = began.elapsed().as_millis();
    tracing::debug!("{method} {path}: {} in {millis} ms", answer.status().as_u16());
    answer
}

/// A path without the part that is as good as a key.
fn shown(path: &str) -> String {
    let secret = SECRET_AFTER.iter().find(|beginning| path.starts_with(**beginning));
    secret.map_or_else(|| path.to_owned(), |beginning| format!("{beginning}…"))
}
