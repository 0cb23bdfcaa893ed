//! Reckons a request's signature anew, from its own words and the secret: by the vendor's description, apart from the
//! code under test.

use std::collections::BTreeMap;

use http::request::Parts;
use ring::{digest, hmac};
use ringbridge::aws::{Access, Keys};
use ringbridge::http_client::AwsRoots;
use ringbridge::model::secret::Secret;
use url::Url;

/// What the fake's keys are.
const KEY_ID: &str = "AKIDEXAMPLE";
/// Their secret.
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// And their session.
const SESSION: &str = "FwoGZXIvYXdzEXAMPLE+/=";
/// Where it is.
const REGION: &str = "eu-west-1";

/// What opens a fake.
pub(crate) fn access(endpoint: &Url) -> Access {
    let keys =
        Keys { id: KEY_ID.to_owned(), secret: Secret::new(SECRET), session: Some(Secret::new(SESSION)) };
    let endpoint = Some(endpoint.clone());
    Access { region: REGION.to_owned(), keys, endpoint, roots: AwsRoots::default() }
}

/// Why a service would refuse a request, if it would. Where the body must be signed, it is given.
pub(crate) fn fault(request: &Parts, service: &str, body: Option<&[u8]>) -> Option<String> {
    let digest = body.map(|body| hex::encode(digest::digest(&digest::SHA256, body)));
    if digest.is_some_and(|digest| header(request, "x-amz-content-sha256") != Some(digest.as_str())) {
        return Some("SignatureDoesNotMatch: of another body".to_owned());
    }
    let query = pairs(request.uri.query().unwrap_or_default());
    let signed = match query.get("X-Amz-Signature") {
        Some(_) => presigned(request, &query),
        None => signed_by_headers(request, service),
    };
    match signed {
        Some((given, reckoned)) if given == reckoned => None,
        Some(_) => Some("SignatureDoesNotMatch".to_owned()),
        None => Some("AccessDenied: not signed as it should be".to_owned()),
    }
}

/// A query as it stands, encoded.
fn pairs(query: &str) -> BTreeMap<String, String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn header<'a>(request: &'a Parts, name: &str) -> Option<&'a str> {
    request.headers.get(name)?.to_str().ok()
}

fn presigned(request: &Parts, query: &BTreeMap<String, String>) -> Option<(String, String)> {
    let of = |name: &str| query.get(name).map(|value| value.replace("%2F", "/"));
    let (time, credential) = (of("X-Amz-Date")?, of("X-Amz-Credential")?);
    let session = of("X-Amz-Security-Token")?.replace("%2B", "+").replace("%3D", "=");
    let valid: u64 = of("X-Amz-Expires")?.parse().ok()?;
    let sound = of("X-Amz-Algorithm")? == "AWS4-HMAC-SHA256"
        && of("X-Amz-SignedHeaders")? == "host"
        && session == SESSION
        && (1..=604_800).contains(&valid);
    let scope = credential.strip_prefix(&format!("{KEY_ID}/")).filter(|_| sound)?;
    let rest = query.iter().filter(|(name, _)| *name != "X-Amz-Signature");
    let rest: Vec<_> = rest.map(|(name, value)| format!("{name}={value}")).collect();
    let host = header(request, "host")?;
    let canonical = [
        request.method.as_str(),
        request.uri.path(),
        &rest.join("&"),
        &format!("host:{host}\n"),
        "host",
        "UNSIGNED-PAYLOAD",
    ];
    Some((of("X-Amz-Signature")?, reckoned(&canonical.join("\n"), &time, scope, "s3")?))
}

fn signed_by_headers(request: &Parts, service: &str) -> Option<(String, String)> {
    let said = header(request, "authorization")?.strip_prefix("AWS4-HMAC-SHA256 ")?;
    let said: BTreeMap<_, _> = said.split(", ").filter_map(|part| part.split_once('=')).collect();
    let scope = said.get("Credential")?.strip_prefix(&format!("{KEY_ID}/"))?;
    let names = *said.get("SignedHeaders")?;
    let signed: Vec<_> = names.split(';').collect();
    let all = ["host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];
    let sound = all.iter().all(|name| signed.contains(name))
        && signed.is_sorted()
        && header(request, "x-amz-security-token")? == SESSION;
    let lines = signed.iter().map(|name| Some(format!("{name}:{}\n", header(request, name)?.trim())));
    let lines: String = lines.collect::<Option<_>>().filter(|_| sound)?;
    let canonical = [
        request.method.as_str(),
        request.uri.path(),
        request.uri.query().unwrap_or_default(),
        &lines,
        names,
        header(request, "x-amz-content-sha256")?,
    ];
    let time = header(request, "x-amz-date")?;
    let reckoned = reckoned(&canonical.join("\n"), time, scope, service)?;
    Some(((*said.get("Signature")?).to_owned(), reckoned))
}

fn reckoned(canonical: &str, time: &str, scope: &str, service: &str) -> Option<String> {
    let day = time.get(..8)?;
    let digits = time.len() == 16 && time.get(8..9)? == "T" && time.ends_with('Z');
    if !digits || scope != format!("{day}/{REGION}/{service}/aws4_request") {
        return None;
    }
    let hash = hex::encode(digest::digest(&digest::SHA256, canonical.as_bytes()));
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{hash}");
    let sign = |key: &[u8], text: &str| {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
    };
    let key = sign(format!("AWS4{SECRET}").as_bytes(), day);
    let key = sign(&sign(&sign(&key, REGION), service), "aws4_request");
    Some(hex::encode(sign(&key, &text)))
}
