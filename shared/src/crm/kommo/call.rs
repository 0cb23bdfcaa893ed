//! One call's way into Kommo: whose it is, then one note there, made once under a key of ours and changed from then on,
//! or an incoming lead that the call comes with. What may have arrived is looked for by its key before anything is made.

use std::time::Duration;

use super::KommoConnector;
use super::answer::Failure;
use super::contact::{self, Bound, Kind, Looked, Stranger};
use super::request::Api;
use super::wire::{Made, Note};
use super::{fields, lead};
use crate::crm::number::External;
use crate::crm::{Access, CrmError, Message, Receipt, Step, caller};
use crate::model::call::RecordKind;
use crate::model::delivery::Progress;
use crate::model::secret::Digest;

/// What the call is logged on, and whose that is.
const BOUND: &str = "bound";
const OWNER: &str = "owner";
/// A digest of the number that led there: a note can't be moved, so the call of another number is logged anew.
const NUMBER: &str = "number";
/// The key of a call that was logged anew.
const UNIQ: &str = "uniq";
/// The contact that an incoming lead came with; the call was logged by Kommo itself, on either.
const CAME_WITH: &str = "came_with";

/// Steps of one revision.
const FOUND: &str = "contact";
const MAKE: [(&str, Kind); 2] = [("make_contact", Kind::Contact), ("make_lead", Kind::Lead)];
const LOST: &str = "lost";

/// Notes of one page, and pages that are looked through.
const PAGE: usize = 250;
const MOST_PAGES: usize = 4;
/// So far before a call its own note can't have been written, whatever the clocks say.
const BEFORE: Duration = Duration::from_hours(24);

const UNMAPPED: &str = "no user is mapped: the call is logged without a name";
const STANDS: &str = "Kommo logged the call with its incoming lead, and it stands there as it was told first";
const TAKEN_BACK: &str =
    "Kommo takes back no call that it has logged: it is marked there as one that does not hold";

/// The next step of a record.
pub(super) async fn step(
    connector: &KommoConnector,
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    progress: &Progress,
) -> Result<Step, CrmError> {
    if message.kind == RecordKind::Withdrawn {
        let marked = take_back(api, access, message, progress).await?;
        return Ok(done(200, progress.clone(), marked.then_some(TAKEN_BACK)));
    }
    let number = number(access, message);
    if progress.id(NUMBER).is_some_and(|before| before != number) {
        take_back(api, access, message, progress).await?;
        let mut anew = without(progress, &[BOUND, OWNER, NUMBER, CAME_WITH, Progress::RECORD]);
        anew.done.clear();
        let key = format!("{}.{}", message.record.record_id, message.revision);
        return Ok(Step::Next(anew.with_id(UNIQ, key)));
    }
    match bound(message, progress) {
        Some(bound) => write(api, access, message, progress, bound).await,
        None => find(connector, api, access, message, progress).await,
    }
}

/// What the call is logged on. What may have arrived is looked for there, whoever the number leads to by now.
fn bound(message: &Message<'_>, progress: &Progress) -> Option<Bound> {
    let known = progress.id(Progress::RECORD).or(progress.id(CAME_WITH)).is_some();
    let stays = progress.is_done(FOUND) || known || message.perhaps_delivered;
    progress.id(BOUND).filter(|_| stays).and_then(Bound::parse)
}

/// Finds what the call is logged on, or has it made.
async fn find(
    connector: &KommoConnector,
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    progress: &Progress,
) -> Result<Step, CrmError> {
    let next = without(progress, &[BOUND, OWNER, CAME_WITH, Progress::RECORD])
        .with_id(NUMBER, number(access, message));
    let to_make = MAKE.iter().find(|(step, _)| progress.is_done(step)).map(|(_, kind)| *kind);
    let bound = match to_make {
        Some(Kind::Lead) => return come(connector, api, access, message, next).await,
        Some(_) => match Stranger::meet(connector, api, access, message).await? {
            Ok(stranger) => contact::make(api, stranger, fields::user(message)?).await?,
            Err(there) => there,
        },
        None => match contact::find(api, access, message).await? {
            Looked::Bound(bound, owner) => {
                let owned = owner.map(|owner| next.clone().with_id(OWNER, owner.to_string()));
                return Ok(Step::Next(owned.unwrap_or(next).with_id(BOUND, bound.kept()).with_done(FOUND)));
            }
            Looked::Nobody(why) => return Ok(done(200, without(&next, &[NUMBER]), Some(why))),
            Looked::Make(kind) => {
                let steps = MAKE.iter().filter(|(_, makes)| *makes == kind);
                return Ok(Step::Next(steps.fold(next, |next, (step, _)| next.with_done(step))));
            }
        },
    };
    Ok(Step::Next(next.with_id(BOUND, bound.kept()).with_done(FOUND)))
}

/// A stranger calls: the incoming lead, unless it is there already or they have just become somebody.
async fn come(
    connector: &KommoConnector,
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    next: Progress,
) -> Result<Step, CrmError> {
    let uniq = key(message, &next);
    let user = fields::user(message)?;
    let came = if message.perhaps_delivered { lead::look(api, &uniq).await? } else { None };
    let came = match came {
        Some(came) => came,
        None => match Stranger::meet(connector, api, access, message).await? {
            Ok(stranger) => lead::make(api, message, stranger, user, &uniq).await?,
            Err(there) => return Ok(Step::Next(next.with_id(BOUND, there.kept()).with_done(FOUND))),
        },
    };
    let contact = came.contact.map_or_else(String::new, |contact| contact.to_string());
    let kept = next.with_id(BOUND, came.lead.kept()).with_id(CAME_WITH, contact);
    Ok(done(200, kept, user.is_none().then_some(UNMAPPED)))
}

/// Makes the note, or changes the one that is there.
async fn write(
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    progress: &Progress,
    bound: Bound,
) -> Result<Step, CrmError> {
    let uniq = key(message, progress);
    let (user, remark) = responsible(access, message, progress)?;
    let place = match progress.id(Progress::RECORD).and_then(|note| note.parse().ok()) {
        Some(note) => Some((bound, note)),
        None if progress.id(CAME_WITH).is_some() => {
            match look_around(api, message, progress, bound, &uniq).await? {
                Some(place) => Some(place),
                None => return Ok(done(200, progress.clone(), Some(STANDS))),
            }
        }
        None if message.perhaps_delivered => match look(api, message, bound, &uniq).await {
            Ok(found) => found.map(|note| (bound, note)),
            Err(failure) => return lost(progress, failure),
        },
        None => None,
    };
    let Some(place) = place else {
        let path = format!("v4/{}/notes", bound.kind.name());
        let new = fields::new(access, message, user, bound, &uniq);
        return match api.make::<Made>(&path, new, "notes").await {
            Ok(made) => Ok(done(200, kept(progress, (bound, made.id)), remark)),
            Err(Failure::Twice(status)) => match look(api, message, bound, &uniq).await? {
                Some(note) => Ok(Step::Next(kept(progress, (bound, note)))),
                None => Err(Failure::Twice(status).into()),
            },
            Err(failure) => lost(progress, failure),
        };
    };
    let changed = fields::changed(access, message, user, place, &uniq);
    match api.change(&format!("v4/{}/notes", place.0.kind.name()), changed).await {
        Ok(()) => Ok(done(200, kept(progress, place), remark)),
        // Somebody removed it, or what it was on.
        Err(Failure::Missing(status)) => {
            lost(&without(progress, &[CAME_WITH, Progress::RECORD]), Failure::Missing(status))
        }
        Err(failure) => Err(failure.into()),
    }
}

/// What a call was to be logged on has gone, or is not visible: it is looked for once more.
fn lost(progress: &Progress, failure: Failure) -> Result<Step, CrmError> {
    if progress.is_done(LOST) || !matches!(failure, Failure::Missing(_)) {
        return Err(failure.into());
    }
    let mut next = without(progress, &[BOUND, OWNER]);
    next.done.clear();
    Ok(Step::Next(next.with_done(LOST)))
}

/// The note of a call that Kommo logged with an incoming lead: it stands on the lead or on the contact.
async fn look_around(
    api: &Api<'_>,
    message: &Message<'_>,
    progress: &Progress,
    lead: Bound,
    uniq: &str,
) -> Result<Option<(Bound, u64)>, CrmError> {
    let contact = progress.id(CAME_WITH).and_then(|contact| contact.parse().ok());
    let contact = contact.map(|id| Bound { kind: Kind::Contact, id });
    for place in [Some(lead), contact].into_iter().flatten() {
        match look(api, message, place, uniq).await {
            Ok(Some(note)) => return Ok(Some((place, note))),
            // Whoever declines a lead takes it away.
            Ok(None) | Err(Failure::Missing(_)) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(None)
}

/// The note with that key.
async fn look(
    api: &Api<'_>,
    message: &Message<'_>,
    bound: Bound,
    uniq: &str,
) -> Result<Option<u64>, Failure> {
    let path = format!("v4/{}/{}/notes", bound.kind.name(), bound.id);
    let since = (message.record.started_at - BEFORE).secs().to_string();
    let limit = PAGE.to_string();
    for page in 1..=MOST_PAGES {
        let page = page.to_string();
        let query = [
            ("filter[note_type][]", fields::note_type(message)),
            ("filter[updated_at][from]", since.as_str()),
            ("limit", limit.as_str()),
            ("page", page.as_str()),
        ];
        let notes: Vec<Note> = api.list(&path, &query, "notes").await?;
        let last = notes.len() < PAGE;
        let found = notes.iter().find(|note| note.uniq() == Some(uniq)).map(|note| note.id);
        if last || found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Marks what stands there, or may stand there, as what does not hold; whether anything does.
async fn take_back(
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    progress: &Progress,
) -> Result<bool, CrmError> {
    let Some(bound) = progress.id(BOUND).and_then(Bound::parse) else { return Ok(false) };
    let uniq = key(message, progress);
    let known = progress.id(Progress::RECORD).and_then(|note| note.parse().ok());
    let came = progress.id(CAME_WITH).is_some();
    let place = match known {
        Some(note) => Some((bound, note)),
        None if came || message.perhaps_delivered => {
            look_around(api, message, progress, bound, &uniq).await?
        }
        None => None,
    };
    let Some(place) = place else { return Ok(came) };
    let marked = fields::withdrawn(access, message, place, &uniq);
    match api.change(&format!("v4/{}/notes", place.0.kind.name()), marked).await {
        Ok(()) => Ok(true),
        Err(Failure::Missing(_)) => Ok(false),
        Err(failure) => Err(failure.into()),
    }
}

/// Who answers for the call, and what a person should know if nobody does.
fn responsible(
    access: Access<'_>,
    message: &Message<'_>,
    progress: &Progress,
) -> Result<(Option<u64>, Option<&'static str>), CrmError> {
    let owner = progress.id(OWNER).filter(|_| caller::wants_owner(access, message));
    if let Some(owner) = owner.and_then(|owner| owner.parse().ok()) {
        return Ok((Some(owner), None));
    }
    let user = fields::user(message)?;
    Ok((user, user.is_none().then_some(UNMAPPED)))
}

/// What Kommo knows the call by.
fn key(message: &Message<'_>, progress: &Progress) -> String {
    progress.id(UNIQ).map_or_else(|| message.record.record_id.to_string(), str::to_owned)
}

/// What tells one number from another, without telling it.
fn number(access: Access<'_>, message: &Message<'_>) -> String {
    let number = caller::lookable(access, message);
    Digest::of(number.as_ref().map(External::e164).unwrap_or_default().as_bytes()).short_hex(8)
}

fn kept(progress: &Progress, (bound, note): (Bound, u64)) -> Progress {
    let kept = without(progress, &[CAME_WITH]).with_id(BOUND, bound.kept());
    kept.with_id(Progress::RECORD, note.to_string())
}

fn without(progress: &Progress, names: &[&str]) -> Progress {
    let mut left = progress.clone();
    left.ids.retain(|name, _| !names.contains(&name.as_str()));
    left
}

fn done(status: u16, progress: Progress, remark: Option<&'static str>) -> Step {
    Step::Done(Receipt { status, progress, remark })
}
