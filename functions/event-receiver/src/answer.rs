//! How an answer is handed to the gateway: text as text, anything else in base64. The adapter's own way is ready for forty
//! character sets, of which ours is one, and brings all their tables. The settings' function uses it too.

use std::convert::Infallible;
use std::future::ready;
use std::pin::Pin;

use lambda_http::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use lambda_http::{Body, IntoResponse, Response};
use ringbridge::http::{AnswerBody, whole};

/// An answer of our routes.
pub(crate) struct Answer(Response<Vec<u8>>);

/// Reads what a route answers.
pub(crate) async fn read(answer: Response<AnswerBody>) -> Result<Answer, Infallible> {
    Ok(Answer(whole(answer).await))
}

impl IntoResponse for Answer {
    fn into_response(self) -> Pin<Box<dyn Future<Output = Response<Body>> + Send>> {
        let (parts, bytes) = self.0.into_parts();
        let body = if bytes.is_empty() {
            Body::Empty
        } else if is_text(&parts.headers) {
            String::from_utf8(bytes).map_or_else(|error| Body::Binary(error.into_bytes()), Body::Text)
        } else {
            Body::Binary(bytes)
        };
        Box::pin(ready(Response::from_parts(parts, body)))
    }
}

/// Whether what the headers describe is text as it stands.
fn is_text(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE) else { return !headers.contains_key(CONTENT_ENCODING) };
    let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let text =
        kind.starts_with("text/") || ["json", "javascript", "xml"].iter().any(|one| kind.ends_with(one));
    text && !headers.contains_key(CONTENT_ENCODING)
}
