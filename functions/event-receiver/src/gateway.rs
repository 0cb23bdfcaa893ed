//! What a gateway passes on is not always a request, and the runtime would panic on it before any route is reached. Such
//! an event becomes an empty request with a mark, which the routes answer with 400. The settings' function uses it too.

use std::task::{Context, Poll};

use lambda_http::http::header::{HOST, HeaderMap, HeaderValue};
use lambda_http::http::uri::{Authority, Uri};
use lambda_http::lambda_runtime::LambdaEvent;
use lambda_http::request::LambdaRequest;
use lambda_http::tower::Service;
use ringbridge::http::MALFORMED;

/// Longer addresses can't be requests: what comes after the router's own limits would be encoded up to three times.
const LONGEST: usize = 65_000;

/// In front of the adapter, which takes every event for a request.
#[derive(Clone)]
pub(crate) struct Sound<S>(pub(crate) S);

impl<S: Service<LambdaEvent<LambdaRequest>>> Service<LambdaEvent<LambdaRequest>> for Sound<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, mut event: LambdaEvent<LambdaRequest>) -> S::Future {
        match &mut event.payload {
            LambdaRequest::ApiGatewayV1(request) => {
                let path = request.path.as_deref().unwrap_or("/");
                let body = request.body.as_deref().filter(|_| request.is_base64_encoded);
                if !(is_address(path, "") && are_sound(&request.headers, body)) {
                    request.path = Some("/".to_owned());
                    request.body = None;
                    mark(&mut request.headers);
                    mark(&mut request.multi_value_headers);
                }
            }
            LambdaRequest::ApiGatewayV2(request) => {
                let path = request.raw_path.as_deref().unwrap_or("/");
                let query = request.raw_query_string.as_deref().unwrap_or_default();
                let body = request.body.as_deref().filter(|_| request.is_base64_encoded);
                if !(is_address(path, query) && are_sound(&request.headers, body)) {
                    request.raw_path = Some("/".to_owned());
                    request.raw_query_string = None;
                    request.body = None;
                    mark(&mut request.headers);
                }
            }
            _ => {}
        }
        self.0.call(event)
    }
}

/// Whether path and query are those of an address.
fn is_address(path: &str, query: &str) -> bool {
    let whole = path.starts_with('/') && path.len().saturating_mul(3) + query.len() < LONGEST;
    whole && format!("/?{query}").parse::<Uri>().is_ok()
}

/// Whether what the address is made of, and the body, can be read.
fn are_sound(headers: &HeaderMap, encoded: Option<&str>) -> bool {
    let text = |name: &str| headers.get(name).map(HeaderValue::to_str);
    let host = text("host").is_none_or(|host| {
        host.is_ok_and(|host| {
            host.len() < 256 && host.parse::<Authority>().is_ok() && !host.contains(['@', '[', '%'])
        })
    });
    let proto = text("x-forwarded-proto").is_none_or(|proto| matches!(proto, Ok("http" | "https")));
    host && proto && encoded.is_none_or(is_base64)
}

/// Base64 with padding, to the letter.
fn is_base64(text: &str) -> bool {
    let (body, padding) = text.split_at(text.trim_end_matches('=').len());
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    text.len().is_multiple_of(4) && padding.len() <= 2 && body.bytes().all(letter) && has_no_odd_bits(body)
}

/// The last letter before padding must not carry bits that are thrown away.
fn has_no_odd_bits(body: &str) -> bool {
    let unused = match body.len() % 4 {
        0 => return true,
        2 => 0x0f,
        3 => 0x03,
        _ => return false,
    };
    let value = match body.bytes().last() {
        Some(byte @ b'A'..=b'Z') => byte - b'A',
        Some(byte @ b'a'..=b'z') => byte - b'a' + 26,
        Some(byte @ b'0'..=b'9') => byte - b'0' + 52,
        Some(b'+') => 62,
        Some(_) | None => 63,
    };
    value & unused == 0
}

fn mark(headers: &mut HeaderMap) {
    headers.remove(HOST);
    headers.remove("x-forwarded-proto");
    headers.insert(MALFORMED, HeaderValue::from_static("1"));
}
