//! Whose call it is in BottleCRM: a contact or else an open lead with that number, chosen by the policy, made once
//! (docs/bottlecrm.md §4).

use futures_util::future::try_join_all;
use serde_json::{Value, json};

use super::BottleCrmConnector;
use super::answer::Failure;
use super::people::{Everybody, Person};
use super::request::Api;
use super::wire::{Created, Details, Duplicate, Duplicates, Id, Record};
use crate::clock::Timestamp;
use crate::crm::caller::{self, Found};
use crate::crm::number::External;
use crate::crm::strangers;
use crate::crm::{Access, CrmError, Message};
use crate::model::call::Direction;
use crate::model::connection::UnknownContact;
use crate::model::delivery::AttemptClass::Refused;
use crate::model::number::PhoneNumber;

const UNNUMBERED: &str = "not logged: BottleCRM keeps calls with a contact or lead, and there is no outside number to \
                          find one by";
const UNKNOWN: &str = "not logged: BottleCRM keeps calls with a contact or lead, and knows nobody with this number; \
                       the policy can have contacts or leads made";
const UNDECIDED: &str = "not logged: several share this number, and the policy chooses none of them";
const OWN: &str = "not logged: the number is a colleague's own";

/// A kind of record that calls are logged with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A person.
    Contact,
    /// An enquiry.
    Lead,
}

impl Kind {
    /// Its name in an interaction.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Lead => "lead",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Contact => "contacts",
            Self::Lead => "leads",
        }
    }

    /// Reads [`Kind::name`].
    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Contact, Self::Lead].into_iter().find(|kind| kind.name() == text)
    }
}

/// What a call is logged with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bound(Kind, Id);

impl Bound {
    /// The kind's name in an interaction.
    pub(super) const fn kind(&self) -> &'static str {
        self.0.name()
    }

    /// The contact's or lead's id.
    pub(super) const fn id(&self) -> &Id {
        &self.1
    }

    /// As it is kept: `contact:ID`.
    pub(super) fn kept(&self) -> String {
        format!("{}:{}", self.kind(), self.1.as_str())
    }

    /// Reads [`Bound::kept`].
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':')?;
        Some(Self(Kind::parse(kind)?, Id::parse(id)?))
    }
}

/// What a look-up came to.
#[derive(Debug)]
pub(super) enum Looked {
    /// This one, and whose it is.
    Bound(Bound, Option<Id>),
    /// Nobody, and one is to be made.
    Make(Kind),
    /// Nobody, and why that is the end of it.
    Nobody(&'static str),
}

/// Looks it up: two requests, or three where a lead may be meant; where one of several is, they are read side by side.
pub(super) async fn find(
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    everybody: &Everybody,
) -> Result<Looked, CrmError> {
    let Some(number) = caller::lookable(access, message) else { return Ok(Looked::Nobody(UNNUMBERED)) };
    if everybody.owns(&number, &access.policy.country) {
        return Ok(Looked::Nobody(OWN));
    }
    for kind in [Kind::Contact, Kind::Lead] {
        let ids = named(api, kind, &number, access).await?;
        let several = match Found::of(ids, access.policy) {
            Found::Nobody => continue,
            Found::One(one) if !caller::wants_owner(access, message) => {
                return Ok(Looked::Bound(Bound(kind, one), None));
            }
            Found::One(one) => vec![one],
            Found::Latest(several) => several,
            Found::Undecided => return Ok(Looked::Nobody(UNDECIDED)),
        };
        if let Some(record) = latest(api, kind, &several).await? {
            let owner = record.assigned_to.into_iter().next().map(|owner| owner.id);
            return Ok(Looked::Bound(Bound(kind, record.id), owner));
        }
    }
    Ok(match access.policy.unknown_contact {
        UnknownContact::Ignore => Looked::Nobody(UNKNOWN),
        UnknownContact::Contact => Looked::Make(Kind::Contact),
        UnknownContact::Lead => Looked::Make(Kind::Lead),
    })
}

/// Those of a kind who have the number. BottleCRM compares the last ten digits too, which a number of another country
/// may share.
async fn named(
    api: &Api<'_>,
    kind: Kind,
    number: &External,
    access: Access<'_>,
) -> Result<Vec<Id>, CrmError> {
    let path = format!("{}/duplicates/", kind.path());
    let found: Result<Duplicates, _> = api.post(&path, &json!({ "phone": number.e164() })).await;
    let found = match found {
        Ok(found) => found.duplicates,
        // An organisation may do without leads: then there are none.
        Err(Failure::Missing(_)) if kind == Kind::Lead => Vec::new(),
        Err(failure) => return Err(failure.into()),
    };
    let is_it = |one: &Duplicate| {
        let phone = one.phone.as_deref().unwrap_or_default().trim();
        let abroad = phone.starts_with('+') || phone.starts_with("00");
        let read = External::read(&PhoneNumber::new(phone), &access.policy.country);
        !abroad || read.is_none_or(|read| read == *number)
    };
    Ok(found.into_iter().filter(is_it).map(|one| one.id).collect())
}

/// The one that was changed last; one that has gone meanwhile is not chosen.
async fn latest(api: &Api<'_>, kind: Kind, ids: &[Id]) -> Result<Option<Record>, CrmError> {
    let read = ids.iter().map(async |id| {
        let details: Result<Details, _> = api.get(&format!("{}/{}/", kind.path(), id.as_str()), &[]).await;
        match details {
            Ok(details) => Ok(Some(details.record)),
            Err(Failure::Missing(_)) => Ok(None),
            Err(Failure::Crm(error)) => Err(error),
        }
    });
    let read = try_join_all(read).await?;
    let changed = |record: &Record| Timestamp::parse_rfc3339(&record.updated_at).unwrap_or_default();
    Ok(read.into_iter().flatten().max_by_key(changed))
}

/// Makes one, alone with that number, unless it is there by now.
pub(super) async fn make(
    connector: &BottleCrmConnector,
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    kind: Kind,
    person: Option<&Person>,
) -> Result<Bound, CrmError> {
    let number = caller::lookable(access, message);
    let number = number.ok_or(CrmError::answered(0, Refused, UNNUMBERED))?;
    let _alone = connector.strangers.alone(&api.name, &number, api.at).await;
    let who = strangers::who(kind.path(), &number);
    if let Some(made) = access.makers.begin(&who).await?.and_then(|made| Id::parse(&made)) {
        return Ok(Bound(kind, made));
    }
    if let Some(made) = named(api, kind, &number, access).await?.into_iter().next() {
        access.makers.made(&who, made.as_str()).await?;
        return Ok(Bound(kind, made));
    }
    let fields = fields(kind, &number, message.record.direction, person);
    let made: Created = api.post(&format!("{}/", kind.path()), &fields).await?;
    access.makers.made(&who, made.id.as_str()).await?;
    Ok(Bound(kind, made.id))
}

/// A name is asked for: this one is found by the number, and changed by whoever learns it.
fn fields(kind: Kind, number: &External, direction: Direction, person: Option<&Person>) -> Value {
    let name = match direction {
        Direction::Inbound => "Caller",
        Direction::Outbound => "Called",
    };
    let mut fields = json!({ "first_name": name, "last_name": number.e164(), "phone": number.e164() });
    if let Some(person) = person {
        fields["assigned_to"] = json!([person.id()]);
    }
    if kind == Kind::Lead {
        fields["title"] = json!(format!("{name} {}", number.e164()));
        fields["status"] = json!("assigned");
    }
    fields
}
