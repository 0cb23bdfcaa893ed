//! One correct record of a call, as a CRM logs it: a leg that was answered or dialled out, or a missed call.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::model::ids::{CallId, ConnectionId, ExtensionId, LegId};
use crate::model::number::{ExtensionNumber, PhoneNumber};
use crate::model::secret::Digest;

/// A record's stable name: 32 hexadecimal digits for the call and 16 for the leg, derived from what the PBX
/// calls them, so that every invocation and every retry derives the same one (P2, P3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId {
    call: [u8; 16],
    place: RecordPlace,
}

/// Which of a call's records it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecordPlace {
    /// The record of one leg on one extension.
    Leg([u8; 8]),
    /// The call's missed record.
    Missed,
}

impl RecordId {
    /// The record of a leg. The extension belongs to the name, since its events come by its own URL.
    pub fn of_leg(connection: ConnectionId, call: &CallId, extension: ExtensionId, leg: &LegId) -> Self {
        let digest = Digest::of(format!("{extension}/{leg}").as_bytes());
        let mut place = [0; 8];
        place.copy_from_slice(&digest.bytes()[..8]);
        // All zeros names the missed record; a digest that begins so is moved aside.
        if place == [0; 8] {
            place[7] = 1;
        }
        Self { call: Self::call_key(connection, call), place: RecordPlace::Leg(place) }
    }

    /// The missed record of a call: one per call, wherever it was missed.
    pub fn of_missed(connection: ConnectionId, call: &CallId) -> Self {
        Self { call: Self::call_key(connection, call), place: RecordPlace::Missed }
    }

    /// The part that all records of a call share.
    pub fn call_key(connection: ConnectionId, call: &CallId) -> [u8; 16] {
        let digest = Digest::of(format!("{connection}/{call}").as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&digest.bytes()[..16]);
        key
    }

    /// From its two parts, as they stand in storage keys.
    pub const fn from_parts(call: [u8; 16], place: RecordPlace) -> Self {
        Self { call, place }
    }

    /// The call's part.
    pub const fn call(&self) -> [u8; 16] {
        self.call
    }

    /// The call's part as logs and searches have it: what is known of a call is found by it, and nobody is told whose it was.
    pub fn call_digest(&self) -> String {
        hex::encode(self.call)
    }

    /// The leg's part.
    pub const fn place(&self) -> RecordPlace {
        self.place
    }

    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (mut call, mut place) = ([0; 16], [0; 8]);
        hex::decode_to_slice(text.get(..32)?, &mut call).ok()?;
        hex::decode_to_slice(text.get(32..)?, &mut place).ok()?;
        let place = if place == [0; 8] { RecordPlace::Missed } else { RecordPlace::Leg(place) };
        Some(Self { call, place })
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.place {
            RecordPlace::Leg(place) => place,
            RecordPlace::Missed => [0; 8],
        };
        write!(f, "{}{}", hex::encode(self.call), hex::encode(place))
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for RecordId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RecordId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a record id"))
    }
}

/// Seen from the customer's company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Somebody called in.
    Inbound,
    /// Somebody called out.
    Outbound,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Two people talked.
    Answered,
    /// It rang until the timer ended.
    NoAnswer,
    /// Busy or refused.
    Busy,
    /// The caller gave up.
    Cancelled,
    /// An error, or a status that we don't know.
    Failed,
    /// The phone was not registered.
    Unavailable,
    /// Nobody took an incoming call.
    Missed,
}

/// What a CRM hears about (the webhook's `type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum RecordKind {
    /// A leg began to ring or dial.
    #[serde(rename = "call.ringing")]
    Ringing,
    /// A leg was answered.
    #[serde(rename = "call.answered")]
    Answered,
    /// A phone that rang stopped ringing without having answered.
    #[serde(rename = "call.stopped")]
    Stopped,
    /// A leg ended.
    #[serde(rename = "call.ended")]
    Ended,
    /// A call was missed.
    #[serde(rename = "call.missed")]
    Missed,
    /// What was told of a record is no longer true.
    #[serde(rename = "call.withdrawn")]
    Withdrawn,
    /// A recording of a record became available.
    #[serde(rename = "call.recording")]
    Recording,
}

impl RecordKind {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ringing => "call.ringing",
            Self::Answered => "call.answered",
            Self::Stopped => "call.stopped",
            Self::Ended => "call.ended",
            Self::Missed => "call.missed",
            Self::Withdrawn => "call.withdrawn",
            Self::Recording => "call.recording",
        }
    }
}

/// What the events of a call say, free of whom the CRM shows it to. Equal events give equal records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    /// Its stable name.
    pub record_id: RecordId,
    /// `CallID`.
    pub call_id: CallId,
    /// `SubCallID`; none for a missed call.
    pub leg_id: Option<LegId>,
    /// Ended or missed; ringing, answered and stopped for what is told at once.
    pub kind: RecordKind,
    /// In or out.
    pub direction: Direction,
    /// How it went; none while it goes on.
    pub outcome: Option<Outcome>,
    /// The other party; for an internal call (logged only by policy) the other extension.
    pub external_number: Option<PhoneNumber>,
    /// Our extension; for a missed call its place.
    pub internal_number: Option<ExtensionNumber>,
    /// Our extension's id.
    pub extension_id: ExtensionId,
    /// The public number that was dialled.
    pub did: Option<PhoneNumber>,
    /// When the leg began.
    pub started_at: Timestamp,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Talk time in microseconds, from answer to hangup.
    pub talk_micros: u64,
    /// The recording's id, when the PBX told it.
    pub recording_id: Option<String>,
    /// Queue or IVR that rang the phone.
    pub via: Vec<ExtensionNumber>,
    /// Made by a transfer or forward, or continuing a transferred call.
    pub transferred: bool,
}

impl CallRecord {
    /// Talk time in whole seconds, to the nearest (docs/pbx.md §6.3).
    pub fn talk_seconds(&self) -> u64 {
        (Duration::from_micros(self.talk_micros) + Duration::from_millis(500)).as_secs()
    }

    /// Whether a CRM is told the same by both, but for the recording: times and talk in whole seconds.
    pub fn tells_the_same(&self, other: &Self) -> bool {
        let coarse = |record: &Self| {
            let second = |moment: Timestamp| Timestamp::from_secs(moment.secs());
            Self {
                started_at: second(record.started_at),
                answered_at: record.answered_at.map(second),
                ended_at: record.ended_at.map(second),
                talk_micros: record.talk_seconds(),
                recording_id: None,
                ..record.clone()
            }
        };
        coarse(self) == coarse(other)
    }
}
