//! Whose call it is in Kommo: a contact or else a company with that number, chosen by the policy; a stranger's contact is
//! made once (docs/kommo.md §5).

use serde_json::{Value, json};
use tokio::sync::OwnedMutexGuard;

use super::KommoConnector;
use super::request::Api;
use super::wire::{Card, Made};
use crate::crm::caller::{self, Found};
use crate::crm::number::External;
use crate::crm::strangers::{self, Made as Remembered};
use crate::crm::{Access, CrmError, Message};
use crate::model::call::Direction;
use crate::model::connection::UnknownContact;
use crate::model::delivery::AttemptClass::Refused;
use crate::model::number::PhoneNumber;
use crate::model::secret::Digest;

const UNNUMBERED: &str =
    "not logged: Kommo keeps calls with a contact, and there is no outside number to find one by";
const UNKNOWN: &str = "not logged: Kommo keeps calls with a contact, and knows nobody with this number; the policy can \
                       have contacts or incoming leads made";
const UNDECIDED: &str = "not logged: several share this number, and the policy chooses none of them";

/// By so many of a number's last digits Kommo is searched: the country may be left out there.
const SEARCHED: usize = 10;
/// Of those that a search finds, so many are looked at.
const MOST_FOUND: &str = "50";

/// A kind of record that calls are logged on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A person.
    Contact,
    /// An organisation.
    Company,
    /// A lead, which came with an earlier call.
    Lead,
}

impl Kind {
    /// Its name in paths.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Contact => "contacts",
            Self::Company => "companies",
            Self::Lead => "leads",
        }
    }
}

/// What a call is logged on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bound {
    /// Which kind it is of.
    pub(super) kind: Kind,
    /// Its id.
    pub(super) id: u64,
}

impl Bound {
    /// As it is kept: `contacts:ID`.
    pub(super) fn kept(self) -> String {
        format!("{}:{}", self.kind.name(), self.id)
    }

    /// Reads [`Bound::kept`].
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (name, id) = text.split_once(':')?;
        let kind = [Kind::Contact, Kind::Company, Kind::Lead].into_iter().find(|kind| kind.name() == name)?;
        Some(Self { kind, id: id.parse().ok()? })
    }
}

/// What a look-up came to.
#[derive(Debug)]
pub(super) enum Looked {
    /// This one, and whose it is.
    Bound(Bound, Option<u64>),
    /// Nobody, and a contact or an incoming lead is to be made.
    Make(Kind),
    /// Nobody, and why that is the end of it.
    Nobody(&'static str),
}

/// Looks it up: one request, or two where there is no such contact.
pub(super) async fn find(
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
) -> Result<Looked, CrmError> {
    let Some(number) = caller::lookable(access, message) else { return Ok(Looked::Nobody(UNNUMBERED)) };
    for kind in [Kind::Contact, Kind::Company] {
        let chosen = match Found::of(named(api, access, kind, &number).await?, access.policy) {
            Found::Nobody => continue,
            Found::One(one) => Some(one),
            Found::Latest(several) => several.into_iter().max_by_key(|card| card.updated_at),
            Found::Undecided => return Ok(Looked::Nobody(UNDECIDED)),
        };
        if let Some(card) = chosen {
            return Ok(Looked::Bound(Bound { kind, id: card.id }, card.responsible_user_id));
        }
    }
    Ok(match (access.policy.unknown_contact, message.record.direction) {
        (UnknownContact::Ignore, _) => Looked::Nobody(UNKNOWN),
        (UnknownContact::Lead, Direction::Inbound) => Looked::Make(Kind::Lead),
        // Incoming leads come from incoming calls.
        (UnknownContact::Contact | UnknownContact::Lead, _) => Looked::Make(Kind::Contact),
    })
}

/// Those of a kind who have the number. The search reads all texts, so what it finds is looked at.
async fn named(
    api: &Api<'_>,
    access: Access<'_>,
    kind: Kind,
    number: &External,
) -> Result<Vec<Card>, CrmError> {
    let e164 = number.e164();
    let wanted = e164.get(e164.len().saturating_sub(SEARCHED)..).unwrap_or(e164).trim_start_matches('+');
    let query = [("query", wanted), ("limit", MOST_FOUND)];
    let found: Vec<Card> = api.list(&format!("v4/{}", kind.name()), &query, kind.name()).await?;
    // Written in a way that means nothing here.
    let is_like = |phone: &str| {
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        !phone.trim_start().starts_with('+') && digits.ends_with(wanted)
    };
    let is_it = |phone: &str| {
        let read = External::read(&PhoneNumber::new(phone), &access.policy.country);
        read.map_or_else(|| is_like(phone), |read| read == *number)
    };
    Ok(found.into_iter().filter(|card| card.phones().any(is_it)).collect())
}

/// What is made of a stranger, alone with their number.
pub(super) struct Stranger<'a> {
    access: Access<'a>,
    number: External,
    who: Digest,
    alone: OwnedMutexGuard<Remembered>,
}

impl<'a> Stranger<'a> {
    /// Waits until nobody else makes anything of them; what was made of them a moment ago, or is there by now.
    pub(super) async fn meet(
        connector: &KommoConnector,
        api: &Api<'_>,
        access: Access<'a>,
        message: &Message<'_>,
    ) -> Result<Result<Self, Bound>, CrmError> {
        let number = caller::lookable(access, message);
        let number = number.ok_or(CrmError::answered(0, Refused, UNNUMBERED))?;
        let alone = connector.strangers.alone(api.name(), &number, api.at).await;
        let who = strangers::who("kommo", &number);
        let known = alone.recall(api.at).and_then(Bound::parse);
        if let Some(made) = known {
            return Ok(Err(made));
        }
        if let Some(made) = access.makers.begin(&who).await?.as_deref().and_then(Bound::parse) {
            return Ok(Err(made));
        }
        let mut stranger = Self { access, number, who, alone };
        for kind in [Kind::Contact, Kind::Company] {
            if let Some(card) = named(api, access, kind, &stranger.number).await?.into_iter().next() {
                let there = Bound { kind, id: card.id };
                stranger.became(api, there).await?;
                return Ok(Err(there));
            }
        }
        Ok(Ok(stranger))
    }

    /// Their number.
    pub(super) const fn number(&self) -> &External {
        &self.number
    }

    /// Remembers what was made of them.
    pub(super) async fn became(&mut self, api: &Api<'_>, bound: Bound) -> Result<(), CrmError> {
        self.alone.remember(&bound.kept(), api.at);
        self.access.makers.made(&self.who, &bound.kept()).await
    }
}

/// Makes the contact of a stranger, named by the number until somebody learns the name.
pub(super) async fn make(
    api: &Api<'_>,
    mut stranger: Stranger<'_>,
    user: Option<u64>,
) -> Result<Bound, CrmError> {
    let mut contact = json!({
        "name": stranger.number().e164(),
        "custom_fields_values": [phone(stranger.number().e164())],
    });
    if let Some(user) = user {
        contact["responsible_user_id"] = json!(user);
    }
    let made: Made = api.make("v4/contacts", contact, Kind::Contact.name()).await?;
    let bound = Bound { kind: Kind::Contact, id: made.id };
    stranger.became(api, bound).await?;
    Ok(bound)
}

/// A telephone number as a card keeps it.
pub(super) fn phone(number: &str) -> Value {
    json!({ "field_code": "PHONE", "values": [{ "value": number, "enum_code": "WORK" }] })
}
