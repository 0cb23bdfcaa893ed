//! Verifies Standard Webhooks signatures from the specification alone: shares no code with the sender.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use ring::hmac;

/// How far a timestamp may be from the present, where the inbox has a clock.
const TOLERANCE_SECS: u64 = 300;

/// Checks signatures with one secret.
#[derive(Debug)]
pub(super) struct Verifier {
    key: hmac::Key,
}

impl Verifier {
    /// `None` when the secret is not base64, with or without `whsec_`.
    pub(super) fn new(secret: &str) -> Option<Self> {
        let bytes = STANDARD.decode(secret.strip_prefix("whsec_").unwrap_or(secret)).ok()?;
        Some(Self { key: hmac::Key::new(hmac::HMAC_SHA256, &bytes) })
    }

    /// The `webhook-id` of a request whose signature is right.
    pub(super) fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Option<i64>,
    ) -> Result<String, &'static str> {
        let id = text(headers, "webhook-id")?;
        let timestamp = text(headers, "webhook-timestamp")?;
        let signatures = text(headers, "webhook-signature")?;
        let secs: i64 = timestamp.parse().map_err(|_| "webhook-timestamp is not a number")?;
        if now.is_some_and(|now| now.abs_diff(secs) > TOLERANCE_SECS) {
            return Err("webhook-timestamp is too far from the present");
        }
        let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
        let right = signatures
            .split(' ')
            .filter_map(|signature| signature.strip_prefix("v1,"))
            .filter_map(|encoded| STANDARD.decode(encoded).ok())
            .any(|tag| hmac::verify(&self.key, &signed, &tag).is_ok());
        if right { Ok(id.to_owned()) } else { Err("webhook-signature does not fit") }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, &'static str> {
    let value = headers.get(name).ok_or("a webhook header is missing")?;
    value.to_str().map_err(|_| "a webhook header is not text")
}
