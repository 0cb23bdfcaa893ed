//! The words in which calls are told. Each advances the story and writes down what it means: legs for the wire and the
//! history, a line for people; and the truth, when the teller says so.

use super::leg::{Leg, Way};
use super::random::Luck;
use super::truth::{Expected, Place};
use crate::site::HOLD;
use crate::site::cast::{DID, Extension, Kind};

/// How a withheld number may be written.
const WITHHELD: [&str; 5] = ["anonymous", "", "Restricted", "unknown", "Anonymous@anonymous.invalid"];

/// Somebody outside: how the wire writes their number, and which one it is.
#[derive(Clone, Debug)]
pub(super) struct Outsider {
    pub(super) written: String,
    pub(super) number: Option<String>,
}

impl Outsider {
    /// As the history and `RemoteNumber` write them.
    pub(super) fn plain(&self) -> String {
        self.number.clone().unwrap_or_else(|| "anonymous".to_owned())
    }
}

/// A call, told.
#[derive(Clone, Debug)]
pub(super) struct Tale {
    pub(super) kind: &'static str,
    pub(super) luck: Luck,
    pub(super) call_id: String,
    /// Microseconds after the beginning.
    pub(super) now: i64,
    pub(super) other: Outsider,
    pub(super) legs: Vec<Leg>,
    pub(super) truth: Vec<Expected>,
    pub(super) lines: Vec<String>,
    /// Whether the events alone tell all of it: not where somebody without events took the call.
    pub(super) told_by_events: bool,
    /// Whether it came in from outside.
    pub(super) inbound: bool,
}

impl Tale {
    pub(super) fn begin(mut luck: Luck) -> Self {
        let call_id = luck.hex();
        let digits = luck.draw() % 10_000_000;
        let number = format!("+44207{digits:07}");
        let other = match luck.below(20) {
            0 | 1 => Outsider { written: luck.pick(&WITHHELD).to_owned(), number: None },
            2 => Outsider { written: format!("sip:{number}@trunk.example"), number: Some(number) },
            3 => Outsider { written: format!("tel:{number}"), number: Some(number) },
            _ => Outsider { written: number.clone(), number: Some(number) },
        };
        Self {
            kind: "",
            luck,
            call_id,
            now: 0,
            other,
            legs: Vec::new(),
            truth: Vec::new(),
            lines: Vec::new(),
            told_by_events: true,
            inbound: true,
        }
    }

    /// A line of the story.
    pub(super) fn say(&mut self, words: &str) {
        #[expect(clippy::cast_precision_loss, reason = "for people")]
        let at = self.now as f64 / 1e6;
        self.lines.push(format!("{at:7.1} s  {words}"));
    }

    /// Time passes, from so many seconds to so many.
    pub(super) fn wait(&mut self, low: f64, high: f64) {
        self.now += self.luck.span(low, high);
    }

    /// A pause that may be shorter or longer than the hold.
    pub(super) fn pause(&mut self) {
        let hold = HOLD.as_secs_f64();
        match self.luck.below(4) {
            0 => self.wait(0.05, 0.6),
            1 => self.wait(1.0, 8.0),
            2 => self.wait(hold * 0.8, hold * 1.3),
            _ => self.wait(hold * 1.5, hold * 3.0),
        }
    }

    /// Ringing time.
    pub(super) fn ringing(&mut self) {
        self.wait(2.0, 28.0);
    }

    /// A conversation, once in a while one of half a second.
    pub(super) fn talk(&mut self) {
        if self.luck.percent(8) { self.wait(0.2, 0.9) } else { self.wait(3.0, 120.0) }
    }

    fn leg(&mut self, extension: Extension, way: Way) -> Leg {
        Leg {
            extension,
            id: format!("{}-{}", extension.id, self.luck.hex()),
            way,
            began: self.now,
            answered: None,
            ended: self.now,
            status: "CANCEL",
            caller: self.other.written.clone(),
            called: extension.number(),
            caller_extension: None,
            called_extension: None,
            did: false,
            remote: None,
            forwarded: false,
            bundle: None,
            on_behalf: false,
            bridged: false,
            dials: true,
            speaks: extension.speaks(),
            from: self.other.plain(),
            to: extension.number(),
        }
    }

    fn add(&mut self, leg: Leg) -> usize {
        self.legs.push(leg);
        self.legs.len() - 1
    }

    /// The outside caller rings a phone, by itself or through a queue, a menu or the phone that forwarded them.
    pub(super) fn ring(&mut self, phone: Extension, through: Option<Extension>) -> usize {
        let mut leg = self.leg(phone, Way::In);
        leg.did = true;
        leg.called_extension = Some(phone);
        leg.caller_extension = through;
        let by = through.map(|one| format!(" through {}", one.name())).unwrap_or_default();
        self.say(&format!("{} rings{by}", phone.name()));
        self.add(leg)
    }

    /// A phone rings because a colleague passes the other party on.
    pub(super) fn pass_on(&mut self, from: Extension, to: Extension) -> usize {
        let mut leg = self.leg(to, Way::In);
        leg.did = self.inbound;
        leg.caller = from.number();
        leg.caller_extension = Some(from);
        leg.called_extension = Some(to);
        leg.remote = Some(self.other.plain());
        self.say(&format!("{} passes the other party on to {}", from.name(), to.name()));
        self.add(leg)
    }

    /// A phone calls an outside number.
    pub(super) fn dial(&mut self, phone: Extension, other: &Outsider) -> usize {
        let mut leg = self.leg(phone, Way::Out);
        leg.caller = phone.number();
        leg.from = phone.number();
        leg.called.clone_from(&other.written);
        leg.to = other.plain();
        leg.caller_extension = Some(phone);
        self.say(&format!("{} dials {}", phone.name(), other.written));
        self.add(leg)
    }

    /// A phone's rule, or its user, sends the outside party on to a number outside.
    pub(super) fn send_outside(&mut self, phone: Extension, to: &Outsider) -> usize {
        let leg = self.dial(phone, to);
        self.legs[leg].forwarded = true;
        if self.luck.percent(50) {
            let written = self.other.written.clone();
            self.legs[leg].caller = written;
        }
        leg
    }

    /// A phone calls another extension, which the wire writes as `written`.
    pub(super) fn dial_inside(&mut self, from: Extension, to: Extension, written: &str) -> usize {
        let mut leg = self.leg(from, Way::Out);
        leg.caller = if written.contains('*') { from.number() } else { from.short.to_owned() };
        leg.from = from.number();
        written.clone_into(&mut leg.called);
        leg.to = to.number();
        leg.caller_extension = Some(from);
        leg.called_extension = Some(to);
        self.say(&format!("{} dials {written}", from.name()));
        self.add(leg)
    }

    /// An extension rings because another one calls it.
    pub(super) fn ring_inside(&mut self, from: Extension, to: Extension, short: bool) -> usize {
        let mut leg = self.leg(to, Way::In);
        leg.caller = if short { from.short.to_owned() } else { from.number() };
        leg.from = from.number();
        leg.caller_extension = Some(from);
        leg.called_extension = Some(to);
        self.say(&format!("{} rings, called by {}", to.name(), from.name()));
        self.add(leg)
    }

    /// The caller enters a queue or a menu.
    pub(super) fn enter(&mut self, place: Extension) -> usize {
        let mut leg = self.leg(place, Way::In);
        leg.did = self.inbound;
        leg.called_extension = Some(place);
        leg.answered = Some(self.now);
        leg.status = "ANSWER";
        self.say(&format!("the caller enters {}", place.name()));
        self.add(leg)
    }

    /// A queue or a menu says whether a phone took the call.
    pub(super) fn leave(&mut self, leg: usize, bridged: bool) {
        let name = self.legs[leg].extension.name();
        let word = if bridged { "yes" } else { "no" };
        self.say(&format!("{name} says {word}"));
        self.legs[leg].ended = self.now;
        self.legs[leg].bridged = bridged;
    }

    pub(super) fn answer(&mut self, leg: usize) {
        self.legs[leg].answered = Some(self.now);
        self.legs[leg].status = "ANSWER";
        let name = self.legs[leg].extension.name();
        self.say(&format!("{name} is answered"));
    }

    /// A leg ends; one that was not answered, with this status.
    pub(super) fn end(&mut self, leg: usize, status: &'static str) {
        self.legs[leg].ended = self.now;
        if self.legs[leg].answered.is_none() {
            self.legs[leg].status = status;
        }
        let (name, status) = (self.legs[leg].extension.name(), self.legs[leg].status);
        self.say(&format!("{name} ends: {status}"));
    }

    /// The truth: this leg must be logged, as it ended.
    pub(super) fn logged(&mut self, leg: usize) {
        let number = self.other.number.clone();
        self.logged_with(leg, number);
    }

    /// The same for a leg whose other party is somebody else.
    pub(super) fn logged_with(&mut self, leg: usize, number: Option<String>) {
        let one = &self.legs[leg];
        if !one.speaks {
            return;
        }
        let main = one.bundle.filter(|_| one.way == Way::In);
        let outcome = match (one.answered, one.status) {
            (Some(_), _) => "answered",
            (None, "BUSY") => "busy",
            (None, "NOANSWER") => "no_answer",
            (None, "CANCEL") => "cancelled",
            (None, "CHANUNAVAIL") => "unavailable",
            (None, _) => "failed",
        };
        let expected = Expected {
            leg: Some(leg),
            leg_id: Some(one.id.clone()),
            direction: if one.way == Way::In { "inbound" } else { "outbound" },
            outcomes: vec![outcome],
            number,
            places: vec![Place::from(main.unwrap_or(one.extension))],
            talk_seconds: one.talk_seconds(),
            give: 0,
            did: one.did.then_some(DID),
            doubtful: false,
        };
        self.truth.push(expected);
    }

    /// The truth: the call was missed, at any of these.
    pub(super) fn missed_at(&mut self, places: impl IntoIterator<Item = Extension>) {
        let places: Vec<_> = places.into_iter().map(Place::from).collect();
        let expected = Expected {
            leg: None,
            leg_id: None,
            direction: "inbound",
            outcomes: vec!["missed"],
            number: self.other.number.clone(),
            places,
            talk_seconds: 0,
            give: 0,
            did: self.inbound.then_some(DID),
            doubtful: false,
        };
        self.truth.push(expected);
    }

    /// Whether the last word about the caller came within two seconds of the end of a talk.
    pub(super) fn ends_close(&self) -> bool {
        let words = self.legs.iter().filter(|leg| leg.extension.kind != Kind::Phone && !leg.bridged);
        let last = words.map(|leg| leg.ended).max();
        let close = |leg: &Leg| last.is_some_and(|last| (last - leg.ended).abs() < 2_000_000);
        self.legs.iter().any(|leg| leg.is_phone() && leg.answered.is_some() && close(leg))
    }

    /// Everywhere that the caller was in vain, for a call of which events were lost.
    pub(super) fn places(&self) -> Vec<Place> {
        let inward = self.legs.iter().filter(|leg| leg.way == Way::In);
        let (phones, ways): (Vec<_>, Vec<_>) = inward.partition(|leg| leg.extension.kind == Kind::Phone);
        let legs = if ways.is_empty() { phones } else { ways };
        legs.iter().flat_map(|leg| [Some(leg.extension), leg.bundle]).flatten().map(Place::from).collect()
    }
}
