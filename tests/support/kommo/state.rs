//! What an account knows.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ringbridge::clock::Timestamp;
use serde_json::{Value, json};

use super::{ACCOUNT, API_DOMAIN, CODE, KommoFault};

/// The whole.
#[derive(Debug)]
pub struct State {
    /// Where it is by now.
    pub account: String,
    /// Users, as they are listed.
    pub users: Vec<Value>,
    /// Contacts, as they are listed.
    pub contacts: Vec<Value>,
    /// Companies, as they are listed.
    pub companies: Vec<Value>,
    /// Leads, as they are listed.
    pub leads: Vec<Value>,
    /// Incoming leads that nobody has accepted.
    pub unsorted: Vec<Value>,
    /// Notes, each with the kind of what it is on.
    pub notes: Vec<Value>,
    /// What users were told of.
    pub events: Vec<Value>,
    /// Contacts that no search finds: of incoming leads, and new ones while the index lags.
    pub hidden: BTreeSet<u64>,
    /// Whether its index lags.
    pub lags: bool,
    /// Whether a key that a note has is refused to a second one on the same thing.
    pub keys_are_unique: bool,
    /// Whether the account is paid.
    pub paid: bool,
    /// How many requests a second it answers.
    pub limit: Option<u32>,
    /// Requests of that second.
    pub second: (i64, u32),
    /// Every request, such as `GET contacts`.
    pub asked: Vec<String>,
    /// Renewals of the tokens.
    pub renewals: usize,
    /// Renewals with a refresh token that was spent.
    pub spent_twice: usize,
    /// Which pair of tokens is valid.
    pub generation: u64,
    /// Codes of consents, each good once.
    pub codes: Vec<&'static str>,
    /// Faults that are to come.
    pub faults: Vec<(Option<&'static str>, KommoFault)>,
    next_id: u64,
}

impl Default for State {
    fn default() -> Self {
        let user = |id: u64, name: &str, active: bool| {
            json!({ "id": id, "name": format!("{name} Example"), "email": format!("{name}@example.com"),
                "lang": "en", "rights": { "is_admin": id == 1, "is_active": active } })
        };
        Self {
            account: ACCOUNT.to_owned(),
            users: vec![
                user(1, "ann", true),
                user(2, "ben", true),
                user(3, "cid", true),
                user(4, "gone", false),
            ],
            contacts: Vec::new(),
            companies: Vec::new(),
            leads: Vec::new(),
            unsorted: Vec::new(),
            notes: Vec::new(),
            events: Vec::new(),
            hidden: BTreeSet::new(),
            lags: false,
            keys_are_unique: true,
            paid: true,
            limit: None,
            second: (0, 0),
            asked: Vec::new(),
            renewals: 0,
            spent_twice: 0,
            generation: 1,
            codes: vec![CODE],
            faults: Vec::new(),
            next_id: 7000,
        }
    }
}

impl State {
    /// The valid access token: a JWT whose claims name where the account's address can be asked for.
    pub fn access(&self) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let claims = json!({ "aud": super::CLIENT_ID, "jti": self.generation, "api_domain": API_DOMAIN });
        format!("{}.{}.c2lnbmF0dXJl", part(&json!({ "typ": "JWT", "alg": "RS256" })), part(&claims))
    }

    /// The valid refresh token.
    pub fn refresh(&self) -> String {
        format!("def50200-refresh-{}", self.generation)
    }

    /// How often it was asked for that.
    pub fn count(&self, asked: &str) -> usize {
        self.asked.iter().filter(|one| *one == asked).count()
    }

    /// A number that nothing has yet.
    pub fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// Adds a contact with a number; gives its id.
    pub fn add_contact(&mut self, number: &str, owner: u64, modified: Timestamp) -> u64 {
        let card = card(self.new_id(), number, owner, modified);
        self.contacts.push(card.clone());
        card["id"].as_u64().unwrap_or_default()
    }

    /// Adds a company with a number; gives its id.
    pub fn add_company(&mut self, number: &str, owner: u64, modified: Timestamp) -> u64 {
        let card = card(self.new_id(), number, owner, modified);
        self.companies.push(card.clone());
        card["id"].as_u64().unwrap_or_default()
    }

    /// What stands under a kind's name, such as `contacts`.
    pub fn cards(&mut self, kind: &str) -> Option<&mut Vec<Value>> {
        match kind {
            "contacts" => Some(&mut self.contacts),
            "companies" => Some(&mut self.companies),
            "leads" => Some(&mut self.leads),
            _ => None,
        }
    }

    /// Somebody accepts an incoming lead: its contact can be found from then on.
    pub fn accept_all(&mut self) {
        self.unsorted.clear();
        self.hidden.clear();
    }

    /// Whether there is such a user, and they work there.
    pub(super) fn has_user(&self, id: &Value) -> bool {
        id == &json!(0)
            || self.users.iter().any(|user| &user["id"] == id && user["rights"]["is_active"] == true)
    }

    /// Takes the fault that a request meets.
    pub(super) fn fault(&mut self, asked: &str) -> Option<KommoFault> {
        let found = self.faults.iter().position(|(of, _)| of.is_none_or(|of| of == asked))?;
        Some(self.faults.remove(found).1)
    }

    /// Counts a request; false when the second is used up.
    pub(super) fn may_ask(&mut self, now: Timestamp) -> bool {
        let (second, count) = self.second;
        let count = if second == now.secs() { count + 1 } else { 1 };
        self.second = (now.secs(), count);
        self.limit.is_none_or(|limit| count <= limit)
    }
}

fn card(id: u64, number: &str, owner: u64, modified: Timestamp) -> Value {
    json!({ "id": id, "name": "Somebody", "responsible_user_id": owner, "updated_at": modified.secs(),
        "custom_fields_values": [{ "field_id": 1, "field_name": "Phone", "field_code": "PHONE",
            "values": [{ "value": number, "enum_code": "MOB" }] }] })
}
