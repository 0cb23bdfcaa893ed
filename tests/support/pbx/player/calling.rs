//! A call in the making: gives its legs their ids and turns what happens to them into emissions.

use super::cast::{Cast, Recording};
use super::emission::Emission;
use super::leg::{Fields, Leg};
use super::scenario::Outcome;
use crate::pbx::random::Rng;

/// A second, in microseconds.
pub(super) const SECOND: i64 = 1_000_000;

/// A leg that has its `SubCallID`.
#[derive(Clone, Debug)]
pub(super) struct Ringing {
    leg: Leg,
    sub_call_id: String,
}

/// One call while its script is written.
pub(super) struct Calling<'a> {
    pub(super) cast: &'a Cast,
    rng: &'a mut Rng,
    call_id: String,
    call_api_id: String,
    emissions: Vec<Emission>,
}

impl<'a> Calling<'a> {
    pub(super) fn new(cast: &'a Cast, rng: &'a mut Rng) -> Self {
        let call_id = cast.call_id.clone().unwrap_or_else(|| rng.hex32());
        let call_api_id = format!("{}-{}", 1_000_000_000 + rng.below(9_000_000_000), dashed(&call_id));
        Self { cast, rng, call_id, call_api_id, emissions: Vec::new() }
    }

    /// Goes on with a call that has its ids.
    pub(super) fn resume(cast: &'a Cast, rng: &'a mut Rng, (call_id, call_api_id): (&str, &str)) -> Self {
        let (call_id, call_api_id) = (call_id.to_owned(), call_api_id.to_owned());
        Self { cast, rng, call_id, call_api_id, emissions: Vec::new() }
    }

    /// Its `CallID` and `CallAPIID`.
    pub(super) fn ids(&self) -> (String, String) {
        (self.call_id.clone(), self.call_api_id.clone())
    }

    /// Some microseconds, less than a second, so that no two moments look alike.
    pub(super) fn jitter(&mut self) -> i64 {
        i64::try_from(self.rng.below(999_983)).unwrap_or_default() + 1
    }

    /// A new id of a click-to-call request.
    pub(super) fn callback_id(&mut self) -> String {
        self.rng.hex32()
    }

    /// Gives the leg its id, without an event.
    pub(super) fn enter(&mut self, leg: Leg) -> Ringing {
        let hex = if leg.first_out { self.call_id.clone() } else { self.rng.hex32() };
        Ringing { sub_call_id: format!("{}-{hex}", leg.extension_id), leg }
    }

    /// The leg begins: dial-in or dial-out.
    pub(super) fn dial(&mut self, leg: Leg, at: i64) -> Ringing {
        let ringing = self.enter(leg);
        let event_type = if ringing.leg.flow == "in" { "dial-in" } else { "dial-out" };
        self.emit(&ringing, event_type, "CALLING", at, Vec::new(), None);
        ringing
    }

    /// A caller enters a queue or a menu; its dial-in is emitted if the cast wants it.
    pub(super) fn enter_entrance(&mut self, leg: Leg, at: i64) -> Ringing {
        if self.cast.entrance_dial_ins { self.dial(leg, at) } else { self.enter(leg) }
    }

    pub(super) fn answer(&mut self, ringing: &Ringing, at: i64) {
        self.emit(ringing, "answer", "ANSWER", at, Vec::new(), None);
    }

    /// An answered phone leg ends: `Duration` is the talk since the answer.
    pub(super) fn hang_up(&mut self, ringing: &Ringing, answered: i64, at: i64) {
        let mut extra = vec![("Duration".to_owned(), (at - answered).to_string())];
        let record = self.record(ringing);
        let told = match self.cast.recording {
            Recording::Off | Recording::Untold => false,
            Recording::Told => true,
            Recording::Sometimes => self.rng.coin(),
        };
        if let Some(record) = record.as_ref().filter(|_| told) {
            extra.push(("RecID".into(), record.clone()));
        }
        self.emit(ringing, "hangup", "ANSWER", at, extra, record);
    }

    /// A phone leg ends that nobody answered; `Duration` is zero or missing (docs/pbx.md §13, 4).
    pub(super) fn give_up(&mut self, ringing: &Ringing, outcome: Outcome, at: i64) {
        let zero = self.rng.coin().then(|| ("Duration".to_owned(), "0".to_owned()));
        self.emit(ringing, "hangup", outcome.status(), at, zero.into_iter().collect(), None);
    }

    /// The caller leaves a queue or a menu.
    pub(super) fn leave_entrance(&mut self, ringing: &Ringing, entered: i64, at: i64, bridged: bool) {
        let bridged = if bridged { "yes" } else { "no" };
        let extra =
            vec![("Duration".into(), (at - entered).to_string()), ("Bridged".into(), bridged.to_owned())];
        self.emit(ringing, "hangup", "ANSWER", at, extra, None);
    }

    /// The PBX loses the event that was emitted last.
    pub(super) fn lose_last(&mut self) {
        if let Some(last) = self.emissions.last_mut() {
            last.untold = true;
        }
    }

    /// The emissions in the order in which they happened.
    pub(super) fn finish(mut self) -> Vec<Emission> {
        self.emissions.sort_by_key(|emission| emission.at);
        self.emissions
    }

    fn record(&mut self, ringing: &Ringing) -> Option<String> {
        let recorded = self.cast.recording != Recording::Off;
        recorded.then(|| format!("{}-{}", ringing.leg.extension_id, self.rng.hex32()))
    }

    fn emit(
        &mut self,
        ringing: &Ringing,
        event_type: &str,
        status: &str,
        at: i64,
        extra: Fields,
        record_uuid: Option<String>,
    ) {
        let time = at.to_string();
        let head = [
            ("EventType", event_type),
            ("EventTime", &time),
            ("CallID", &self.call_id),
            ("SubCallID", &ringing.sub_call_id),
            ("CallAPIID", &self.call_api_id),
            ("CallFlow", ringing.leg.flow),
            ("CallStatus", status),
        ];
        let mut fields: Fields =
            head.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        fields.extend(ringing.leg.fields.iter().cloned());
        fields.extend(extra);
        let (extension_id, event_type) = (ringing.leg.extension_id, event_type.to_owned());
        let untold = self.cast.unheard.as_ref().is_some_and(|phone| phone.id == extension_id);
        self.emissions.push(Emission { extension_id, event_type, fields, at, record_uuid, untold });
    }
}

/// 32 hex digits in the groups of a uuid.
fn dashed(hex: &str) -> String {
    let parts = [0..8, 8..12, 12..16, 16..20, 20..hex.len()].map(|range| hex.get(range).unwrap_or_default());
    parts.join("-")
}
