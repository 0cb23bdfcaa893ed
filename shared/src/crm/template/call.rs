//! One call's way into a CRM that a template describes: whose it is, then one record there, made once and changed from then
//! on. What may have arrived is looked for, unless the CRM knows our key (docs/templates.md §1).

use super::TemplateConnector;
use super::answer::Failure;
use super::document::{Make, Template};
use super::request::{Api, id};
use super::values::Values;
use crate::crm::caller::{self, Found};
use crate::crm::number::External;
use crate::crm::{Access, CrmError, Message, Receipt, Step, strangers};
use crate::model::call::RecordKind;
use crate::model::connection::UnknownContact;
use crate::model::delivery::Progress;

/// Whose it is.
const CONTACT: &str = "contact";
/// Steps of one revision.
const FOUND: &str = "contact";
const WRITTEN: &str = "written";

const KEPT: &str = "the template changes no call that the CRM has: it stands there as it was told first";
const TAKEN_BACK: &str =
    "the template removes no call that the CRM has: it stands there as it was told first";
const UNNUMBERED: &str =
    "not logged: the template wants a contact, and there is no outside number to find one by";
const UNKNOWN: &str = "not logged: the template wants a contact, and the CRM knows nobody with this number";
const UNDECIDED: &str = "not logged: several share this number, and the policy chooses none of them";

/// Who the number leads to.
enum Whose {
    Contact(String),
    Nobody(&'static str),
}

/// The next step of a record.
pub(super) async fn step(
    connector: &TemplateConnector,
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    progress: &Progress,
) -> Result<Step, CrmError> {
    let template = api.template;
    if message.kind == RecordKind::Withdrawn {
        return take_away(api, access, message, progress).await;
    }
    if progress.is_done(WRITTEN) {
        return Ok(done(progress.clone(), None));
    }
    let known = progress.id(Progress::RECORD);
    if template.contact.is_some() && known.is_none() && !progress.is_done(FOUND) {
        return find(connector, api, access, message, progress).await;
    }
    let values = Values::of(template, access, message).with(progress.id(CONTACT), None);
    let there = match known {
        Some(known) => Some(known.to_owned()),
        None if message.perhaps_delivered => look(api, &values).await?,
        None => None,
    };
    if let Some(there) = there {
        return change(api, message, progress, values, there).await;
    }
    let made = make(api, &template.create, &values).await?;
    Ok(Step::Next(progress.clone().with_id(Progress::RECORD, made).with_done(WRITTEN)))
}

/// What is there is brought up to date, if the template says how; what a person removed is made anew.
async fn change(
    api: &Api<'_>,
    message: &Message<'_>,
    progress: &Progress,
    values: Values,
    there: String,
) -> Result<Step, CrmError> {
    let next = progress.clone().with_id(Progress::RECORD, there.as_str());
    let Some(update) = &api.template.update else {
        // Only of the first revision there is no doubt which one stands there.
        return Ok(done(next, (message.revision > 1).then_some(KEPT)));
    };
    match api.send(update, &values.with(None, Some(&there))).await {
        Ok(_) => Ok(Step::Next(next.with_done(WRITTEN))),
        Err(Failure::Missing(_)) if progress.id(Progress::RECORD).is_some() => {
            let mut next = next;
            next.ids.remove(Progress::RECORD);
            Ok(Step::Next(next))
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn find(
    connector: &TemplateConnector,
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    progress: &Progress,
) -> Result<Step, CrmError> {
    let mut next = progress.clone().with_done(FOUND);
    match whose(connector, api, access, message).await? {
        Whose::Contact(contact) => next = next.with_id(CONTACT, contact),
        Whose::Nobody(why) if api.template.contact_required => return Ok(done(progress.clone(), Some(why))),
        Whose::Nobody(_) => drop(next.ids.remove(CONTACT)),
    }
    Ok(Step::Next(next))
}

async fn whose(
    connector: &TemplateConnector,
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
) -> Result<Whose, CrmError> {
    let Some(number) = caller::lookable(access, message) else { return Ok(Whose::Nobody(UNNUMBERED)) };
    let values = Values::of(api.template, access, message);
    if let Some(found) = known(api, access, &values).await? {
        return Ok(found);
    }
    match (&api.template.make_contact, access.policy.unknown_contact) {
        (Some(stranger), UnknownContact::Contact | UnknownContact::Lead) => {
            let made = make_contact(connector, api, access, (stranger, &number), &values).await?;
            Ok(Whose::Contact(made))
        }
        (Some(_) | None, _) => Ok(Whose::Nobody(UNKNOWN)),
    }
}

/// Whom the CRM knows by the number; nothing: nobody.
async fn known(api: &Api<'_>, access: Access<'_>, values: &Values) -> Result<Option<Whose>, CrmError> {
    let Some(contact) = &api.template.contact else { return Ok(None) };
    let found = api.find(contact, values).await?;
    Ok(match Found::of(found, access.policy) {
        Found::Nobody => None,
        Found::One((id, _)) => Some(Whose::Contact(id)),
        Found::Latest(mut several) => {
            // The first of those that nothing tells apart.
            several.reverse();
            several.into_iter().max_by(|a, b| a.1.cmp(&b.1)).map(|(id, _)| Whose::Contact(id))
        }
        Found::Undecided => Some(Whose::Nobody(UNDECIDED)),
    })
}

/// Makes a stranger's contact, alone with that number.
async fn make_contact(
    connector: &TemplateConnector,
    api: &Api<'_>,
    access: Access<'_>,
    (stranger, number): (&Make, &External),
    values: &Values,
) -> Result<String, CrmError> {
    let mut place = connector.strangers.alone(&api.name, number, api.at).await;
    if let Some(made) = place.recall(api.at) {
        return Ok(made.to_owned());
    }
    let who = strangers::who(CONTACT, number);
    if let Some(made) = access.makers.begin(&who).await? {
        return Ok(made);
    }
    // Somebody may have made it until we were alone.
    let contact = match known(api, access, values).await? {
        Some(Whose::Contact(found)) => found,
        Some(Whose::Nobody(_)) | None => make(api, stranger, values).await?,
    };
    place.remember(&contact, api.at);
    access.makers.made(&who, &contact).await?;
    Ok(contact)
}

/// Looks whether an earlier attempt arrived. A CRM that knows our key is not asked: the repeat is the look.
async fn look(api: &Api<'_>, values: &Values) -> Result<Option<String>, CrmError> {
    let Some(look) = &api.template.look else { return Ok(None) };
    Ok(api.find(look, values).await?.into_iter().next().map(|(id, _)| id))
}

async fn make(api: &Api<'_>, make: &Make, values: &Values) -> Result<String, CrmError> {
    let answer = api.send(&make.request, values).await.map_err(CrmError::from)?;
    // Something was made, and nobody knows what: it is looked for.
    id(&answer, &make.id).ok_or(CrmError::Unreadable { status: 200 })
}

async fn take_away(
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    progress: &Progress,
) -> Result<Step, CrmError> {
    let values = Values::of(api.template, access, message).with(progress.id(CONTACT), None);
    let there = match progress.id(Progress::RECORD) {
        Some(known) => Some(known.to_owned()),
        None if message.perhaps_delivered => look(api, &values).await?,
        None => None,
    };
    let Some(there) = there else { return Ok(done(progress.clone(), None)) };
    let Some(remove) = &api.template.remove else { return Ok(done(progress.clone(), Some(TAKEN_BACK))) };
    match api.send(remove, &values.with(None, Some(&there))).await {
        Ok(_) | Err(Failure::Missing(_)) => {
            let mut progress = progress.clone();
            progress.ids.remove(Progress::RECORD);
            Ok(done(progress, None))
        }
        Err(failure) => Err(failure.into()),
    }
}

/// Whether a template removes what it made.
pub(super) const fn removes(template: &Template) -> bool {
    template.remove.is_some()
}

const fn done(progress: Progress, remark: Option<&'static str>) -> Step {
    Step::Done(Receipt { status: 200, progress, remark })
}
