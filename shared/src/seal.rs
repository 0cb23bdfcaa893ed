//! Seals credentials at rest: AES-256-GCM, with the connection and the field as associated data, so that a sealed value
//! that was moved to another connection or another field doesn't open.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::model::ids::{ConnectionId, Random};
use crate::model::secret::{Sealed, Secret};

/// A sealed value did not open: another key, another connection or field, or damage.
#[derive(Clone, Debug, thiserror::Error)]
#[error("a stored credential can't be opened with the configured sealing keys")]
pub struct Unsealable;

/// Seals with its first key and opens with any, so that keys can be rotated.
pub struct Sealer {
    keys: Vec<LessSafeKey>,
}

impl Sealer {
    /// Reads keys of 32 bytes in base64, separated by commas, the one in use first; `None` if there is none or
    /// one is not such a key.
    pub fn parse(text: &str) -> Option<Self> {
        let keys = text.split(',').map(|key| {
            let bytes = STANDARD.decode(key.trim()).ok()?;
            UnboundKey::new(&AES_256_GCM, &bytes).ok().map(LessSafeKey::new)
        });
        let keys: Vec<_> = keys.collect::<Option<_>>()?;
        (!keys.is_empty()).then_some(Self { keys })
    }

    /// Whether there are keys beside the one in use, so that something may be sealed with another.
    pub const fn is_rotated(&self) -> bool {
        self.keys.len() > 1
    }

    /// Seals a secret for one connection.
    pub fn seal(
        &self,
        connection: ConnectionId,
        field: &str,
        secret: &Secret,
        random: &dyn Random,
    ) -> Result<Sealed, Unsealable> {
        let key = self.keys.first().ok_or(Unsealable)?;
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let mut text = secret.reveal().as_bytes().to_vec();
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            bound(connection, field),
            &mut text,
        )
        .map_err(|_| Unsealable)?;
        Ok(Sealed(STANDARD.encode([nonce.as_slice(), &text].concat())))
    }

    /// Seals a secret anew that was sealed with another key than the one in use; `None` if it was sealed with that.
    pub fn renew(
        &self,
        connection: ConnectionId,
        field: &str,
        sealed: &Sealed,
        random: &dyn Random,
    ) -> Result<Option<Sealed>, Unsealable> {
        match self.find(connection, field, sealed)? {
            (0, _) => Ok(None),
            (_, secret) => self.seal(connection, field, &secret, random).map(Some),
        }
    }

    /// Opens a secret of one connection.
    pub fn open(&self, connection: ConnectionId, field: &str, sealed: &Sealed) -> Result<Secret, Unsealable> {
        self.find(connection, field, sealed).map(|(_, secret)| secret)
    }

    /// A secret, and the place of the key that opened it.
    fn find(
        &self,
        connection: ConnectionId,
        field: &str,
        sealed: &Sealed,
    ) -> Result<(usize, Secret), Unsealable> {
        let bytes = STANDARD.decode(&sealed.0).map_err(|_| Unsealable)?;
        let (nonce, text) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(Unsealable)?;
        self.keys
            .iter()
            .enumerate()
            .find_map(|(place, key)| {
                let mut text = text.to_vec();
                let nonce = Nonce::assume_unique_for_key(*nonce);
                let plain = key.open_in_place(nonce, bound(connection, field), &mut text).ok()?;
                String::from_utf8(plain.to_vec()).ok().map(|text| (place, Secret::new(text)))
            })
            .ok_or(Unsealable)
    }
}

/// What a sealed value is bound to.
fn bound(connection: ConnectionId, field: &str) -> Aad<Vec<u8>> {
    Aad::from([&connection.bytes(), field.as_bytes()].concat())
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealer({} keys)", self.keys.len())
    }
}
