//! What a HubSpot account knows.

use std::collections::BTreeMap;

use ringbridge::clock::Timestamp;
use serde_json::{Value, json};

use super::HubFault;

/// An object: a contact or a call.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its id.
    pub id: String,
    /// Its properties.
    pub properties: BTreeMap<String, String>,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Whether it is in the bin.
    pub archived: bool,
}

impl Object {
    /// A property, or nothing.
    pub fn text(&self, name: &str) -> &str {
        self.properties.get(name).map(String::as_str).unwrap_or_default()
    }

    /// As the API gives it.
    pub fn said(&self) -> Value {
        json!({ "id": self.id, "properties": self.properties, "createdAt": self.updated_at.rfc3339(),
            "updatedAt": self.updated_at.rfc3339(), "archived": self.archived })
    }
}

/// An account.
#[derive(Debug)]
pub struct State {
    /// Its owners, as the API gives them.
    pub owners: Vec<Value>,
    /// Its contacts.
    pub contacts: Vec<Object>,
    /// Its calls.
    pub calls: Vec<Object>,
    /// Which call is tied to which contact.
    pub ties: Vec<(String, String)>,
    /// Properties of calls that somebody made: name, and whether its values are unique.
    pub properties: BTreeMap<String, bool>,
    /// Groups of properties that somebody made.
    pub groups: Vec<String>,
    /// Calls whose recordings were announced.
    pub ready: Vec<u64>,
    /// Whether contacts that were made just now are not found yet.
    pub lags: bool,
    /// The access token of a consent, and what it is renewed with.
    pub tokens: (String, String),
    /// How often a token was renewed.
    pub renewals: u32,
    /// Searches that are left before they are refused.
    pub searches: u32,
    /// What was asked, without the ids in its path, and the bodies.
    pub asked: Vec<(String, Value)>,
    /// What goes wrong, with what it waits for.
    pub faults: Vec<(Option<&'static str>, HubFault)>,
    /// The last id that was given.
    pub last: u64,
}

impl Default for State {
    fn default() -> Self {
        let owner = |id: &str, email: &str, first: &str, kind: &str| {
            json!({ "id": id, "userId": 9, "email": email, "firstName": first, "lastName": "Example",
                "type": kind, "archived": false, "createdAt": "2026-01-01T00:00:00Z",
                "updatedAt": "2026-01-01T00:00:00Z" })
        };
        Self {
            owners: vec![
                owner("1", "ann@example.com", "Ann", "PERSON"),
                owner("2", "bob@example.com", "Bob", "PERSON"),
                owner("3", "queue@example.com", "Support", "QUEUE"),
            ],
            contacts: Vec::new(),
            calls: Vec::new(),
            ties: Vec::new(),
            properties: BTreeMap::new(),
            groups: Vec::new(),
            ready: Vec::new(),
            lags: false,
            tokens: ("access-0".to_owned(), "refresh-0".to_owned()),
            renewals: 0,
            searches: u32::MAX,
            asked: Vec::new(),
            faults: Vec::new(),
            last: 1000,
        }
    }
}

impl State {
    /// A contact with that telephone; gives its id.
    pub fn add_contact(&mut self, phone: &str, owner: &str, at: Timestamp) -> String {
        let id = self.next_id();
        let properties = [("phone", phone), ("hubspot_owner_id", owner)];
        let properties = properties.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        self.contacts.push(Object { id: id.clone(), properties, updated_at: at, archived: false });
        id
    }

    /// How often something was asked.
    pub fn count(&self, name: &str) -> usize {
        self.asked.iter().filter(|(asked, _)| asked == name).count()
    }

    pub(super) fn next_id(&mut self) -> String {
        self.last += 1;
        self.last.to_string()
    }

    pub(super) fn fault(&mut self, name: &str) -> Option<HubFault> {
        let place = self.faults.iter().position(|(of, _)| of.is_none_or(|of| of == name))?;
        Some(self.faults.remove(place).1)
    }
}
