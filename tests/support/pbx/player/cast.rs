//! Who plays which part in a call.

use crate::pbx::extension::{Extension, ExtensionKind};
use crate::pbx::tenant::Tenant;

/// An extension with a part in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Extension id.
    pub id: u64,
    /// `prefix*number`.
    pub number: String,
    /// Display name, the `CallerIDName` of its outgoing calls.
    pub label: String,
}

/// When the hangup of an answered phone carries `RecID` (docs/pbx.md §6.1: often missing).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recording {
    /// Recording is off: no `RecID`, and none in the history either.
    Off,
    /// Recorded and always told.
    Told,
    /// Recorded, told by chance; the history knows it always.
    Sometimes,
    /// Recorded, never told; only the history knows.
    Untold,
}

/// The parts of a call. The defaults are the outside numbers of docs/pbx.md §11.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cast {
    /// The PBX client.
    pub client_id: u64,
    /// SIP domain behind the `@`.
    pub domain: String,
    /// The public number that outside callers dial, without `+`.
    pub did: String,
    /// The outside caller, as `CallerIDNum`.
    pub outside: String,
    /// The number that a phone dials.
    pub dialled: String,
    /// A mobile: target of transfers and forwards, visitor of the website.
    pub mobile: String,
    /// Phones; the first one answers, dials and transfers, the second one is transferred to.
    pub phones: Vec<Party>,
    /// A phone of which no events come; it rings only where a scenario says so.
    pub unheard: Option<Party>,
    /// Queues in the order in which a caller meets them.
    pub queues: Vec<Party>,
    /// Voice menus; the first one is used.
    pub ivrs: Vec<Party>,
    /// Whether `RecID` comes.
    pub recording: Recording,
    /// Whether scripts hold the dial-in events of queues and menus too (docs/pbx.md §7.1), which nobody who
    /// follows the recommendations subscribes to.
    pub entrance_dial_ins: bool,
    /// The `CallID` to use, as a callback fixes it; otherwise a new one.
    pub call_id: Option<String>,
}

impl Cast {
    /// Everybody active of a client, in the order of its list.
    pub fn of(tenant: &Tenant) -> Self {
        let party = |one: &Extension| Party {
            id: one.id,
            number: tenant.full_number(one),
            label: one.label.clone().unwrap_or_default(),
        };
        let unheard = tenant.unheard;
        let all = |kind: ExtensionKind| {
            let fitting = tenant.extensions.iter().filter(|one| one.kind == kind && one.status == "active");
            fitting.filter(|one| Some(one.id) != unheard).map(party).collect::<Vec<_>>()
        };
        Self {
            client_id: tenant.client_id,
            domain: tenant.domain.clone(),
            did: tenant.dids.first().cloned().unwrap_or_default(),
            outside: "+442079460555".into(),
            dialled: "+442079460777".into(),
            mobile: "+447700900321".into(),
            phones: all(ExtensionKind::Phone),
            unheard: unheard.and_then(|id| tenant.extension(id)).map(party),
            queues: all(ExtensionKind::Queue),
            ivrs: all(ExtensionKind::Ivr),
            recording: Recording::Sometimes,
            entrance_dial_ins: false,
            call_id: None,
        }
    }

    /// Gives the first part to this phone, if it is in the cast.
    pub fn lead_with(&mut self, phone_id: u64) {
        if let Some(index) = self.phones.iter().position(|one| one.id == phone_id) {
            let lead = self.phones.remove(index);
            self.phones.insert(0, lead);
        }
    }

    /// The same cast with another outside caller.
    #[must_use]
    pub fn with_caller(mut self, number: &str) -> Self {
        self.outside = number.into();
        self
    }

    /// The same cast with only the first `count` phones.
    #[must_use]
    pub fn with_phones(mut self, count: usize) -> Self {
        self.phones.truncate(count);
        self
    }

    /// The same cast with another rule for `RecID`.
    #[must_use]
    pub const fn with_recording(mut self, recording: Recording) -> Self {
        self.recording = recording;
        self
    }

    /// The SIP name of a party, `prefix*number@domain`.
    pub(super) fn sip(&self, party: &Party) -> String {
        format!("{}@{}", party.number, self.domain)
    }
}
