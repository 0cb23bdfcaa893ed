//! A PBX extension, or a queue agent, in memory, and an executor that may crash or lose an answer at any step, as the flow may.

use ringbridge::model::emitter::EmitterKind;
use ringbridge::model::extension::{ExtensionKind, SubscribedKind, Subscriptions};
use ringbridge::model::handler::{Handler, Handlers, Method};
use ringbridge::model::ids::HandlerId;
use ringbridge::model::secret::{Digest, Secret};
use ringbridge::rules::plan::{self, Plan, Situation, Step, TokenChoice};
use url::Url;

/// What a phone sends.
pub(super) const KINDS: [SubscribedKind; 4] =
    [SubscribedKind::DialIn, SubscribedKind::DialOut, SubscribedKind::Answer, SubscribedKind::Hangup];

/// Tokens that the extension is known to have had, the last in use.
pub(super) const KNOWN_TOKENS: usize = 3;

pub(super) fn token(n: usize) -> String {
    format!("token-{n}-of-this-extension")
}

pub(super) fn public_url() -> Url {
    parse("https://hooks.example.net/pbx")
}

pub(super) fn former_url() -> Url {
    parse("https://old.example.net")
}

fn parse(text: &str) -> Url {
    Url::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub(super) const PHONE: EmitterKind = EmitterKind::Extension(ExtensionKind::Phone);

pub(super) fn own_url(n: usize) -> String {
    url_of(PHONE, n)
}

/// The address of our events at an extension or an agent.
pub(super) fn url_of(kind: EmitterKind, n: usize) -> String {
    plan::event_url(&public_url(), kind, &Secret::new(token(n))).reveal().to_owned()
}

pub(super) fn id(n: u64) -> HandlerId {
    HandlerId::new(n).unwrap_or_else(|| panic!("zero is no id"))
}

pub(super) fn handler(n: u64, url: &str, kind: Option<SubscribedKind>, method: Method) -> Handler {
    Handler { id: id(n), url: Secret::new(url), kind, method }
}

/// What goes wrong at a step.
#[derive(Clone, Copy, Debug)]
pub(super) enum PlanFault {
    /// The invocation ends before the request.
    Before,
    /// The PBX carries the request out, and the invocation ends before it knows.
    After,
}

/// One extension or agent on the PBX, and what we remember of it.
#[derive(Clone, Debug)]
pub(super) struct PlanWorld {
    pub(super) kind: EmitterKind,
    pub(super) wanted: bool,
    pub(super) known: Subscriptions,
    pub(super) rows: Vec<Handler>,
    pub(super) limit: u32,
    pub(super) next_id: u64,
}

impl PlanWorld {
    pub(super) fn phone(rows: Vec<Handler>) -> Self {
        let tokens = (0..KNOWN_TOKENS).map(|n| Digest::of(token(n).as_bytes())).collect();
        let known = Subscriptions { tokens, ..Subscriptions::default() };
        Self { kind: PHONE, wanted: true, known, rows, limit: 16, next_id: 5_000 }
    }

    pub(super) fn plan(&self) -> Plan {
        plan::plan(&Situation {
            kind: self.kind,
            wanted: self.wanted,
            known: &self.known,
            listed: &Handlers { items: self.rows.clone(), unreadable: 0 },
            limit: self.limit,
            public_url: &public_url(),
            former_urls: &[former_url()],
        })
    }

    /// One invocation: list, plan, and the steps one by one, up to a fault. Gives how many steps there were.
    pub(super) fn run(&mut self, fault: Option<(usize, PlanFault)>) -> usize {
        let plan = self.plan();
        self.known.installed.clone_from(&plan.adopt);
        let token = match &plan.token {
            TokenChoice::Keep(token) => token.reveal().to_owned(),
            TokenChoice::New => {
                let token = token(self.known.tokens.len());
                self.known.tokens.push(Digest::of(token.as_bytes()));
                token
            }
            TokenChoice::Unneeded => String::new(),
        };
        let url = plan::event_url(&public_url(), self.kind, &Secret::new(token)).reveal().to_owned();
        let steps = plan.steps();
        for (number, step) in steps.iter().enumerate() {
            let fault = fault.filter(|(at, _)| *at == number).map(|(_, fault)| fault);
            if matches!(fault, Some(PlanFault::Before)) {
                return steps.len();
            }
            match step {
                Step::Create(kind) => {
                    assert!(self.rows.len() < self.limit as usize, "the PBX would refuse one more");
                    self.next_id += 1;
                    self.rows.push(handler(self.next_id, &url, Some(*kind), Method::Post));
                }
                Step::Delete(id) => self.rows.retain(|row| row.id != *id),
            }
            if matches!(fault, Some(PlanFault::After)) {
                return steps.len();
            }
            if let Step::Create(kind) = step {
                self.known.installed.insert(*kind, id(self.next_id));
            }
        }
        steps.len()
    }
}
