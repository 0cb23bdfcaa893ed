//! Values that can't be printed by accident: `Debug` and `Display` mask them, [`Secret::reveal`] is grepped for.

use std::fmt;

use ring::digest;
use serde::{Deserialize, Serialize};

/// A password, key, token or sealed value in memory.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// A sealed secret as it is stored: nonce, ciphertext and tag in base64. Safe to print.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(pub(crate) String);

impl Sealed {
    /// What was sealed and sent out of our hands, as it came back; whether it is ours shows when it is opened.
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text, for whatever carries it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing is sealed in it: what was, was removed.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What a sealed value is.
pub mod field {
    /// The secret of the application on the PBX.
    pub const PBX_SECRET: &str = "pbx.app_secret";
    /// The PBX's access token.
    pub const PBX_TOKEN: &str = "pbx.token";
    /// What a PBX's access token is renewed with.
    pub const PBX_REFRESH: &str = "pbx.refresh";
    /// The CRM's access token.
    pub const CRM_TOKEN: &str = "crm.token";
    /// What the CRM's access token is renewed with.
    pub const CRM_REFRESH: &str = "crm.refresh";
    /// What the CRM proves itself with when it calls us.
    pub const CRM_PROOF: &str = "crm.proof";
    /// The address to which the CRM posts.
    pub const CRM_ADDRESS: &str = "crm.address";
    /// What a consent in the CRM was begun with.
    pub const CRM_STATE: &str = "crm.state";
    /// A consent's verifier.
    pub const VERIFIER: &str = "consent.verifier";
}

/// A setting of a CRM, by its name.
pub fn crm_field(name: &str) -> String {
    format!("crm.{name}")
}

/// The SHA-256 of a token or key: all that is stored of it (docs/promises.md §7).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let mut out = [0; 32];
        out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
        Self(out)
    }

    /// Its bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first `count` bytes as hexadecimal digits.
    pub fn short_hex(&self, count: usize) -> String {
        hex::encode(self.0.get(..count).unwrap_or(&self.0))
    }

    /// Compares in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0.iter()).fold(0_u8, |diff, (a, b)| diff | (a ^ b)) == 0
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({}…)", self.short_hex(3))
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(&text, &mut bytes).map_err(serde::de::Error::custom)?;
        Ok(Self(bytes))
    }
}
