//! What a BottleCRM knows.

use std::collections::BTreeMap;

use ringbridge::clock::Timestamp;
use serde_json::{Value, json};

use super::{BottleFault, TOKEN};

/// A member of the organisation.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Profile id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Whether they see everything.
    pub admin: bool,
    /// Whether they may come in.
    pub active: bool,
    /// Their own telephone.
    pub phone: Option<String>,
    /// Their token.
    pub token: String,
}

/// What an interaction may be on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A person.
    Contact,
    /// An enquiry.
    Lead,
}

/// A contact or a lead.
#[derive(Clone, Debug)]
pub struct Card {
    /// Its id.
    pub id: String,
    /// Which it is.
    pub kind: Kind,
    /// As it was entered.
    pub fields: Value,
    /// Who made it.
    pub created_by: String,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

impl Card {
    /// Its telephone as it was entered.
    pub fn phone(&self) -> &str {
        self.fields["phone"].as_str().unwrap_or_default()
    }

    /// Who it is assigned to.
    pub fn assigned(&self) -> Vec<&str> {
        self.fields["assigned_to"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }
}

/// The whole.
#[derive(Debug)]
pub struct State {
    /// Members, the administrator first.
    pub profiles: Vec<Profile>,
    /// Contacts and leads.
    pub cards: Vec<Card>,
    /// Interactions, as they are answered.
    pub interactions: Vec<Value>,
    /// Every request, such as `PATCH interactions/{id}`, with its body.
    pub asked: Vec<(String, Value)>,
    /// Faults that are to come.
    pub faults: Vec<(Option<&'static str>, BottleFault)>,
    /// Look-ups that a user may make within a minute.
    pub rate: usize,
    /// Whether the organisation works with leads.
    pub has_leads: bool,
    /// When each user looked up duplicates.
    pub(super) looked: BTreeMap<String, Vec<Timestamp>>,
    made: u64,
}

impl Default for State {
    fn default() -> Self {
        let profile = |place: u64, name: &str, token: String| Profile {
            id: id(1, place),
            name: name.to_owned(),
            admin: place == 1,
            active: true,
            phone: None,
            token,
        };
        Self {
            profiles: vec![
                profile(1, "Ada Example", TOKEN.to_owned()),
                profile(2, "Ann Example", format!("{TOKEN}-ann")),
                profile(3, "Ben Example", format!("{TOKEN}-ben")),
            ],
            cards: Vec::new(),
            interactions: Vec::new(),
            asked: Vec::new(),
            faults: Vec::new(),
            rate: 120,
            has_leads: true,
            looked: BTreeMap::new(),
            made: 0,
        }
    }
}

fn id(of: u64, place: u64) -> String {
    format!("{of:08x}-0000-4000-8000-{place:012x}")
}

impl State {
    /// A new id.
    pub(super) fn new_id(&mut self) -> String {
        self.made += 1;
        id(2, self.made)
    }

    /// Adds a contact or lead of the administrator's; gives its id.
    pub fn add(&mut self, kind: Kind, phone: &str, changed: Timestamp) -> String {
        let (id, admin) = (self.new_id(), self.profiles[0].id.clone());
        let fields =
            json!({ "first_name": "Mary", "last_name": "Example", "phone": phone, "assigned_to": [] });
        self.cards.push(Card { id: id.clone(), kind, fields, created_by: admin, updated_at: changed });
        id
    }

    /// Those of a kind.
    pub fn of(&self, kind: Kind) -> Vec<&Card> {
        self.cards.iter().filter(|card| card.kind == kind).collect()
    }

    /// Removes one with what is logged on it, as a person would.
    pub fn remove(&mut self, id: &str) {
        self.cards.retain(|card| card.id != id);
        self.interactions.retain(|one| one["contact"] != *id && one["lead"] != *id);
    }

    /// Merges one into another, as a person would.
    pub fn merge(&mut self, from: &str, into: &str) {
        for one in self.interactions.iter_mut().filter(|one| one["contact"] == *from) {
            one["contact"] = json!(into);
        }
        self.cards.retain(|card| card.id != from);
    }

    /// How often a kind of request was made.
    pub fn count(&self, asked: &str) -> usize {
        self.asked.iter().filter(|(one, _)| one == asked).count()
    }

    /// Takes the fault that a request meets.
    pub(super) fn fault(&mut self, asked: &str) -> Option<BottleFault> {
        let found = self.faults.iter().position(|(of, _)| of.is_none_or(|of| of == asked))?;
        Some(self.faults.remove(found).1)
    }
}
