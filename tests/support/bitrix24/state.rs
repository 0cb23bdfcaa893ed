//! What a portal knows.

use std::collections::{BTreeMap, BTreeSet};

use ringbridge::clock::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::PortalFault;

/// A request for a method, also one inside a batch.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Which.
    pub method: String,
    /// Its parameters, without the token.
    pub params: Value,
    /// Whether a batch brought it.
    pub batched: bool,
}

/// A registered call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call {
    /// Its id.
    pub id: String,
    /// What it was registered with.
    pub registered: Value,
    /// When.
    pub at: Timestamp,
    /// Who sees its card.
    pub shown: BTreeSet<u64>,
    /// What finishing it said, once it is.
    pub row: Option<Value>,
    /// Its recording.
    pub record: Option<Value>,
}

/// The whole. What is left out of its text is no part of what a request is answered by.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Users, as `user.get` answers them.
    pub users: Vec<Value>,
    /// Contacts, as `crm.contact.list` answers them, with a list of numbers.
    pub contacts: Vec<Value>,
    /// Whether its index lags: what was made is not found yet.
    pub lags: bool,
    /// Leads that were made.
    pub leads: usize,
    /// Calls by id.
    pub calls: BTreeMap<String, Call>,
    /// Lines.
    pub lines: Vec<Value>,
    /// Where events are posted, each with its event.
    pub handlers: Vec<Value>,
    /// Every request for a method.
    #[serde(skip)]
    pub asked: Vec<Asked>,
    /// Requests by HTTP, tokens left out.
    #[serde(skip)]
    pub requests: usize,
    /// Renewals of the token.
    #[serde(skip)]
    pub renewals: usize,
    /// Which pair of tokens is valid.
    pub generation: u64,
    /// What it answers renewals with instead, if anything.
    #[serde(skip)]
    pub refuses_tokens: Option<(u16, &'static str)>,
    /// Faults that are to come.
    #[serde(skip)]
    pub faults: Vec<(Option<&'static str>, PortalFault)>,
    /// Where requests are to go, if not to the portal itself.
    #[serde(skip)]
    pub seen_at: Option<String>,
    /// How much the bucket holds.
    pub budget: u32,
    /// How full the bucket is, and when that was so.
    pub bucket: (f64, Timestamp),
}

impl Default for State {
    fn default() -> Self {
        let user = |id: u64, name: &str, inner: &str| {
            json!({ "ID": id.to_string(), "ACTIVE": true, "NAME": name, "LAST_NAME": "Example",
                "EMAIL": format!("{name}@example.com"), "UF_PHONE_INNER": inner, "USER_TYPE": "employee",
                "PERSONAL_MOBILE": "" })
        };
        Self {
            users: vec![user(1, "ann", "205"), user(2, "ben", "206"), user(3, "cid", "207")],
            contacts: Vec::new(),
            lags: false,
            leads: 0,
            calls: BTreeMap::new(),
            lines: Vec::new(),
            handlers: Vec::new(),
            asked: Vec::new(),
            requests: 0,
            renewals: 0,
            generation: 1,
            refuses_tokens: None,
            faults: Vec::new(),
            seen_at: None,
            budget: 50,
            bucket: (0.0, Timestamp::default()),
        }
    }
}

impl State {
    /// A call that the portal registered by itself, because a user clicked on a number.
    pub fn clicked(&mut self, id: &str, user: u64, number: &str, at: Timestamp) {
        let registered = json!({ "USER_ID": user, "PHONE_NUMBER": number, "TYPE": 1 });
        let call =
            Call { id: id.to_owned(), registered, at, shown: BTreeSet::new(), row: None, record: None };
        self.calls.insert(id.to_owned(), call);
    }

    /// The valid access token.
    pub fn access(&self) -> String {
        format!("access-{}", self.generation)
    }

    /// The valid refresh token.
    pub fn refresh(&self) -> String {
        format!("refresh-{}", self.generation)
    }

    /// Adds a contact with a number.
    pub fn add_contact(&mut self, id: u64, number: &str, owner: u64, modified: &str) {
        self.contacts.push(json!({ "ID": id.to_string(), "ASSIGNED_BY_ID": owner.to_string(),
            "DATE_MODIFY": modified, "PHONE": [{ "VALUE": number }] }));
    }

    /// How often a method was asked.
    pub fn count(&self, method: &str) -> usize {
        self.asked.iter().filter(|asked| asked.method == method).count()
    }

    /// Takes the fault that a request for `method` meets.
    pub(super) fn fault(&mut self, method: &str) -> Option<PortalFault> {
        let inside = |fault: &PortalFault| matches!(fault, PortalFault::Inside(..) | PortalFault::NoLead);
        let found =
            self.faults.iter().position(|(of, fault)| !inside(fault) && of.is_none_or(|of| of == method))?;
        Some(self.faults.remove(found).1)
    }

    /// Takes the fault that a command meets.
    pub(super) fn inner_fault(&mut self, method: &str) -> Option<PortalFault> {
        let inside = |fault: &PortalFault| matches!(fault, PortalFault::Inside(..) | PortalFault::NoLead);
        let found = self.faults.iter().position(|(of, fault)| inside(fault) && *of == Some(method))?;
        Some(self.faults.remove(found).1)
    }

    /// Pours one request into the bucket; false when it is full (it leaks 2 a second).
    pub(super) fn pour(&mut self, now: Timestamp) -> bool {
        let (level, since) = self.bucket;
        let left = (level - now.since(since).as_secs_f64() * 2.0).max(0.0);
        let fits = left < f64::from(self.budget);
        self.bucket = (if fits { left + 1.0 } else { left }, now);
        fits
    }
}
