//! One event as the PBX posts it: every field of docs/pbx.md §6.1, read tolerantly in this one place.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::fields::{Fields, Key, Unordered};
use super::form::{self, MalformedEvent};
use super::key;
use crate::clock::Timestamp;
use crate::model::ids::{CallId, ExtensionId, LegId, trimmed};
use crate::model::number::ExtensionNumber;
use crate::model::secret::Digest;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// An extension rings.
    DialIn,
    /// An extension dials.
    DialOut,
    /// The leg was taken.
    Answer,
    /// The leg ended.
    Hangup,
    /// A message, a voicemail or a kind that we don't know: kept, nothing made of it (docs/pbx.md §6.8).
    Other,
}

/// Direction relative to the extension that sent the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Towards the extension.
    In,
    /// From the extension.
    Out,
}

/// How a leg stands (docs/pbx.md §6.2). Whatever is not known is not success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallStatus {
    /// Ringing.
    Calling,
    /// Answered: the only success.
    Answer,
    /// Busy or refused.
    Busy,
    /// The server's ring timer ended.
    NoAnswer,
    /// The caller gave up, or another phone was quicker.
    Cancel,
    /// An error during the call.
    Congestion,
    /// The phone was not registered.
    ChanUnavail,
    /// A status that we don't know.
    Unknown,
    /// None was given: the leg's other events say how it stands.
    Absent,
}

/// Bundle information `id;name;call` (docs/pbx.md §6.5): the main extension of an employee with several. Read only
/// where both parts are what they should be: an extension's id and a full number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleInfo {
    /// The main extension (incoming), or the one that really dialled (outgoing).
    pub extension_id: ExtensionId,
    /// Its number.
    pub number: ExtensionNumber,
}

/// One event of a call. Serialises as its fields, spelled as they came.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct CallEvent {
    kind: EventKind,
    call_id: CallId,
    leg_id: Option<LegId>,
    status: CallStatus,
    /// Looked up in any case; the raw event is kept.
    fields: Fields,
}

impl CallEvent {
    /// Reads a form body or a query string.
    pub fn parse(bytes: &[u8]) -> Result<Self, MalformedEvent> {
        Self::from_fields(form::decode(bytes)?)
    }

    /// Reads fields that are decoded already: each key as it came and its value.
    pub fn from_pairs<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, MalformedEvent> {
        let mut fields = Unordered::of_pairs();
        pairs.into_iter().for_each(|(key, value)| fields.push(key, value));
        Self::from_fields(fields.ordered())
    }

    fn from_fields(mut fields: Fields) -> Result<Self, MalformedEvent> {
        fields.restore_plus(key::OF_NUMBERS);
        let value = |key| fields.get(key).map(trimmed).filter(|value| !value.is_empty());
        if value(key::EVENT_TYPE).is_none() && value(key::OTHER_RESOURCE).is_some() {
            return Err(MalformedEvent::NotACall);
        }
        let kind = value(key::EVENT_TYPE).map(EventKind::read).ok_or(MalformedEvent::NoEventType)?;
        let call_id = value(key::CALL_ID).and_then(CallId::parse).ok_or(MalformedEvent::NoCallId)?;
        let leg_id = value(key::SUB_CALL_ID)
            .map(|text| LegId::parse(text).ok_or(MalformedEvent::BadLegId))
            .transpose()?;
        let status = value(key::CALL_STATUS).map_or(CallStatus::Absent, CallStatus::read);
        Ok(Self { kind, call_id, leg_id, status, fields })
    }

    /// What happened.
    pub const fn kind(&self) -> EventKind {
        self.kind
    }

    /// The whole call.
    pub const fn call_id(&self) -> &CallId {
        &self.call_id
    }

    /// The leg; absent on none of the documented call events, yet tolerated.
    pub const fn leg_id(&self) -> Option<&LegId> {
        self.leg_id.as_ref()
    }

    /// When the PBX made it (`EventTime`): microseconds, and tolerantly seconds or milliseconds, which no
    /// call of this century can be mistaken in.
    pub fn time(&self) -> Option<Timestamp> {
        let text = self.text(key::EVENT_TIME)?;
        let number = text.split_once('.').map_or(text, |(whole, _)| whole).parse::<i64>().ok()?;
        let micros = match number {
            ..=0 => return None,
            1..100_000_000_000 => number.checked_mul(1_000_000)?,
            100_000_000_000..100_000_000_000_000 => number.checked_mul(1_000)?,
            _ => number,
        };
        Some(Timestamp::from_micros(micros))
    }

    /// `CallFlow`, in either case (docs/pbx.md §13.2).
    pub fn flow(&self) -> Option<Flow> {
        known(self.text(key::CALL_FLOW)?, &[("in", Flow::In), ("out", Flow::Out)])
    }

    /// `CallStatus`.
    pub const fn status(&self) -> CallStatus {
        self.status
    }

    /// Talk time of an answered leg, or time in the menu or queue (`Duration`, microseconds; docs/pbx.md §6.3).
    pub fn duration(&self) -> Option<Duration> {
        self.text(key::DURATION)?.parse().ok().map(Duration::from_micros)
    }

    /// The calling number: `CallerIDNum`, also seen as `CallerNum` (R12).
    pub fn caller_number(&self) -> Option<&str> {
        self.text(key::CALLER_ID_NUM).or_else(|| self.text(key::CALLER_NUM))
    }

    /// The called number: `CalledNumber`, also seen as `CalledNum` (R12).
    pub fn called_number(&self) -> Option<&str> {
        self.text(key::CALLED_NUMBER).or_else(|| self.text(key::CALLED_NUM))
    }

    /// The outside party after a transfer between extensions (`RemoteNumber`).
    pub fn remote_number(&self) -> Option<&str> {
        self.text(key::REMOTE_NUMBER)
    }

    /// The public number that was dialled (`CalledDID`).
    pub fn did(&self) -> Option<&str> {
        self.text(key::CALLED_DID)
    }

    /// The calling object inside the PBX: on a ringing phone, the queue or IVR that rang it.
    pub fn caller_extension(&self) -> Option<ExtensionNumber> {
        self.text(key::CALLER_EXTENSION).and_then(ExtensionNumber::parse)
    }

    /// The called object inside the PBX.
    pub fn called_extension(&self) -> Option<ExtensionNumber> {
        self.text(key::CALLED_EXTENSION).and_then(ExtensionNumber::parse)
    }

    /// Whether both `CallerExtensionID` and `CalledExtensionID` are numbers (R12).
    pub fn has_both_extension_ids(&self) -> bool {
        let numeric = |key| self.text(key).is_some_and(|text| text.bytes().all(|b| b.is_ascii_digit()));
        numeric(key::CALLER_EXTENSION_ID) && numeric(key::CALLED_EXTENSION_ID)
    }

    /// Whether the leg was made by a transfer or forward (`Transfered`, with the vendor's spelling).
    pub fn transferred(&self) -> bool {
        self.text(key::TRANSFERRED).is_some_and(|text| text.eq_ignore_ascii_case("yes"))
    }

    /// Whether some phone finally took the call (`Bridged`); only on hangups of queues and IVRs.
    pub fn bridged(&self) -> Option<bool> {
        known(self.text(key::BRIDGED)?, &[("yes", true), ("no", false)])
    }

    /// Whether a callback request made the call on behalf of an extension that is no party to it (`CallBackID`).
    pub fn is_callback(&self) -> bool {
        self.text(key::CALL_BACK_ID).is_some()
    }

    /// The recording (`RecID`).
    pub fn recording_id(&self) -> Option<&str> {
        self.text(key::REC_ID)
    }

    /// Bundle information, found by its form, since the documents leave its key open (docs/pbx.md §6.5, §13.28).
    pub fn bundle(&self) -> Option<BundleInfo> {
        // The few that have the form are looked at, whatever their key.
        let formed = self.fields.iter().filter(|(_, value)| value.contains(';'));
        let unknown = formed.filter(|(key, _)| !key::DOCUMENTED.iter().any(|known| known.is(key)));
        unknown.map(|(_, value)| value).find_map(|value| {
            let mut parts = value.split(';').map(str::trim);
            let (id, name, call) = (parts.next()?, parts.next()?, parts.next()?);
            let whole = parts.next().is_none() && !call.is_empty();
            let extension_id = whole.then(|| id.parse::<ExtensionId>().ok()).flatten()?;
            Some(BundleInfo { extension_id, number: ExtensionNumber::parse(name)? })
        })
    }

    /// Tells this event from every other of its leg, and equals itself however often and in whatever order of
    /// keys it is posted: a digest of all fields (docs/pbx.md §6.6), 16 hexadecimal digits.
    pub fn identity(&self) -> String {
        Digest::of(&self.fields.sized(key::OLD_URL_MARK)).short_hex(8)
    }

    /// Whether the other one has the same identity.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.kind == other.kind && self.fields.is_same(&other.fields, key::OLD_URL_MARK)
    }

    /// Marks an event that came on an event URL that is no longer in use; it is the same event as without the mark.
    pub fn mark_old_url(&mut self) {
        self.fields.insert(key::OLD_URL_MARK.text(), "yes");
    }

    /// The fields as they came, for the delivery log.
    pub fn raw(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter()
    }

    fn text(&self, key: Key) -> Option<&str> {
        self.fields.get(key).map(trimmed).filter(|value| !value.is_empty())
    }
}

/// What a word stands for, in whatever case it is written.
fn known<T: Copy>(text: &str, words: &[(&str, T)]) -> Option<T> {
    words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, meaning)| *meaning)
}

impl EventKind {
    fn read(text: &str) -> Self {
        let kinds = [
            ("dial-in", Self::DialIn),
            ("dial-out", Self::DialOut),
            ("answer", Self::Answer),
            ("hangup", Self::Hangup),
        ];
        known(text, &kinds).unwrap_or(Self::Other)
    }
}

impl CallStatus {
    fn read(text: &str) -> Self {
        let statuses = [
            ("CALLING", Self::Calling),
            ("ANSWER", Self::Answer),
            ("BUSY", Self::Busy),
            ("NOANSWER", Self::NoAnswer),
            ("CANCEL", Self::Cancel),
            ("CONGESTION", Self::Congestion),
            ("CHANUNAVAIL", Self::ChanUnavail),
        ];
        known(text, &statuses).unwrap_or(Self::Unknown)
    }
}

impl TryFrom<BTreeMap<String, String>> for CallEvent {
    type Error = MalformedEvent;

    fn try_from(fields: BTreeMap<String, String>) -> Result<Self, MalformedEvent> {
        Self::from_pairs(fields.iter().map(|(key, value)| (key.as_str(), value.as_str())))
    }
}

impl From<CallEvent> for BTreeMap<String, String> {
    fn from(event: CallEvent) -> Self {
        event.raw().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }
}

impl fmt::Debug for CallEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallEvent")
            .field("kind", &self.kind)
            .field("call_id", &self.call_id)
            .finish_non_exhaustive()
    }
}
