//! What each call must come to, read from the vendor's rules for its scenario and from its events alone; shares
//! nothing with the product.

use std::collections::BTreeMap;

use crate::pbx::player::{Cast, Emission, Entrance, Outcome, Party, Scenario};

/// Which record: the call, and the leg unless it is a missed one.
pub type Key = (String, Option<String>);

/// A record that must be in the CRM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// `CallID`.
    pub call: String,
    /// `SubCallID`; none for a missed call.
    pub leg: Option<String>,
    /// `inbound` or `outbound`.
    pub direction: &'static str,
    /// How it went, in the webhook's words.
    pub outcome: &'static str,
    /// The other party; empty if they withheld their number.
    pub external: String,
    /// Our extension.
    pub internal: String,
    /// Talk time.
    pub talk_seconds: i64,
}

impl Expected {
    /// Which record it is.
    pub fn key(&self) -> Key {
        (self.call.clone(), self.leg.clone())
    }

    /// The names of the fields in which the CRM's record differs.
    pub fn differences(&self, data: &serde_json::Value) -> Vec<&'static str> {
        let text = |name: &str| data[name].as_str().unwrap_or_default();
        let mut wrong = Vec::new();
        for (name, wanted) in [
            ("direction", self.direction),
            ("outcome", self.outcome),
            ("external_number", &self.external),
            ("internal_number", &self.internal),
        ] {
            if text(name) != wanted {
                wrong.push(name);
            }
        }
        if data["talk_seconds"].as_i64() != Some(self.talk_seconds) {
            wrong.push("talk_seconds");
        }
        wrong
    }
}

/// All records of a call.
pub(super) fn records(scenario: &Scenario, cast: &Cast, emissions: &[Emission]) -> Vec<Expected> {
    let call = emissions.first().and_then(|first| first.get("CallID")).unwrap_or_default();
    let legs = phone_legs(cast, emissions);
    let answered = |external: &str| {
        let taken = legs.iter().filter(|leg| leg.answered);
        taken.map(|leg| leg.record(call, "answered", external)).collect::<Vec<_>>()
    };
    let missed = |place: &Party, external: &str| Expected {
        call: call.to_owned(),
        leg: None,
        direction: "inbound",
        outcome: "missed",
        external: external.to_owned(),
        internal: place.number.clone(),
        talk_seconds: 0,
    };
    match *scenario {
        Scenario::Answered
        | Scenario::IvrAnswered
        | Scenario::QueueAnswered { .. }
        | Scenario::Transferred { .. }
        | Scenario::Hunt { answered: true }
        | Scenario::SecondQueue { .. }
        | Scenario::MenuLeavesFirst
        | Scenario::ConsultationRefused => answered(&cast.outside),
        Scenario::TransferredWithheld => answered(""),
        Scenario::OutgoingAnswered | Scenario::Callback => answered(&cast.dialled),
        Scenario::Forwarded { answered: true } => answered(&cast.mobile),
        // At the phone that rang last.
        Scenario::Hunt { answered: false } | Scenario::ForwardedInside { answered: false } => {
            vec![missed(&cast.phones[1], &cast.outside)]
        }
        // Of a call that somebody without events took, all that is told is that the phone rang in vain; the soak's PBX
        // has no history that tells more.
        Scenario::Unanswered(_) | Scenario::AnsweredUnheard => vec![missed(&cast.phones[0], &cast.outside)],
        Scenario::IvrUnanswered(_) | Scenario::IvrAbandoned => vec![missed(&cast.ivrs[0], &cast.outside)],
        Scenario::QueueMissed { queues, .. } => vec![missed(&cast.queues[queues - 1], &cast.outside)],
        Scenario::OutgoingUnanswered(outcome) => vec![legs[0].record(call, named(outcome), &cast.dialled)],
        Scenario::Forwarded { answered: false } => vec![legs[0].record(call, "no_answer", &cast.mobile)],
        Scenario::OutgoingTransferred => vec![
            legs[0].record(call, "answered", &cast.dialled),
            legs[1].record(call, "answered", &cast.mobile),
        ],
        // The colleague's leg counts; that of the forwarding phone is internal.
        Scenario::ForwardedInside { answered: true } => {
            let inner = legs.iter().filter(|leg| leg.flow == "in");
            inner.map(|leg| leg.record(call, "answered", &cast.outside)).collect()
        }
        // A call whose hangup is lost seems to go on.
        Scenario::Internal { .. } | Scenario::HangupLost => Vec::new(),
        Scenario::Widget { entrance, bridged } => {
            let mut records = answered(&cast.mobile);
            if !bridged {
                let place = match entrance {
                    Entrance::Ivr => &cast.ivrs[0],
                    Entrance::Queue => &cast.queues[0],
                };
                records.push(missed(place, &cast.mobile));
            }
            records
        }
    }
}

const fn named(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::NoAnswer => "no_answer",
        Outcome::Cancel => "cancelled",
        Outcome::Busy => "busy",
        Outcome::Congestion => "failed",
        Outcome::ChanUnavail => "unavailable",
    }
}

/// A leg of a phone as its events tell it.
struct PhoneLeg {
    id: String,
    flow: String,
    number: String,
    answered: bool,
    talk_micros: i64,
}

impl PhoneLeg {
    fn record(&self, call: &str, outcome: &'static str, external: &str) -> Expected {
        Expected {
            call: call.to_owned(),
            leg: Some(self.id.clone()),
            direction: if self.flow == "in" { "inbound" } else { "outbound" },
            outcome,
            external: external.to_owned(),
            internal: self.number.clone(),
            // Whole seconds, rounded (docs/pbx.md §6.3).
            talk_seconds: if outcome == "answered" { (self.talk_micros + 500_000) / 1_000_000 } else { 0 },
        }
    }
}

/// In the order in which they began.
fn phone_legs(cast: &Cast, emissions: &[Emission]) -> Vec<PhoneLeg> {
    let mut places = BTreeMap::new();
    let mut legs: Vec<PhoneLeg> = Vec::new();
    for emission in emissions {
        let Some(phone) = cast.phones.iter().find(|phone| phone.id == emission.extension_id) else {
            continue;
        };
        let id = emission.get("SubCallID").unwrap_or_default();
        let place = *places.entry(id.to_owned()).or_insert_with(|| {
            legs.push(PhoneLeg {
                id: id.to_owned(),
                flow: emission.get("CallFlow").unwrap_or_default().to_owned(),
                number: phone.number.clone(),
                answered: false,
                talk_micros: 0,
            });
            legs.len() - 1
        });
        legs[place].answered |= emission.event_type == "answer";
        if let Some(duration) = emission.get("Duration").and_then(|text| text.parse().ok()) {
            legs[place].talk_micros = duration;
        }
    }
    legs
}
