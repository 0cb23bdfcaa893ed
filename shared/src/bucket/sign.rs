//! Signature version 4 for S3, as far as a bucket's few requests need it: in headers, or in an address that a browser
//! may open. Bodies are not signed, since recordings are streamed; TLS guards them.

use std::fmt::Write as _;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::{digest, hmac};
use url::{Position, Url};

use super::Access;
use crate::clock::Timestamp;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
/// Everything but what AWS leaves as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The headers that a request to an address needs.
pub(super) fn headers(
    access: &Access,
    method: &str,
    url: &Url,
    now: Timestamp,
) -> Vec<(&'static str, String)> {
    let moment = Moment::of(now);
    let mut headers = vec![
        ("host", authority(url)),
        ("x-amz-content-sha256", UNSIGNED.to_owned()),
        ("x-amz-date", moment.time.clone()),
    ];
    headers.extend(access.keys.session.iter().map(|one| ("x-amz-security-token", one.reveal().to_owned())));
    let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
    let (names, scope) = (names.join(";"), moment.scope(&access.region));
    let signature = signature(access, &moment, &canonical(method, url, &headers, &names));
    let id = &access.keys.id;
    let said = format!("{ALGORITHM} Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}");
    headers.push(("authorization", said));
    headers
}

/// An address that whoever has it may read for so long.
pub(super) fn presigned(access: &Access, url: &Url, valid: Duration, now: Timestamp) -> Url {
    let moment = Moment::of(now);
    let mut query = vec![
        ("X-Amz-Algorithm", ALGORITHM.to_owned()),
        ("X-Amz-Credential", format!("{}/{}", access.keys.id, moment.scope(&access.region))),
        ("X-Amz-Date", moment.time.clone()),
        ("X-Amz-Expires", valid.as_secs().to_string()),
    ];
    query.extend(access.keys.session.iter().map(|one| ("X-Amz-Security-Token", one.reveal().to_owned())));
    query.push(("X-Amz-SignedHeaders", "host".to_owned()));
    let encoded = |(name, value): &(&str, String)| format!("{name}={}", utf8_percent_encode(value, ENCODED));
    let query: Vec<_> = query.iter().map(encoded).collect();
    let mut url = url.clone();
    url.set_query(Some(&query.join("&")));
    let signature = signature(access, &moment, &canonical("GET", &url, &[("host", authority(&url))], "host"));
    url.set_query(Some(&format!("{}&X-Amz-Signature={signature}", query.join("&"))));
    url
}

/// A moment as signatures write it.
struct Moment {
    /// `20260901T120000Z`.
    time: String,
}

impl Moment {
    fn of(now: Timestamp) -> Self {
        Self { time: now.rfc3339().replace(['-', ':'], "") }
    }

    fn day(&self) -> &str {
        self.time.get(..8).unwrap_or_default()
    }

    fn scope(&self, region: &str) -> String {
        format!("{}/{region}/s3/aws4_request", self.day())
    }
}

fn authority(url: &Url) -> String {
    url[Position::BeforeHost..Position::AfterPort].to_owned()
}

/// The request in the form that is signed. Names and the query are sorted already.
fn canonical(method: &str, url: &Url, headers: &[(&str, String)], names: &str) -> String {
    let (path, query) = (url.path(), url.query().unwrap_or_default());
    let mut text = format!("{method}\n{path}\n{query}\n");
    for (name, value) in headers {
        // Writing to a string can't fail.
        let _ = writeln!(text, "{name}:{value}");
    }
    text + "\n" + names + "\n" + UNSIGNED
}

fn signature(access: &Access, moment: &Moment, canonical: &str) -> String {
    let hashed = hex::encode(digest::digest(&digest::SHA256, canonical.as_bytes()));
    let text = format!("{ALGORITHM}\n{}\n{}\n{hashed}", moment.time, moment.scope(&access.region));
    let first = format!("AWS4{}", access.keys.secret.reveal());
    let parts = [moment.day(), &access.region, "s3", "aws4_request", &text];
    let key = parts.iter().fold(first.into_bytes(), |key, part| mac(&key, part));
    hex::encode(key)
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}
