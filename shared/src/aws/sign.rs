//! Signature version 4, as far as our few requests need it: in headers, or in an address that a browser may open. A path
//! must need no encoding, since S3 and the others differ in it.

use std::fmt::Write as _;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::{digest, hmac};
use url::{Position, Url};

use super::Access;
use crate::clock::Timestamp;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
/// The name of S3 in signatures.
pub(crate) const S3: &str = "s3";
/// The name of SES.
pub(crate) const SES: &str = "ses";
/// The name of SNS.
pub(crate) const SNS: &str = "sns";
/// Everything but what AWS leaves as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Payload<'a> {
    /// Nothing, or what is streamed: S3 alone takes it without a digest, and TLS guards it.
    Unsigned,
    /// These bytes.
    Bytes(&'a [u8]),
}

impl Payload<'_> {
    fn digest(self) -> String {
        match self {
            Self::Unsigned => UNSIGNED.to_owned(),
            Self::Bytes(bytes) => hashed(bytes),
        }
    }
}

/// The headers that a request to an address of a service needs.
pub(crate) fn headers(
    access: &Access,
    service: &'static str,
    (method, url): (&str, &Url),
    payload: Payload<'_>,
    now: Timestamp,
) -> Vec<(&'static str, String)> {
    let (moment, digest) = (Moment::of(now, service), payload.digest());
    let mut headers = vec![
        ("host", authority(url)),
        ("x-amz-content-sha256", digest.clone()),
        ("x-amz-date", moment.time.clone()),
    ];
    headers.extend(access.keys.session.iter().map(|one| ("x-amz-security-token", one.reveal().to_owned())));
    let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
    let (names, scope) = (names.join(";"), moment.scope(&access.region));
    let signature = signature(access, &moment, &canonical((method, url), &headers, &names, &digest));
    let id = &access.keys.id;
    let said = format!("{ALGORITHM} Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}");
    headers.push(("authorization", said));
    headers
}

/// An address of S3 that whoever has it may read for so long.
pub(crate) fn presigned(access: &Access, url: &Url, valid: Duration, now: Timestamp) -> Url {
    let moment = Moment::of(now, S3);
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
    let canonical = canonical(("GET", &url), &[("host", authority(&url))], "host", UNSIGNED);
    let signature = signature(access, &moment, &canonical);
    url.set_query(Some(&format!("{}&X-Amz-Signature={signature}", query.join("&"))));
    url
}

/// A moment as signatures of a service write it.
struct Moment {
    /// `20260901T120000Z`.
    time: String,
    service: &'static str,
}

impl Moment {
    fn of(now: Timestamp, service: &'static str) -> Self {
        Self { time: now.rfc3339().replace(['-', ':'], ""), service }
    }

    fn day(&self) -> &str {
        self.time.get(..8).unwrap_or_default()
    }

    fn scope(&self, region: &str) -> String {
        format!("{}/{region}/{}/aws4_request", self.day(), self.service)
    }
}

fn authority(url: &Url) -> String {
    url[Position::BeforeHost..Position::AfterPort].to_owned()
}

/// The request in the form that is signed. Names and the query are sorted already.
fn canonical((method, url): (&str, &Url), headers: &[(&str, String)], names: &str, digest: &str) -> String {
    let (path, query) = (url.path(), url.query().unwrap_or_default());
    let mut text = format!("{method}\n{path}\n{query}\n");
    for (name, value) in headers {
        // Writing to a string can't fail.
        let _ = writeln!(text, "{name}:{value}");
    }
    text + "\n" + names + "\n" + digest
}

fn signature(access: &Access, moment: &Moment, canonical: &str) -> String {
    let hashed = hashed(canonical.as_bytes());
    let text = format!("{ALGORITHM}\n{}\n{}\n{hashed}", moment.time, moment.scope(&access.region));
    let first = format!("AWS4{}", access.keys.secret.reveal());
    let parts = [moment.day(), &access.region, moment.service, "aws4_request", &text];
    let key = parts.iter().fold(first.into_bytes(), |key, part| mac(&key, part));
    hex::encode(key)
}

fn hashed(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Keys;
    use crate::http_client::AwsRoots;
    use crate::model::secret::Secret;

    #[test]
    fn request_is_signed_as_the_vendors_own_tools_sign_it() {
        let keys = Keys {
            id: "AKIDEXAMPLE".to_owned(),
            secret: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            session: Some(Secret::new("FwoGZXIvYXdzEXAMPLE+/=")),
        };
        let access =
            Access { region: "eu-west-1".to_owned(), keys, endpoint: None, roots: AwsRoots::default() };
        let url = Url::parse("https://email.eu-west-1.amazonaws.com/v2/email/outbound-emails").unwrap();
        let body = br#"{"FromEmailAddress":"ringbridge@bridge.example"}"#;
        let noon = Timestamp::from_secs(1_788_264_000);
        let headers = headers(&access, SES, ("POST", &url), Payload::Bytes(body), noon);
        // By botocore 1.44.8, `SigV4Auth`, of the same request, keys and moment.
        let signature = "e1017ad279d90712b1d2f53678565cd0e9437a4de9c5415fcb5d2f318de950e6";
        let (_, said) = headers.iter().find(|(name, _)| *name == "authorization").unwrap();
        assert!(said.ends_with(&format!("Signature={signature}")), "{said}");
    }
}
