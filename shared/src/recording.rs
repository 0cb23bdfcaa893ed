//! Links to recordings that we hand to CRMs: signed by us, so that whoever has one may listen until it expires and
//! nobody can make one up. They name neither the recording nor a telephone number, and the same record always gets the
//! same link.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::{hkdf, hmac};
use url::Url;

use crate::clock::Timestamp;
use crate::model::call::RecordId;
use crate::model::ids::ConnectionId;

/// What the tokens of today begin with; another layout gets another number.
const VERSION: u8 = 1;
/// Version, connection, record and expiry: what is signed.
const SIGNED: usize = 1 + 16 + 24 + 8;
/// An HMAC-SHA256.
const TAG: usize = 32;
/// A token in base64, checked first so that a huge path costs nothing.
const TOKEN_CHARS: usize = ((SIGNED + TAG) * 4).div_ceil(3);
/// The key's purpose: no other use of the sealing key derives this one.
const PURPOSE: &[u8] = b"ringbridge recording links";
/// Links expire with a day, so that a moment which a late event moves a little moves no link.
const DAY: Duration = Duration::from_hours(24);

/// Makes links and reads them.
pub struct RecordingLinks {
    base: Url,
    valid: Duration,
    /// One for each sealing key; the first one signs.
    keys: Vec<hmac::Key>,
}

/// Which record a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordingLink {
    /// Whose call it is.
    pub connection: ConnectionId,
    /// The record.
    pub record: RecordId,
}

/// A link that opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    /// Not one of ours.
    #[error("this is no link to a recording")]
    Forged,
    /// It was one of ours.
    #[error("the link to the recording has expired")]
    Expired,
}

impl RecordingLinks {
    /// Signs with keys derived from the sealing keys (32 bytes in base64, separated by commas, the one in use first);
    /// links are valid for so long after the day of their call, and none are made for zero. `None` when a key can't be
    /// read.
    pub fn new(sealing_keys: &str, base: Url, valid: Duration) -> Option<Self> {
        let keys = sealing_keys.split(',').map(|key| {
            let bytes = STANDARD.decode(key.trim()).ok().filter(|bytes| bytes.len() == 32)?;
            let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(&bytes);
            secret.expand(&[PURPOSE], hmac::HMAC_SHA256).ok().map(hmac::Key::from)
        });
        Some(Self { base, valid, keys: keys.collect::<Option<_>>()? })
    }

    /// The link to a record's recording; `at` is when its call began. `None` without a recording, or when no links are
    /// handed out.
    pub fn url(
        &self,
        connection: ConnectionId,
        record: RecordId,
        at: Timestamp,
        recording_id: &str,
    ) -> Option<Url> {
        let key = self.keys.first().filter(|_| !recording_id.is_empty() && !self.valid.is_zero())?;
        let ends = self.expiry(at);
        let mut bytes = signed(connection, record, ends);
        let tag = hmac::sign(key, &bytes);
        bytes.extend(tag.as_ref());
        let (token, day) = (URL_SAFE_NO_PAD.encode(bytes), at.rfc3339());
        let name = format!("call-{}.mp3", day.get(..10)?);
        let mut url = self.base.clone();
        url.path_segments_mut().ok()?.pop_if_empty().extend(["recording", &token, &name]);
        Some(url)
    }

    /// The link with a token that was looked at; its last part is a name alone.
    pub fn with_token(&self, token: &str) -> Option<Url> {
        let mut url = self.base.clone();
        url.path_segments_mut().ok()?.pop_if_empty().extend(["recording", token, "call.mp3"]);
        Some(url)
    }

    /// What a token was made for.
    pub fn open(&self, token: &str, now: Timestamp) -> Result<RecordingLink, BadLink> {
        let (link, ends) = self.verified(token).ok_or(BadLink::Forged)?;
        if now < ends { Ok(link) } else { Err(BadLink::Expired) }
    }

    fn verified(&self, token: &str) -> Option<(RecordingLink, Timestamp)> {
        let bytes = Some(token).filter(|token| token.len() == TOKEN_CHARS)?;
        let bytes = URL_SAFE_NO_PAD.decode(bytes).ok()?;
        let (text, tag) = bytes.split_at_checked(SIGNED)?;
        // Compares in constant time.
        let genuine = self.keys.iter().any(|key| hmac::verify(key, text, tag).is_ok());
        let ([VERSION], rest) = text.split_first_chunk::<1>().filter(|_| genuine)? else { return None };
        let (connection, rest) = rest.split_first_chunk::<16>()?;
        let (record, ends) = rest.split_first_chunk::<24>()?;
        let link = RecordingLink {
            connection: ConnectionId::from_bytes(*connection),
            record: RecordId::parse(&hex::encode(record))?,
        };
        Some((link, Timestamp::from_secs(i64::from_be_bytes(*ends.first_chunk::<8>()?))))
    }

    /// The end of the call's day, and the links' time after it.
    fn expiry(&self, at: Timestamp) -> Timestamp {
        let day = DAY.as_secs().cast_signed();
        Timestamp::from_secs((at.secs().div_euclid(day) + 1) * day) + self.valid
    }
}

impl fmt::Debug for RecordingLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordingLinks({} keys)", self.keys.len())
    }
}

fn signed(connection: ConnectionId, record: RecordId, ends: Timestamp) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    bytes.extend(connection.bytes());
    // 48 digits: a record's name is made of them, so they always decode.
    bytes.extend(hex::decode(record.to_string()).unwrap_or_default());
    bytes.extend(ends.secs().to_be_bytes());
    bytes
}
