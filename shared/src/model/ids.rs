//! Every identifier is its own type, and randomness comes from one place.

use std::fmt;
use std::num::NonZeroU64;

use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// The longest identifier of a call that is accepted from the PBX, in bytes; the documented ones have 32 to 50. A
/// leg's may hold an extension's and its call's.
const MAX_CALL_ID: usize = 200;
const MAX_LEG_ID: usize = 256;

/// Where random bytes come from.
pub trait Random: Send + Sync {
    /// Fills `buffer` with unpredictable bytes.
    fn fill(&self, buffer: &mut [u8]);
}

/// The system's generator.
#[derive(Debug)]
pub struct SystemRandomness(SystemRandom);

impl Default for SystemRandomness {
    fn default() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that makes randomness")]
        Self(SystemRandom::new())
    }
}

impl Random for SystemRandomness {
    #[expect(
        clippy::expect_used,
        reason = "without randomness no token may be made: stopping is the safe answer"
    )]
    fn fill(&self, buffer: &mut [u8]) {
        self.0.fill(buffer).expect("the system's random generator answers");
    }
}

/// A connection: one customer's PBX account, its CRM and its policy. 128 random bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId([u8; 16]);

impl ConnectionId {
    /// A new identifier.
    pub fn random(random: &dyn Random) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// From its bytes, as they stand in tokens.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn bytes(self) -> [u8; 16] {
        self.0
    }

    /// Reads the 32 hexadecimal digits that [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ConnectionId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ConnectionId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a connection id"))
    }
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(NonZeroU64);

        impl $name {
            /// From the PBX's number; zero is no identifier.
            pub const fn new(number: u64) -> Option<Self> {
                match NonZeroU64::new(number) {
                    Some(number) => Some(Self(number)),
                    None => None,
                }
            }

            /// The PBX's number.
            pub const fn get(self) -> u64 {
                self.0.get()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

number_id! {
    /// An extension of the PBX (docs/pbx.md §3.3).
    ExtensionId
}
number_id! {
    /// An agent of the PBX's queues, among those of their kind (docs/pbx.md §5.1).
    AgentId
}
number_id! {
    /// An event handler on an extension or an agent (docs/pbx.md §4.2). Never zero, so that the path of a DELETE can't become
    /// the collection's (docs/pbx.md §4.1).
    HandlerId
}
number_id! {
    /// The customer on the PBX (docs/pbx.md §2.2), not to be confused with an OAuth client id.
    PbxClientId
}

/// Without white space around it, as hardly any text of the PBX is, which the bytes at its ends tell.
pub(in crate::model) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// Whether there is a control character. Hardly any text has anything but printable ASCII, which is told by its bytes.
fn has_control(text: &str) -> bool {
    !text.bytes().all(|byte| byte.is_ascii_graphic()) && text.chars().any(char::is_control)
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $longest:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Lower-cased and trimmed, since history writes in upper case what events write in lower case
            /// (docs/pbx.md §13.23). `None` when it is empty, too long or has control characters.
            pub fn parse(text: &str) -> Option<Self> {
                let text = trimmed(text);
                let fits = !text.is_empty() && text.len() <= $longest && !has_control(text);
                // ASCII only: other letters may grow when they are lower-cased, past the bound.
                fits.then(|| Self(text.to_ascii_lowercase()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A whole call: `CallID`, unchanged by transfers (docs/pbx.md §6.1).
    CallId, MAX_CALL_ID
}
text_id! {
    /// One leg of a call: `SubCallID`; groups its dial, answer and hangup (docs/pbx.md §6.1).
    LegId, MAX_LEG_ID
}

impl LegId {
    /// The only leg that an extension can mean which names none.
    pub fn only(extension: ExtensionId, call: &CallId) -> Self {
        Self(format!("{extension}-{call}"))
    }

    /// A leg that the PBX's history alone tells of: by its extension and its beginning, since an extension may ring
    /// several times within a call.
    pub fn of_history(extension: ExtensionId, call: &CallId, began: Timestamp) -> Self {
        Self(format!("{extension}-{call}-{}", began.secs()))
    }
}

/// A user of the CRM, as the CRM names them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CrmUserId(String);

impl CrmUserId {
    /// `None` when it is empty, over 128 bytes or has control characters.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = !text.is_empty() && text.len() <= 128 && !has_control(text);
        fits.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
