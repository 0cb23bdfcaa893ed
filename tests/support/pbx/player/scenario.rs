//! The kinds of calls of docs/pbx.md §7.2, by letter and by what happens, and some that mislead.

use super::cast::Cast;

/// How a leg ends that nobody answers (docs/pbx.md §6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The ring timer expired.
    NoAnswer,
    /// The caller gave up.
    Cancel,
    /// The callee was busy or refused.
    Busy,
    /// An error during the call.
    Congestion,
    /// The callee is not registered.
    ChanUnavail,
}

impl Outcome {
    /// The value of `CallStatus`.
    pub const fn status(self) -> &'static str {
        match self {
            Self::NoAnswer => "NOANSWER",
            Self::Cancel => "CANCEL",
            Self::Busy => "BUSY",
            Self::Congestion => "CONGESTION",
            Self::ChanUnavail => "CHANUNAVAIL",
        }
    }
}

/// What stands between the line and the phones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// A voice menu.
    Ivr,
    /// A queue.
    Queue,
}

/// A call to play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// A: external → DID → phone, answered.
    Answered,
    /// B: external → DID → phone, not answered.
    Unanswered(Outcome),
    /// C: external → IVR → phone, answered.
    IvrAnswered,
    /// C, but the phone does not answer.
    IvrUnanswered(Outcome),
    /// D: external → IVR, hung up in the menu.
    IvrAbandoned,
    /// E: external → [IVR →] queue → all phones in parallel, the first answers.
    QueueAnswered {
        /// Whether an IVR comes first.
        through_ivr: bool,
    },
    /// F: external → [IVR →] queue(s) → all phones, nobody answers.
    QueueMissed {
        /// How often each queue rings every phone.
        rounds: u32,
        /// How many queues, one after the other.
        queues: usize,
        /// Whether an IVR comes first.
        through_ivr: bool,
    },
    /// G: external → [queue →] first phone answers → transfers to the second phone, which answers.
    Transferred {
        /// Whether a queue comes first.
        through_queue: bool,
    },
    /// H: phone → external, answered.
    OutgoingAnswered,
    /// I: phone → external, not answered.
    OutgoingUnanswered(Outcome),
    /// J: phone → external, answered, then transferred to the mobile.
    OutgoingTransferred,
    /// J: an incoming call is forwarded by the phone's rule to the mobile.
    Forwarded {
        /// Whether the mobile answers.
        answered: bool,
    },
    /// J: an incoming call is forwarded by the phone's rule to the second phone.
    ForwardedInside {
        /// Whether the second phone answers.
        answered: bool,
    },
    /// K: phone → phone.
    Internal {
        /// Whether the second phone answers.
        answered: bool,
    },
    /// L: API callback, the initiator is the source phone.
    Callback,
    /// M: API callback "site widget": the mobile ↔ IVR or queue, on behalf of the first phone.
    Widget {
        /// To what the visitor is connected.
        entrance: Entrance,
        /// Whether a phone (the second one) takes the call there.
        bridged: bool,
    },
    /// External → DID → phone in vain → an announcement → the second phone.
    Hunt {
        /// Whether the second phone answers.
        answered: bool,
    },
    /// External → queue that says no → second queue, where a phone answers; that queue's own word comes late.
    SecondQueue {
        /// Whether the first queue rang nobody, since all agents were busy.
        overflow: bool,
    },
    /// G, of a caller who withholds their number.
    TransferredWithheld,
    /// C, but the menu says that no phone took the call while the phone still rings; then it answers.
    MenuLeavesFirst,
    /// A, and the phone asks a second one to take over, which refuses.
    ConsultationRefused,
    /// A, but the hangup of the answered leg is never posted; the history knows of it.
    HangupLost,
    /// A, but a phone without events answers; of the other one that rang with it comes a hangup.
    AnsweredUnheard,
}

impl Scenario {
    /// Whether the cast has everybody this call needs.
    pub const fn playable(&self, cast: &Cast) -> bool {
        let (phones, queues, ivrs) = match self {
            Self::Answered
            | Self::Unanswered(_)
            | Self::OutgoingAnswered
            | Self::OutgoingUnanswered(_)
            | Self::OutgoingTransferred
            | Self::Forwarded { .. }
            | Self::Callback
            | Self::HangupLost => (1, 0, 0),
            Self::IvrAnswered | Self::IvrUnanswered(_) | Self::MenuLeavesFirst => (1, 0, 1),
            Self::IvrAbandoned => (0, 0, 1),
            Self::QueueAnswered { through_ivr } => (1, 1, *through_ivr as usize),
            Self::QueueMissed { queues, through_ivr, .. } => (1, *queues, *through_ivr as usize),
            Self::Transferred { through_queue } => (2, *through_queue as usize, 0),
            Self::ForwardedInside { .. }
            | Self::Internal { .. }
            | Self::Hunt { .. }
            | Self::TransferredWithheld
            | Self::ConsultationRefused => (2, 0, 0),
            Self::SecondQueue { .. } => (2, 2, 0),
            Self::AnsweredUnheard => {
                if cast.unheard.is_none() {
                    return false;
                }
                (1, 0, 0)
            }
            Self::Widget { entrance: Entrance::Ivr, .. } => (2, 0, 1),
            Self::Widget { entrance: Entrance::Queue, .. } => (2, 1, 0),
        };
        cast.phones.len() >= phones && cast.queues.len() >= queues && cast.ivrs.len() >= ivrs
    }
}

/// A scenario with the name by which people ask for it.
#[derive(Clone, Copy, Debug)]
pub struct Named {
    /// Letter of docs/pbx.md §7.2, from N on one of our own, with a variant where there are several.
    pub name: &'static str,
    /// What happens.
    pub what: &'static str,
    /// The call.
    pub scenario: Scenario,
}

const fn as_named(name: &'static str, what: &'static str, scenario: Scenario) -> Named {
    Named { name, what, scenario }
}

/// Every kind of call, once or in its variants.
pub const NAMED: &[Named] = &[
    as_named("A", "incoming, answered", Scenario::Answered),
    as_named("B", "incoming, nobody answers", Scenario::Unanswered(Outcome::NoAnswer)),
    as_named("B-cancel", "incoming, the caller gives up", Scenario::Unanswered(Outcome::Cancel)),
    as_named("B-busy", "incoming, refused", Scenario::Unanswered(Outcome::Busy)),
    as_named("B-chanunavail", "incoming, phone offline", Scenario::Unanswered(Outcome::ChanUnavail)),
    as_named("B-congestion", "incoming, network error", Scenario::Unanswered(Outcome::Congestion)),
    as_named("C", "incoming through the menu, answered", Scenario::IvrAnswered),
    as_named("C-noanswer", "through the menu, no answer", Scenario::IvrUnanswered(Outcome::NoAnswer)),
    as_named("D", "hung up in the menu", Scenario::IvrAbandoned),
    as_named("E", "menu, queue, answered", Scenario::QueueAnswered { through_ivr: true }),
    as_named("E-direct", "queue, answered", Scenario::QueueAnswered { through_ivr: false }),
    as_named(
        "F",
        "menu, queue, two rounds, nobody answers",
        Scenario::QueueMissed { rounds: 2, queues: 1, through_ivr: true },
    ),
    as_named(
        "F-two-queues",
        "menu, two queues, nobody answers",
        Scenario::QueueMissed { rounds: 1, queues: 2, through_ivr: true },
    ),
    as_named("G", "queue, answered, transferred", Scenario::Transferred { through_queue: true }),
    as_named("G-direct", "answered, transferred", Scenario::Transferred { through_queue: false }),
    as_named("H", "outgoing, answered", Scenario::OutgoingAnswered),
    as_named("I", "outgoing, busy", Scenario::OutgoingUnanswered(Outcome::Busy)),
    as_named("J-transfer", "outgoing, transferred to a mobile", Scenario::OutgoingTransferred),
    as_named("J", "incoming, forwarded to a mobile", Scenario::Forwarded { answered: true }),
    as_named("J-noanswer", "forwarded, no answer", Scenario::Forwarded { answered: false }),
    as_named("J-inside", "incoming, forwarded to a colleague", Scenario::ForwardedInside { answered: true }),
    as_named(
        "J-inside-vain",
        "forwarded to a colleague, in vain",
        Scenario::ForwardedInside { answered: false },
    ),
    as_named("K", "colleague calls colleague", Scenario::Internal { answered: true }),
    as_named("K-noanswer", "colleague calls in vain", Scenario::Internal { answered: false }),
    as_named("L", "click-to-call, answered", Scenario::Callback),
    as_named(
        "M",
        "site widget, nobody takes it in the menu",
        Scenario::Widget { entrance: Entrance::Ivr, bridged: false },
    ),
    as_named(
        "M-bridged",
        "site widget, a phone takes it",
        Scenario::Widget { entrance: Entrance::Ivr, bridged: true },
    ),
    as_named(
        "M-queue",
        "site widget, nobody takes it in the queue",
        Scenario::Widget { entrance: Entrance::Queue, bridged: false },
    ),
    as_named("N", "phone by phone, the second answers", Scenario::Hunt { answered: true }),
    as_named("N-vain", "phone by phone, nobody answers", Scenario::Hunt { answered: false }),
    as_named("O", "queue in vain, second queue answered", Scenario::SecondQueue { overflow: false }),
    as_named(
        "O-overflow",
        "queue overflows, second queue answered",
        Scenario::SecondQueue { overflow: true },
    ),
    as_named("P", "withheld number, answered, transferred", Scenario::TransferredWithheld),
    as_named("Q", "the menu leaves, then the phone answers", Scenario::MenuLeavesFirst),
    as_named("R", "answered, a colleague refuses to take over", Scenario::ConsultationRefused),
    as_named("S", "answered, the hangup is lost", Scenario::HangupLost),
    as_named("T", "answered by a phone without events", Scenario::AnsweredUnheard),
];

/// The scenario of this name, in any case.
pub fn named(name: &str) -> Option<&'static Named> {
    NAMED.iter().find(|one| one.name.eq_ignore_ascii_case(name))
}
