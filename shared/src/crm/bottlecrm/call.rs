//! One call's way into BottleCRM: whose it is, then one interaction there, made once and changed from then on. What may
//! have arrived is looked for by its mark before anything is made.

use std::time::Duration;

use super::BottleCrmConnector;
use super::answer::Failure;
use super::contact::{self, Bound, Kind, Looked};
use super::fields;
use super::people::{Everybody, Person};
use super::request::Api;
use super::wire::{Created, Id, Interaction, Interactions};
use crate::clock::Timestamp;
use crate::crm::number::External;
use crate::crm::{Access, CrmError, Message, Receipt, Step, caller};
use crate::model::call::RecordKind;
use crate::model::delivery::AttemptClass::Refused;
use crate::model::delivery::Progress;
use crate::model::secret::Digest;

/// What the interaction is on, and whose that is.
const BOUND: &str = "bound";
const OWNER: &str = "owner";
/// A digest of the number that led there: BottleCRM moves no interaction, so one of another number is made anew.
const NUMBER: &str = "number";

/// Steps of one revision.
const FOUND: &str = "contact";
const MAKE: [(&str, Kind); 2] = [("make_contact", Kind::Contact), ("make_lead", Kind::Lead)];
const LOST: &str = "lost";

/// Interactions of one page, and pages that are looked through: longer bodies than a reply may have are nowhere.
const PAGE: usize = 100;
const MOST_PAGES: usize = 5;
/// So far before a call its own interaction can't stand, whatever the clocks say.
const BEFORE: Duration = Duration::from_hours(24);

const CROWDED: &str =
    "the contact has more entries after this call than can be looked through: look there by hand";
const UNMAPPED: &str = "no user is mapped: the call is logged without a name";
const UNKNOWN_USER: &str =
    "the mapped user is none of BottleCRM's active ones: the call is logged without a name";

/// The next step of a record.
pub(super) async fn step(
    connector: &BottleCrmConnector,
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    progress: &Progress,
) -> Result<Step, CrmError> {
    if message.kind == RecordKind::Withdrawn {
        let progress = take_away(api, message, progress).await?;
        return Ok(done(204, progress, None));
    }
    let number = number(access, message);
    if progress.id(NUMBER).is_some_and(|before| before != number) {
        return Ok(Step::Next(take_away(api, message, progress).await?));
    }
    let everybody = connector.people.of(api, message.crm_user).await?;
    match bound(message, progress) {
        Some(bound) => write(api, access, message, progress, &bound, &everybody).await,
        None => find(connector, api, access, message, progress, &everybody).await,
    }
}

/// What the interaction is on. What may have arrived is looked for there, whoever the number leads to by now.
fn bound(message: &Message<'_>, progress: &Progress) -> Option<Bound> {
    let stays =
        progress.is_done(FOUND) || progress.id(Progress::RECORD).is_some() || message.perhaps_delivered;
    progress.id(BOUND).filter(|_| stays).and_then(Bound::parse)
}

/// Finds what the call is logged with, or has it made.
async fn find(
    connector: &BottleCrmConnector,
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    progress: &Progress,
    everybody: &Everybody,
) -> Result<Step, CrmError> {
    let mut next = without(progress, &[BOUND, OWNER, Progress::RECORD]);
    let to_make = MAKE.iter().find(|(step, _)| progress.is_done(step));
    let (bound, owner) = if let Some((_, kind)) = to_make {
        let person = message.crm_user.and_then(|user| everybody.find(user.as_str()));
        (contact::make(connector, api, access, message, *kind, person).await?, None)
    } else {
        match contact::find(api, access, message, everybody).await? {
            Looked::Bound(bound, owner) => (bound, owner),
            Looked::Nobody(why) => return Ok(done(200, without(&next, &[NUMBER]), Some(why))),
            Looked::Make(kind) => {
                let steps = MAKE.iter().filter(|(_, makes)| *makes == kind);
                return Ok(Step::Next(steps.fold(next, |next, (step, _)| next.with_done(step))));
            }
        }
    };
    if let Some(owner) = owner {
        next = next.with_id(OWNER, owner.as_str());
    }
    let next = next.with_id(BOUND, bound.kept()).with_id(NUMBER, number(access, message));
    Ok(Step::Next(next.with_done(FOUND)))
}

/// Makes the interaction, or changes the one that is there.
async fn write(
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    progress: &Progress,
    bound: &Bound,
    everybody: &Everybody,
) -> Result<Step, CrmError> {
    let known = progress.id(Progress::RECORD).and_then(Id::parse);
    let mut there = Vec::new();
    if known.is_some() || message.perhaps_delivered {
        there = match look(api, message, bound).await {
            Ok(there) => there,
            // It was merged with another contact, say: then it is known by its id alone.
            Err(Failure::Missing(_)) if known.is_some() => Vec::new(),
            Err(failure) => return lost(progress, failure),
        };
    }
    let (person, remark) = responsible(access, message, progress, everybody);
    let person = person.map(Person::name);
    let mut there = there.into_iter();
    let (id, body) = match (there.next(), known) {
        (Some(found), _) => (found.id, Some(found.body)),
        (None, Some(known)) => (known, None),
        (None, None) => {
            let new = fields::new(access, message, person, bound);
            return match api.post::<Created>("interactions/", &new).await {
                Ok(made) => {
                    Ok(done(201, progress.clone().with_id(Progress::RECORD, made.id.as_str()), remark))
                }
                Err(failure) => lost(progress, failure),
            };
        }
    };
    // Two attempts that met made two; what people wrote into is left.
    for twin in there.filter(|twin| fields::is_ours_alone(&twin.body)) {
        api.delete(&path(&twin.id)).await?;
    }
    let changed = fields::changed(access, message, person, body.as_deref());
    match api.patch(&path(&id), &changed).await {
        Ok(()) => Ok(done(200, progress.clone().with_id(Progress::RECORD, id.as_str()), remark)),
        // Somebody removed it.
        Err(Failure::Missing(_)) => Ok(Step::Next(without(progress, &[Progress::RECORD]))),
        Err(Failure::Crm(error)) => Err(error),
    }
}

/// What a call was to be logged with has gone, or the token's owner does not see it: it is looked for once more.
fn lost(progress: &Progress, failure: Failure) -> Result<Step, CrmError> {
    if progress.is_done(LOST) || matches!(failure, Failure::Crm(_)) {
        return Err(failure.into());
    }
    let mut next = without(progress, &[BOUND, OWNER]);
    next.done.clear();
    Ok(Step::Next(next.with_done(LOST)))
}

/// The interactions with this record's mark.
async fn look(api: &Api<'_>, message: &Message<'_>, bound: &Bound) -> Result<Vec<Interaction>, Failure> {
    let (mark, limit) = (fields::mark(message), PAGE.to_string());
    let long_before = message.record.started_at - BEFORE;
    for page in 0..MOST_PAGES {
        let offset = (page * PAGE).to_string();
        let query = [(bound.kind(), bound.id().as_str()), ("limit", &limit), ("offset", &offset)];
        let page: Interactions = api.get("interactions/", &query).await?;
        let rows = page.interactions;
        let oldest = rows.last().and_then(|row| Timestamp::parse_rfc3339(&row.occurred_at));
        let last = rows.len() < PAGE || oldest.is_some_and(|oldest| oldest < long_before);
        let is_it =
            |row: &Interaction| row.kind == "call" && row.body.lines().any(|line| line.trim() == mark);
        let found: Vec<_> = rows.into_iter().filter(is_it).collect();
        if last || !found.is_empty() {
            return Ok(found);
        }
    }
    Err(CrmError::answered(200, Refused, CROWDED).into())
}

/// Removes what stands there, or may stand there, and forgets where that was.
async fn take_away(api: &Api<'_>, message: &Message<'_>, progress: &Progress) -> Result<Progress, CrmError> {
    let mut ids: Vec<_> = progress.id(Progress::RECORD).and_then(Id::parse).into_iter().collect();
    if let Some(bound) = progress.id(BOUND).and_then(Bound::parse).filter(|_| message.perhaps_delivered) {
        match look(api, message, &bound).await {
            Ok(rows) => ids.extend(rows.into_iter().map(|row| row.id)),
            Err(Failure::Missing(_)) => {}
            Err(Failure::Crm(error)) => return Err(error),
        }
    }
    for id in ids {
        api.delete(&path(&id)).await?;
    }
    let mut left = without(progress, &[BOUND, OWNER, NUMBER, Progress::RECORD]);
    left.done.clear();
    Ok(left)
}

/// Who answers for the call, and what a person should know if nobody does.
fn responsible<'a>(
    access: Access<'_>,
    message: &Message<'_>,
    progress: &Progress,
    everybody: &'a Everybody,
) -> (Option<&'a Person>, Option<&'static str>) {
    let owner = progress.id(OWNER).filter(|_| caller::wants_owner(access, message));
    if let Some(owner) = owner.and_then(|owner| everybody.find(owner)) {
        return (Some(owner), None);
    }
    let Some(user) = message.crm_user else { return (None, Some(UNMAPPED)) };
    let person = everybody.find(user.as_str());
    (person, person.is_none().then_some(UNKNOWN_USER))
}

/// What tells one number from another, without telling it.
fn number(access: Access<'_>, message: &Message<'_>) -> String {
    let number = caller::lookable(access, message);
    Digest::of(number.as_ref().map(External::e164).unwrap_or_default().as_bytes()).short_hex(8)
}

fn path(id: &Id) -> String {
    format!("interactions/{}/", id.as_str())
}

fn without(progress: &Progress, names: &[&str]) -> Progress {
    let mut left = progress.clone();
    left.ids.retain(|name, _| !names.contains(&name.as_str()));
    left
}

fn done(status: u16, progress: Progress, remark: Option<&'static str>) -> Step {
    Step::Done(Receipt { status, progress, remark })
}
