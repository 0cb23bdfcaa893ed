//! One call's way into HubSpot: whose it is, then the call under a key of ours, made with what it belongs to and changed
//! by the same key from then on; its recording is announced last (docs/hubspot.md §3).

use serde_json::json;

use super::answer::Failure;
use super::request::Api;
use super::wire::{ASSOCIATIONS, Id, KEY, Object, VERSION, object, objects};
use super::{HubSpotConnector, contact, fields, people, property};
use crate::crm::number::External;
use crate::crm::{Access, CrmError, Message, Receipt, Step, caller};
use crate::model::call::RecordKind;
use crate::model::delivery::Progress;
use crate::model::ids::CrmUserId;
use crate::model::secret::Digest;

/// Whose the call is: the mapped owner, and the contact's.
const USER: &str = "user";
const OWNER: &str = "owner";
/// The contact that the number leads to, the one that the call is tied to, and a digest of the number.
const CONTACT: &str = "contact";
const TIED: &str = "tied";
const NUMBER: &str = "number";
/// Several have the number.
const SEVERAL: &str = "several";
/// Our part of the text that stands there.
const BODY: &str = "body";

/// Steps of one revision.
const FOUND: &str = "contact";
const MADE_KEY: &str = "property";
const THERE: &str = "there";
const WRITTEN: &str = "written";
const READY: &str = "recording";
const LOST: &str = "lost";

const UNMAPPED: &str = "no user is mapped: the call is logged without an owner";
const UNKNOWN_USER: &str = "the mapped user is none of HubSpot's owners: the call is logged without an owner";
const UNDECIDED: &str =
    "several contacts share this number, and the policy chooses none of them: the call stands alone";
const UNHEARD: &str = "HubSpot did not take the recording: give the application its recording endpoint there, or \
                       connect by a private application's token";

/// The next step of a record.
pub(super) async fn step(
    connector: &HubSpotConnector,
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    progress: &Progress,
) -> Result<Step, CrmError> {
    if message.kind == RecordKind::Withdrawn {
        take_away(api, message, progress).await?;
        return Ok(done(204, Progress::default(), None));
    }
    let same = progress.id(NUMBER) == Some(number(access, message).as_str());
    let is_found = progress.is_done(FOUND) || (same && progress.id(CONTACT).is_some());
    if !is_found {
        return find(connector, api, access, message, progress).await.map(Step::Next);
    }
    if !progress.is_done(USER) {
        return Ok(Step::Next(user(api, message, progress).await?));
    }
    if !progress.is_done(WRITTEN) {
        return write(api, access, message, progress).await;
    }
    complete(api, message, progress, 200).await
}

/// Finds whose call it is.
async fn find(
    connector: &HubSpotConnector,
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    progress: &Progress,
) -> Result<Progress, CrmError> {
    let progress = user(api, message, progress).await?;
    let mapped = progress.id(USER).and_then(Id::parse);
    let looked = contact::find(connector, api, access, message, mapped.as_ref()).await?;
    let owner = looked.owner.filter(|_| caller::wants_owner(access, message));
    let mut next = without(&progress, &[CONTACT, OWNER, SEVERAL]);
    for (name, value) in [
        (CONTACT, looked.contact.map(|contact| contact.as_str().to_owned())),
        (OWNER, owner.map(|owner| owner.as_str().to_owned())),
        (SEVERAL, looked.undecided.then(|| "1".to_owned())),
        (NUMBER, Some(number(access, message))),
    ] {
        if let Some(value) = value {
            next = next.with_id(name, value);
        }
    }
    Ok(next.with_done(FOUND))
}

/// The mapped owner: by their id, or by their e-mail address.
async fn user(api: &Api<'_>, message: &Message<'_>, progress: &Progress) -> Result<Progress, CrmError> {
    let next = without(progress, &[USER]).with_done(USER);
    let Some(user) = message.crm_user.map(CrmUserId::as_str) else { return Ok(next) };
    let found = match Id::parse(user) {
        Some(id) => Some(id),
        None if user.contains('@') => people::by_email(api, user).await?,
        None => None,
    };
    Ok(match found {
        Some(id) => next.with_id(USER, id.as_str()),
        None => next,
    })
}

/// Makes the call, or changes the one that is there or may be there.
async fn write(
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    progress: &Progress,
) -> Result<Step, CrmError> {
    let owner = progress.id(OWNER).or(progress.id(USER)).and_then(Id::parse);
    let contact = progress.id(CONTACT).and_then(Id::parse);
    let properties = fields::properties(access, message, owner.as_ref(), api.grant);
    let fresh =
        progress.id(Progress::RECORD).is_none() && !message.perhaps_delivered && !progress.is_done(THERE);
    let (written, tied) = if fresh {
        let new = fields::new(&properties, contact.as_ref());
        (api.post::<Object>(&objects("calls"), &new).await, contact.as_ref().map(Id::as_str))
    } else {
        let input = fields::upsert(message, &properties, progress.id(BODY));
        let written = api.batch(&format!("{}/batch/upsert", objects("calls")), &input).await;
        let anew = written.as_ref().is_ok_and(|call| {
            call.new || progress.id(Progress::RECORD).is_some_and(|known| known != call.id.as_str())
        });
        (written, progress.id(TIED).filter(|_| !anew))
    };
    match written {
        Ok(call) => {
            let mut next = without(progress, &[TIED])
                .with_id(Progress::RECORD, call.id.as_str())
                .with_id(BODY, fields::body_mark(&properties))
                .with_done(WRITTEN);
            if let Some(tied) = tied {
                next = next.with_id(TIED, tied);
            }
            if fresh && !wants_ready(api, message) {
                return complete(api, message, &next, 201).await;
            }
            Ok(Step::Next(next))
        }
        // An earlier attempt, of which nothing was learnt, had made it.
        Err(Failure::Exists(_)) if fresh => Ok(Step::Next(progress.clone().with_done(THERE))),
        Err(Failure::NoKey(_)) if !progress.is_done(MADE_KEY) => {
            property::ensure(api).await?;
            Ok(Step::Next(progress.clone().with_done(MADE_KEY)))
        }
        Err(failure) => lost(progress, failure),
    }
}

/// Ties the call to its contact and announces its recording, one request a step.
async fn complete(
    api: &Api<'_>,
    message: &Message<'_>,
    progress: &Progress,
    status: u16,
) -> Result<Step, CrmError> {
    let (contact, tied) = (progress.id(CONTACT), progress.id(TIED));
    let call = progress.id(Progress::RECORD).and_then(Id::parse);
    let call = call.ok_or(CrmError::Unreadable { status })?;
    let ties = |middle: &str, contact: &str| {
        format!("crm/{ASSOCIATIONS}/objects/calls/{}/associations/{middle}contacts/{contact}", call.as_str())
    };
    if let Some(before) = tied.filter(|tied| contact != Some(*tied)) {
        api.delete(&ties("", before)).await?;
        return Ok(Step::Next(without(progress, &[TIED])));
    }
    if let (Some(contact), None) = (contact, tied) {
        return match api.tie(&ties("default/", contact)).await {
            Ok(()) => Ok(Step::Next(progress.clone().with_id(TIED, contact))),
            Err(failure) => lost(progress, failure),
        };
    }
    let mut remark = remark(message, progress);
    if wants_ready(api, message) && !progress.is_done(READY) {
        let number: u64 = call.as_str().parse().unwrap_or_default();
        let path = format!("crm/{VERSION}/extensions/calling/recordings/ready");
        match api.tell(&path, &json!({ "engagementId": number })).await {
            Ok(()) => {}
            // An application without an endpoint for recordings may not: the call stands there all the same.
            Err(failure) if is_final(&failure) => remark = Some(UNHEARD),
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(done(status, progress.clone(), remark))
}

fn wants_ready(api: &Api<'_>, message: &Message<'_>) -> bool {
    api.is_application() && message.recording_url.is_some()
}

fn is_final(failure: &Failure) -> bool {
    match failure {
        Failure::Crm(error) => error.status().is_some_and(|status| matches!(status, 400 | 403 | 422)),
        Failure::Missing(_) | Failure::Exists(_) | Failure::NoKey(_) => true,
        Failure::Token { .. } => false,
    }
}

/// What the call was to be tied to, or what it was, has gone meanwhile: it is looked for once more.
fn lost(progress: &Progress, failure: Failure) -> Result<Step, CrmError> {
    if matches!(failure, Failure::Missing(_)) && !progress.is_done(LOST) {
        let mut next = without(progress, &[CONTACT, OWNER, NUMBER, TIED]);
        next.done.retain(|step| step == MADE_KEY || step == THERE);
        return Ok(Step::Next(next.with_done(LOST)));
    }
    Err(failure.into())
}

/// Archives what stands there, or may stand there.
async fn take_away(api: &Api<'_>, message: &Message<'_>, progress: &Progress) -> Result<(), CrmError> {
    let mut ids: Vec<_> = progress.id(Progress::RECORD).and_then(Id::parse).into_iter().collect();
    if message.perhaps_delivered || ids.is_empty() {
        let path = format!("{}/{}", objects("calls"), message.record.record_id);
        match api.get::<Object>(&path, &[("idProperty", KEY)]).await {
            Ok(found) if !ids.contains(&found.id) => ids.push(found.id),
            Ok(_) | Err(Failure::Missing(_) | Failure::NoKey(_)) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    for id in ids {
        api.delete(&object("calls", &id)).await?;
    }
    Ok(())
}

/// What a person should know of how the call stands there.
fn remark(message: &Message<'_>, progress: &Progress) -> Option<&'static str> {
    if progress.id(SEVERAL).is_some() {
        return Some(UNDECIDED);
    }
    if progress.id(OWNER).or(progress.id(USER)).is_some() {
        return None;
    }
    Some(if message.crm_user.is_some() { UNKNOWN_USER } else { UNMAPPED })
}

/// What tells one number from another, without telling it.
fn number(access: Access<'_>, message: &Message<'_>) -> String {
    let number = caller::lookable(access, message);
    Digest::of(number.as_ref().map(External::e164).unwrap_or_default().as_bytes()).short_hex(8)
}

fn without(progress: &Progress, names: &[&str]) -> Progress {
    let mut left = progress.clone();
    left.ids.retain(|name, _| !names.contains(&name.as_str()));
    left
}

fn done(status: u16, progress: Progress, remark: Option<&'static str>) -> Step {
    Step::Done(Receipt { status, progress, remark })
}
