//! The fields of one leg (docs/pbx.md §6.4): which of them a leg has does not change from its first event to
//! its hangup.

use super::cast::{Cast, Party};

/// Form fields in the order of the captures.
pub(super) type Fields = Vec<(String, String)>;

/// One leg of a call, with the fields that all of its events share.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    pub(super) extension_id: u64,
    /// `in` or `out`, relative to the extension.
    pub(super) flow: &'static str,
    /// Whether it is the first outgoing leg, whose `SubCallID` repeats the `CallID`.
    pub(super) first_out: bool,
    pub(super) fields: Fields,
}

impl Leg {
    fn new(party: &Party, flow: &'static str) -> Self {
        Self { extension_id: party.id, flow, first_out: false, fields: Vec::new() }
    }

    /// An outside caller reaches an extension: a phone, a queue or a menu.
    pub(super) fn from_outside(cast: &Cast, party: &Party) -> Self {
        Self::new(party, "in").did(cast).called(cast, party).calling_number(&cast.outside)
    }

    /// An outside caller reaches a phone through a queue or a menu.
    pub(super) fn through(cast: &Cast, phone: &Party, entrance: &Party) -> Self {
        Self::from_outside(cast, phone).caller(cast, entrance)
    }

    /// A colleague passes an outside caller on: `RemoteNumber` decides who is connected.
    pub(super) fn passed_on(cast: &Cast, phone: &Party, by: &Party) -> Self {
        Self::from_colleague(cast, phone, by).did(cast).with("RemoteNumber", &cast.outside)
    }

    /// A colleague calls.
    pub(super) fn from_colleague(cast: &Cast, phone: &Party, by: &Party) -> Self {
        Self::new(phone, "in").called(cast, phone).calling_party(by).caller(cast, by)
    }

    /// A phone dials a colleague.
    pub(super) fn to_colleague(cast: &Cast, phone: &Party, to: &Party) -> Self {
        Self::new(phone, "out").called(cast, to).calling_party(phone).caller(cast, phone).first()
    }

    /// A phone dials out.
    pub(super) fn to_outside(cast: &Cast, phone: &Party, number: &str) -> Self {
        Self::new(phone, "out").with("CalledNumber", number).calling_party(phone).caller(cast, phone).first()
    }

    /// A leg out that a transfer made; the caller stays who it was.
    pub(super) fn transferred_out(cast: &Cast, phone: &Party, number: &str) -> Self {
        let leg = Self::to_outside(cast, phone, number).with("Transfered", "yes");
        Self { first_out: false, ..leg }
    }

    /// A leg out that the phone's forwarding rule made for an outside caller.
    pub(super) fn forwarded_out(cast: &Cast, phone: &Party) -> Self {
        Self::new(phone, "out")
            .with("CalledNumber", &cast.mobile)
            .calling_number(&cast.outside)
            .caller(cast, phone)
            .with("Transfered", "yes")
    }

    /// A leg that the phone's forwarding rule made to a colleague.
    pub(super) fn forwarded_inside(cast: &Cast, phone: &Party, to: &Party) -> Self {
        Self::new(phone, "out")
            .called(cast, to)
            .calling_number(&cast.outside)
            .caller(cast, phone)
            .with("Transfered", "yes")
    }

    /// The visitor of a website reaches a menu, a queue or, through one of them, a phone.
    pub(super) fn from_visitor(cast: &Cast, party: &Party, entrance: Option<&Party>) -> Self {
        let leg = Self::new(party, "in").called(cast, party).calling_number(&cast.mobile);
        match entrance {
            Some(entrance) => leg.caller(cast, entrance),
            None => leg,
        }
    }

    /// Adds a field.
    pub(super) fn with(mut self, key: &str, value: &str) -> Self {
        self.fields.push((key.into(), value.into()));
        self
    }

    fn did(self, cast: &Cast) -> Self {
        self.with("CalledDID", &cast.did)
    }

    fn called(self, cast: &Cast, party: &Party) -> Self {
        self.with("CalledNumber", &party.number)
            .with("CalledExtension", &cast.sip(party))
            .with("CalledExtensionID", &party.id.to_string())
    }

    fn calling_number(self, number: &str) -> Self {
        self.with("CallerIDNum", number).with("CallerIDName", number)
    }

    fn calling_party(self, party: &Party) -> Self {
        self.with("CallerIDNum", &party.number).with("CallerIDName", &party.label)
    }

    fn caller(self, cast: &Cast, party: &Party) -> Self {
        self.with("CallerExtension", &cast.sip(party)).with("CallerExtensionID", &party.id.to_string())
    }

    const fn first(mut self) -> Self {
        self.first_out = true;
        self
    }
}
