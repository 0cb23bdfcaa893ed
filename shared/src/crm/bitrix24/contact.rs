//! Whose call it is in the CRM: looked up by every spelling of the number, chosen by the policy, created once.

use serde_json::{Value, json};

use super::Bitrix24Connector;
use super::answer::Failure;
use super::request::{Command, Portal};
use super::wire::{MEMBER, id};
use crate::clock::Timestamp;
use crate::crm::caller::{Found, lookable, wants_owner};
use crate::crm::number::External;
use crate::crm::strangers::{self, Made};
use crate::crm::{Access, CrmError, Message};
use crate::model::connection::UnknownContact;

/// What a call is bound to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bound {
    /// Kind and id, such as `CONTACT:797`.
    pub(super) entity: Option<String>,
    /// Whose that is.
    pub(super) owner: Option<u64>,
    /// Whether Bitrix24 may make a lead when the call is registered.
    pub(super) create: bool,
}

/// Looks it up. Two requests, or three where a contact is made.
pub(super) async fn find(
    connector: &Bitrix24Connector,
    portal: &Portal<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    user: u64,
) -> Result<Bound, CrmError> {
    let Some(number) = lookable(access, message) else { return Ok(Bound::default()) };
    let makes = access.policy.unknown_contact == UnknownContact::Contact;
    // Whoever makes contacts looks and makes alone: two calls of one stranger end at the same time.
    let portal_id = access.grant.and_then(|grant| grant.fact(MEMBER)).unwrap_or_default();
    let mut made =
        if makes { Some(connector.strangers.alone(portal_id, &number, message.at).await) } else { None };
    let commands = vec![
        Command {
            name: "found",
            method: "crm.duplicate.findbycomm",
            params: json!({ "type": "PHONE", "values": number.spellings() }),
        },
        Command {
            name: "own",
            method: "user.get",
            params: json!({ "FILTER": { "PERSONAL_MOBILE": number.e164() } }),
        },
    ];
    let mut results = portal.batch(commands, true).await?.into_iter();
    let mut next = || results.next().map_or(Ok(Value::Null), |(_, result)| result);
    let (found, own) = (next().map_err(CrmError::from)?, next().map_err(CrmError::from)?);
    if own.as_array().is_some_and(|own| !own.is_empty()) {
        // An employee's own telephone: no customer.
        return Ok(Bound::default());
    }
    let ids = |kind: &str| -> Vec<u64> {
        let ids = found.get(kind).and_then(Value::as_array);
        ids.into_iter().flatten().filter_map(id).collect()
    };
    match Found::of(ids("CONTACT"), access.policy) {
        Found::Nobody => {}
        Found::One(one) if !wants_owner(access, message) => return Ok(bound("CONTACT", one)),
        Found::One(one) => return latest(portal, &[one]).await.map_err(CrmError::from),
        Found::Latest(several) => return latest(portal, &several).await.map_err(CrmError::from),
        Found::Undecided => return Ok(Bound::default()),
    }
    if let Some(company) = ids("COMPANY").into_iter().max() {
        return Ok(bound("COMPANY", company));
    }
    if let Some(lead) = ids("LEAD").into_iter().max() {
        return Ok(bound("LEAD", lead));
    }
    match (access.policy.unknown_contact, made.as_mut()) {
        (UnknownContact::Lead, _) => Ok(Bound { create: true, ..Bound::default() }),
        (UnknownContact::Contact, Some(made)) => {
            make(portal, access, &number, (user, message.at), made).await
        }
        _ => Ok(Bound::default()),
    }
}

async fn latest(portal: &Portal<'_>, contacts: &[u64]) -> Result<Bound, Failure> {
    let wanted = json!({
        "filter": { "@ID": contacts },
        "order": { "DATE_MODIFY": "DESC" },
        "select": ["ID", "ASSIGNED_BY_ID", "DATE_MODIFY"],
    });
    let found = portal.call("crm.contact.list", wanted).await?;
    let first = found.as_array().and_then(|found| found.first());
    let chosen = first.and_then(|contact| Some((id(contact.get("ID")?)?, contact)));
    // One that the person who connected may not see is not chosen.
    Ok(chosen.map_or_else(Bound::default, |(chosen, contact)| Bound {
        owner: contact.get("ASSIGNED_BY_ID").and_then(id),
        ..bound("CONTACT", chosen)
    }))
}

async fn make(
    portal: &Portal<'_>,
    access: Access<'_>,
    number: &External,
    (user, at): (u64, Timestamp),
    made: &mut Made,
) -> Result<Bound, CrmError> {
    if let Some(known) = made.recall(at).and_then(|known| id(&json!(known))) {
        return Ok(bound("CONTACT", known));
    }
    let who = strangers::who("CONTACT", number);
    if let Some(known) = access.makers.begin(&who).await?.and_then(|known| id(&json!(known))) {
        return Ok(bound("CONTACT", known));
    }
    let fields = json!({ "fields": {
        "NAME": number.e164(),
        "PHONE": [{ "VALUE": number.e164(), "VALUE_TYPE": "WORK" }],
        "SOURCE_ID": "CALL",
        "ASSIGNED_BY_ID": user,
    } });
    let new = portal.call("crm.contact.add", fields).await.map_err(CrmError::from)?;
    let new = id(&new).ok_or(CrmError::Unreadable { status: 200 })?;
    made.remember(&new.to_string(), at);
    access.makers.made(&who, &new.to_string()).await?;
    Ok(bound("CONTACT", new))
}

fn bound(kind: &str, id: u64) -> Bound {
    Bound { entity: Some(format!("{kind}:{id}")), ..Bound::default() }
}
