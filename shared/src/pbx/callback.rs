//! Click-to-call: the PBX rings an extension, then dials for it (docs/pbx.md §10.1).

use std::fmt;

use serde::Serialize;

use super::answer::object;
use super::error::PbxError;
use super::session::Session;
use super::wire;
use crate::model::ids::{CallId, ExtensionId};
use crate::model::number::ExtensionNumber;

/// The longest number that is dialled: 15 digits of E.164, and some for prefixes and extensions.
const MAX_DIGITS: usize = 32;

/// Something that can be dialled. The PBX expands variables in this field (docs/pbx.md §10.1), so nothing but digits,
/// `*`, `#` and a leading `+` gets into it.
#[derive(Clone, PartialEq, Eq)]
pub struct DialTarget(String);

impl DialTarget {
    /// Reads a number as people write it: spaces, hyphens, dots and brackets are dropped.
    pub fn parse(text: &str) -> Option<Self> {
        let plain: String =
            text.trim().chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '-' | '.' | '(' | ')')).collect();
        let dialled = plain.strip_prefix('+').unwrap_or(&plain);
        let fits = dialled.bytes().any(|b| b.is_ascii_digit())
            && dialled.len() <= MAX_DIGITS
            && dialled.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'*' | b'#'));
        fits.then_some(Self(plain))
    }

    /// The whole number.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DialTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DialTarget(…)")
    }
}

/// The PBX took the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackReceipt {
    /// The `CallID` of the events that follow.
    pub call_id: CallId,
}

#[derive(Serialize)]
struct NewCallback<'a> {
    src_num: [&'a str; 1],
    dst_num: &'a str,
}

impl Session {
    /// Rings `source`, then dials `target` on behalf of `extension`. Never to be repeated by itself: somebody's
    /// telephone rings.
    pub async fn callback(
        &self,
        extension: ExtensionId,
        source: &ExtensionNumber,
        target: &DialTarget,
    ) -> Result<CallbackReceipt, PbxError> {
        let body = NewCallback { src_num: [source.as_str()], dst_num: target.reveal() };
        let value = self.post(&format!("extension/{extension}/callback/"), &body).await?;
        object(value, |receipt: wire::Callback| {
            let id = receipt.call_id.text().or_else(|| receipt.call_api_id.text())?;
            CallId::parse(id).map(|call_id| CallbackReceipt { call_id })
        })
    }
}
