//! What is asked of this process and how soon it is answered, for the debug log; no token and no query is written.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use ringbridge::clock::{Clock as _, SystemClock};

/// What follows these beginnings lets whoever knows it in.
const SECRET_AFTER: [&str; 4] = ["/ext-event/", "/agent-event/", "/crm-event/", "/recording/"];

/// What a bare level means here: below `info` the libraries would drown what is ours, and whoever wants them names them.
pub(crate) fn ours(filter: String) -> String {
    match filter.as_str() {
        "debug" | "trace" => format!("warn,ringbridge={filter},ringbridge_local={filter}"),
        _ => filter,
    }
}

/// Logs a request and its answer.
pub(crate) async fn logged(request: Request, next: Next) -> Response {
    let (method, began) = (request.method().clone(), SystemClock.now());
    let path = shown(request.uri().path());
    let answer = next.run(request).await;
    let millis = SystemClock.now().since(began).as_millis();
    tracing::debug!("{method} {path}: {} in {millis} ms", answer.status().as_u16());
    answer
}

/// A path without the part that is as good as a key.
fn shown(path: &str) -> String {
    let secret = SECRET_AFTER.iter().find(|beginning| path.starts_with(**beginning));
    secret.map_or_else(|| path.to_owned(), |beginning| format!("{beginning}…"))
}
