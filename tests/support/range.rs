//! Answers a request for a part of a file, as storages do.

use axum::body::Body;
use axum::response::Response;
use http::header::{ACCEPT_RANGES, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use http::{HeaderMap, StatusCode};

/// A file, or the part of it that `Range: bytes=FROM-[TO]` asks for.
pub(crate) fn answer(asked: &HeaderMap, kind: &str, file: &[u8]) -> Response {
    let answer = Response::builder().header(CONTENT_TYPE, kind).header(ACCEPT_RANGES, "bytes");
    let answer =
        match asked.get(RANGE).map(|range| range.to_str().ok().and_then(|text| part(text, file.len()))) {
            None => answer.body(Body::from(file.to_vec())),
            Some(Some((from, to))) => answer
                .status(StatusCode::PARTIAL_CONTENT)
                .header(CONTENT_RANGE, format!("bytes {from}-{to}/{}", file.len()))
                .body(Body::from(file.get(from..=to).unwrap_or_default().to_vec())),
            Some(None) => answer.status(StatusCode::RANGE_NOT_SATISFIABLE).body(Body::empty()),
        };
    // Its parts are constants and numbers.
    answer.unwrap_or_default()
}

fn part(range: &str, length: usize) -> Option<(usize, usize)> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (from, last) = (from.parse().ok()?, length.checked_sub(1)?);
    let to = if to.is_empty() { last } else { to.parse::<usize>().ok()?.min(last) };
    (from <= to).then_some((from, to))
}
