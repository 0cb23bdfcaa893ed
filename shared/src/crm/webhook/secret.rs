//! The signing secret: `whsec_` and the base64 of 24 to 64 bytes, as Standard Webhooks asks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::ids::Random;
use crate::model::secret::Secret;

const PREFIX: &str = "whsec_";

/// Why a secret can't be used; the texts are for the administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretProblem {
    /// Not base64.
    #[error("the secret must be whsec_ followed by base64; copy it whole, with the = signs at its end")]
    NotBase64,
    /// A key of the public-key scheme.
    #[error("this is a key of the public-key scheme; give the shared secret, which begins with whsec_")]
    PublicKeyScheme,
    /// Too short or too long.
    #[error("the secret holds {bytes} bytes; it must hold 24 to 64, so have a new one made")]
    Length {
        /// How many it holds.
        bytes: usize,
    },
}

/// Reads a secret with or without its prefix; the result has it.
pub fn parse_secret(text: &str) -> Result<Secret, SecretProblem> {
    let text = text.trim();
    if text.starts_with("whsk_") || text.starts_with("whpk_") {
        return Err(SecretProblem::PublicKeyScheme);
    }
    let encoded = text.strip_prefix(PREFIX).unwrap_or(text);
    let bytes = STANDARD.decode(encoded).map_err(|_| SecretProblem::NotBase64)?.len();
    if (24..=64).contains(&bytes) {
        Ok(Secret::new(format!("{PREFIX}{encoded}")))
    } else {
        Err(SecretProblem::Length { bytes })
    }
}

/// A new secret of 32 bytes.
pub fn generate_secret(random: &dyn Random) -> Secret {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    Secret::new(format!("{PREFIX}{}", STANDARD.encode(bytes)))
}
