//! Paths behind API Gateway: depending on the kind of API and its domain they come with the stage or without.

use http::Request;
use http::uri::{PathAndQuery, Uri};

/// Takes the API's stage off the path, if the path begins with it; routes never do.
pub fn without_stage<B>(mut request: Request<B>, stage: Option<&str>) -> Request<B> {
    let route = stage
        .and_then(|stage| request.uri().path_and_query()?.as_str().strip_prefix('/')?.strip_prefix(stage));
    let Some(route) = route.filter(|route| route.starts_with('/')) else { return request };
    let Ok(route) = route.parse::<PathAndQuery>() else { return request };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(route);
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    request
}
