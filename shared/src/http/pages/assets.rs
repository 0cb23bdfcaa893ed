//! Style, script and icon: part of the program, compressed once, and kept by browsers until they change.

use std::io::Write as _;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, StatusCode};

use crate::model::secret::Digest;

/// A file of the pages.
struct Asset {
    name: &'static str,
    kind: &'static str,
    plain: &'static [u8],
    packed: Vec<u8>,
    version: String,
}

impl Asset {
    fn new(name: &'static str, kind: &'static str, plain: &'static [u8]) -> Self {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        let packed = packer.write_all(plain).and_then(|()| packer.finish()).unwrap_or_default();
        Self { name, kind, plain, packed, version: Digest::of(plain).short_hex(4) }
    }
}

static ASSETS: LazyLock<[Asset; 4]> = LazyLock::new(|| {
    [
        Asset::new("app.css", "text/css; charset=utf-8", include_bytes!("assets/app.css")),
        Asset::new("app.js", "text/javascript; charset=utf-8", include_bytes!("assets/app.js")),
        Asset::new("htmx.min.js", "text/javascript; charset=utf-8", include_bytes!("assets/htmx.min.js")),
        Asset::new("icon.svg", "image/svg+xml", include_bytes!("assets/icon.svg")),
    ]
});

/// Where a file stands below the pages; another content has another address.
pub(super) fn path(name: &str) -> String {
    let version = ASSETS.iter().find(|asset| asset.name == name).map_or("", |asset| &asset.version);
    format!("/assets/{version}/{name}")
}

pub(super) async fn serve(Path((_, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|accepted| accepted.to_str().ok());
    let packs = !asset.packed.is_empty() && accepted.is_some_and(|accepted| accepted.contains("gzip"));
    let about = [
        (CONTENT_TYPE, asset.kind),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (VARY, "accept-encoding"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    if packs {
        return (about, [(CONTENT_ENCODING, "gzip")], asset.packed.as_slice()).into_response();
    }
    (about, asset.plain).into_response()
}
