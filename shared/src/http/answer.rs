//! An answer as a whole, for gateways that take no stream.

use axum::body::{Body, Bytes, to_bytes};
use axum::response::Response;
use http::StatusCode;

/// The body of our routes' answers.
pub type AnswerBody = Body;

/// The answer with its bytes. Ours are in memory; one that is not and breaks off is a failed request.
pub async fn whole(answer: Response) -> http::Response<Vec<u8>> {
    let (mut parts, body) = answer.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_else(|_| {
        parts.status = StatusCode::INTERNAL_SERVER_ERROR;
        parts.headers.clear();
        Bytes::new()
    });
    http::Response::from_parts(parts, bytes.into())
}
