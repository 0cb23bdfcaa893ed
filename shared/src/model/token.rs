//! The credentials that we hand out: event tokens, admin keys, and the addresses of CRMs. Each carries the id that finds
//! its record in one read, and 256 random bits that prove it; of the first two only the SHA-256 is stored
//! (docs/promises.md §7).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::model::agent::{AgentKey, AgentKind};
use crate::model::ids::{AgentId, ConnectionId, ExtensionId, Random};
use crate::model::secret::{Digest, Secret};

const SECRET_LEN: usize = 32;
const KEY_PREFIX: &str = "rb_";

/// The last part of an event URL (R11): connection, extension and secret in 75 URL-safe characters.
///
/// With both ids inside, one read fetches the connection and the extension that prove or refuse it (docs/promises.md §5).
#[derive(Clone, Debug)]
pub struct EventToken {
    text: Secret,
    /// Whose events it lets in.
    pub connection: ConnectionId,
    /// Which extension's.
    pub extension: ExtensionId,
}

impl EventToken {
    /// A new token for one extension record.
    pub fn random(connection: ConnectionId, extension: ExtensionId, random: &dyn Random) -> Self {
        let mut bytes = connection.bytes().to_vec();
        bytes.extend(extension.get().to_be_bytes());
        let mut secret = [0; SECRET_LEN];
        random.fill(&mut secret);
        bytes.extend(secret);
        Self { text: Secret::new(URL_SAFE_NO_PAD.encode(bytes)), connection, extension }
    }

    /// Reads a token; `None` when it can't be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        // 75 characters, checked first so that a huge path costs nothing.
        if text.len() != 75 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (connection, rest) = bytes.split_first_chunk::<16>()?;
        let (extension, secret) = rest.split_first_chunk::<8>()?;
        let extension = ExtensionId::new(u64::from_be_bytes(*extension))?;
        (secret.len() == SECRET_LEN).then(|| Self {
            text: Secret::new(text),
            connection: ConnectionId::from_bytes(*connection),
            extension,
        })
    }

    /// What is stored of it.
    pub fn digest(&self) -> Digest {
        Digest::of(self.text.reveal().as_bytes())
    }

    /// The token itself, for the URL.
    pub fn reveal(&self) -> &str {
        self.text.reveal()
    }
}

/// The last part of an agent's event URL: connection, agent and secret in 76 URL-safe characters. Its length alone keeps
/// it apart from an extension's.
#[derive(Clone, Debug)]
pub struct AgentToken {
    text: Secret,
    /// Whose events it lets in.
    pub connection: ConnectionId,
    /// Which agent's.
    pub agent: AgentKey,
}

impl AgentToken {
    /// A new token for one agent.
    pub fn random(connection: ConnectionId, agent: AgentKey, random: &dyn Random) -> Self {
        let mut bytes = connection.bytes().to_vec();
        bytes.push(match agent.kind {
            AgentKind::Local => 0,
            AgentKind::Remote => 1,
        });
        bytes.extend(agent.id.get().to_be_bytes());
        let mut secret = [0; SECRET_LEN];
        random.fill(&mut secret);
        bytes.extend(secret);
        Self { text: Secret::new(URL_SAFE_NO_PAD.encode(bytes)), connection, agent }
    }

    /// Reads a token; `None` when it can't be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(Some(text).filter(|text| text.len() == 76)?).ok()?;
        let (connection, rest) = bytes.split_first_chunk::<16>()?;
        let (kind, rest) = rest.split_first()?;
        let kind = match kind {
            0 => AgentKind::Local,
            1 => AgentKind::Remote,
            _ => return None,
        };
        let id = AgentId::new(u64::from_be_bytes(*rest.first_chunk::<8>()?))?;
        let agent = AgentKey { kind, id };
        Some(Self { text: Secret::new(text), connection: ConnectionId::from_bytes(*connection), agent })
    }

    /// What is stored of it.
    pub fn digest(&self) -> Digest {
        Digest::of(self.text.reveal().as_bytes())
    }

    /// The token itself, for the URL.
    pub fn reveal(&self) -> &str {
        self.text.reveal()
    }
}

/// The key that names and opens a connection in the settings.
#[derive(Clone, Debug)]
pub struct AdminKey {
    text: Secret,
    /// Which connection.
    pub connection: ConnectionId,
}

impl AdminKey {
    /// A new key.
    pub fn random(connection: ConnectionId, random: &dyn Random) -> Self {
        let mut bytes = connection.bytes().to_vec();
        let mut secret = [0; SECRET_LEN];
        random.fill(&mut secret);
        bytes.extend(secret);
        Self { text: Secret::new(format!("{KEY_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))), connection }
    }

    /// Reads a key; `None` when it can't be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let encoded = text.strip_prefix(KEY_PREFIX).filter(|encoded| encoded.len() == 64)?;
        let bytes = URL_SAFE_NO_PAD.decode(encoded).ok()?;
        let (connection, _) = bytes.split_first_chunk::<16>()?;
        Some(Self { text: Secret::new(text), connection: ConnectionId::from_bytes(*connection) })
    }

    /// What is stored of it.
    pub fn digest(&self) -> Digest {
        Digest::of(self.text.reveal().as_bytes())
    }

    /// The key itself, shown once.
    pub fn reveal(&self) -> &str {
        self.text.reveal()
    }
}

/// The last part of the address to which a connection's CRM posts by itself: connection and secret in 64 URL-safe
/// characters. Administrators enter it in the CRM, so it is shown again, and stored sealed.
#[derive(Clone, Debug)]
pub struct CrmToken {
    text: Secret,
    /// Which connection.
    pub connection: ConnectionId,
}

impl CrmToken {
    /// A new token.
    pub fn random(connection: ConnectionId, random: &dyn Random) -> Self {
        let mut bytes = connection.bytes().to_vec();
        let mut secret = [0; SECRET_LEN];
        random.fill(&mut secret);
        bytes.extend(secret);
        Self { text: Secret::new(URL_SAFE_NO_PAD.encode(bytes)), connection }
    }

    /// Reads a token; `None` when it can't be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(Some(text).filter(|text| text.len() == 64)?).ok()?;
        let (connection, _) = bytes.split_first_chunk::<16>()?;
        Some(Self { text: Secret::new(text), connection: ConnectionId::from_bytes(*connection) })
    }

    /// Whether it is that one, in constant time.
    pub fn is(&self, stored: &Secret) -> bool {
        let digest = |secret: &Secret| Digest::of(secret.reveal().as_bytes());
        digest(&self.text).matches(&digest(stored))
    }

    /// The token itself, to be sealed or shown.
    pub const fn secret(&self) -> &Secret {
        &self.text
    }
}
