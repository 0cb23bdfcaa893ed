//! Whose call it is in HubSpot: a contact with that number, found in one search by every way of writing it, chosen by
//! the policy, made once (docs/hubspot.md §4).

use serde_json::{Value, json};

use super::HubSpotConnector;
use super::request::Api;
use super::wire::{Id, OWNER, Object, Page, objects};
use crate::clock::Timestamp;
use crate::crm::caller::{self, Found};
use crate::crm::number::External;
use crate::crm::strangers;
use crate::crm::{Access, CrmError, Message};
use crate::model::call::Direction;
use crate::model::connection::UnknownContact;
use crate::model::number::PhoneNumber;

/// Where a contact's numbers stand as people wrote them.
const PHONES: [&str; 2] = ["phone", "mobilephone"];
/// Where HubSpot keeps them without punctuation and country.
const CALCULATED: [&str; 2] =
    ["hs_searchable_calculated_phone_number", "hs_searchable_calculated_mobile_number"];
/// So many contacts of one number are looked at.
const MOST: u32 = 50;

/// What a look-up came to.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// The contact.
    pub(super) contact: Option<Id>,
    /// Whose it is.
    pub(super) owner: Option<Id>,
    /// Whether several have the number, of whom the policy chooses none.
    pub(super) undecided: bool,
}

/// Looks it up, and makes it where the policy says so: one search, and one request more for a stranger.
pub(super) async fn find(
    connector: &HubSpotConnector,
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    user: Option<&Id>,
) -> Result<Looked, CrmError> {
    let Some(number) = caller::lookable(access, message) else { return Ok(Looked::default()) };
    let makes = access.policy.unknown_contact != UnknownContact::Ignore;
    // Whoever makes contacts looks and makes alone: two calls of one stranger end at the same time.
    let mut alone =
        if makes { Some(connector.strangers.alone(&api.name, &number, api.at).await) } else { None };
    let found = named(api, &number, access).await?;
    match Found::of(found, access.policy) {
        Found::Nobody => {}
        Found::One(one) => return Ok(looked(&one)),
        Found::Latest(several) => return Ok(several.first().map(looked).unwrap_or_default()),
        Found::Undecided => return Ok(Looked { undecided: true, ..Looked::default() }),
    }
    let Some(made) = alone.as_mut() else { return Ok(Looked::default()) };
    let known =
        |id: &str| Id::parse(id).map(|contact| Looked { contact: Some(contact), ..Looked::default() });
    if let Some(known) = made.recall(api.at).and_then(known) {
        return Ok(known);
    }
    let who = strangers::who("contacts", &number);
    if let Some(known) = access.makers.begin(&who).await?.as_deref().and_then(known) {
        return Ok(known);
    }
    let new: Object = api.post(&objects("contacts"), &stranger(access, message, &number, user)).await?;
    made.remember(new.id.as_str(), api.at);
    access.makers.made(&who, new.id.as_str()).await?;
    Ok(Looked { contact: Some(new.id), ..Looked::default() })
}

/// Those who have the number, the one changed last first. What HubSpot keeps without a country may be another's.
async fn named(api: &Api<'_>, number: &External, access: Access<'_>) -> Result<Vec<Object>, CrmError> {
    let spellings = number.spellings();
    let written = PHONES.map(|name| (name, json!(spellings)));
    let calculated = CALCULATED.map(|name| (name, json!([number.significant()])));
    let groups: Vec<_> = written
        .into_iter()
        .chain(calculated)
        .map(|(name, values)| json!({ "filters": [{ "propertyName": name, "operator": "IN", "values": values }] }))
        .collect();
    let wanted = json!({
        "filterGroups": groups,
        "sorts": [],
        "properties": [PHONES[0], PHONES[1], OWNER],
        "limit": MOST,
        "after": "0",
    });
    let page: Page<Object> = api.search(&format!("{}/search", objects("contacts")), &wanted).await?;
    let is_it = |one: &Object| {
        let phones: Vec<_> = PHONES.iter().filter_map(|name| one.text(name)).collect();
        let read = |phone: &str| External::read(&PhoneNumber::new(phone), &access.policy.country);
        let other = |phone: &&str| read(phone).is_some_and(|read| read != *number);
        phones.is_empty() || !phones.iter().all(other)
    };
    let mut found: Vec<_> = page.results.into_iter().filter(is_it).collect();
    let changed = |one: &Object| Timestamp::parse_rfc3339(&one.updated_at).unwrap_or_default();
    found.sort_by_key(|one| std::cmp::Reverse(changed(one)));
    Ok(found)
}

fn looked(contact: &Object) -> Looked {
    Looked {
        contact: Some(contact.id.clone()),
        owner: contact.text(OWNER).and_then(Id::parse),
        undecided: false,
    }
}

/// A contact of a stranger. A lead is one at that stage of its life: HubSpot's own leads stand on a contact, and not
/// every account has them.
fn stranger(access: Access<'_>, message: &Message<'_>, number: &External, user: Option<&Id>) -> Value {
    let name = match message.record.direction {
        Direction::Inbound => "Caller",
        Direction::Outbound => "Called",
    };
    let mut properties = json!({ "firstname": name, "lastname": number.e164(), "phone": number.e164() });
    if let Some(user) = user {
        properties[OWNER] = json!(user.as_str());
    }
    if access.policy.unknown_contact == UnknownContact::Lead {
        properties["lifecyclestage"] = json!("lead");
        properties["hs_lead_status"] = json!("NEW");
    }
    json!({ "properties": properties, "associations": [] })
}
