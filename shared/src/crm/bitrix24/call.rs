//! One call's way into Bitrix24: card, contact, log, recording. What was learnt stands in the progress; what may have
//! arrived is looked up in the statistics before anything is sent again.

use serde_json::{Value, json};

use super::answer::Failure;
use super::contact;
use super::fields::{attach, finish, register, user};
use super::request::{Command, Portal};
use super::wire::{CALL, id};
use super::{Bitrix24Connector, fields};
use crate::crm::{Access, CrmError, Message, Receipt, Step};
use crate::model::call::RecordKind;
use crate::model::delivery::Progress;

/// The call that was registered when it rang, and what Bitrix24 bound it to.
const RUNG: &str = "rung";
const RUNG_FOR: &str = "rung_for";
/// Whether it is in the statistics.
const FINISHED: &str = "finished";
/// What the policy binds it to, and who owns that.
const BOUND: &str = "bound";
const OWNER: &str = "owner";
const CREATE: &str = "create";
/// The call that rang is not known any more.
const FORGOTTEN: &str = "forgotten";
/// A lead was not made.
const NO_LEAD: &str = "no_lead";

/// In a batch: the id that its first command, the registration, gave.
const FIRST_CALL: &str = "$result[c0][CALL_ID]";

const STEP_CONTACT: &str = "contact";
const STEP_FINISH: &str = "finish";
const STEP_ATTACH: &str = "attach";

const KEPT: &str = "Bitrix24 changes no call that it has logged: it stands there as it was told first";
const TAKEN_BACK: &str =
    "Bitrix24 takes back no call that it has logged: it stands there as it was told first";
const LEADLESS: &str = "Bitrix24 logged the call, but refused to make a lead for it";
const UNMAPPED: &str = "no user is mapped: the call is logged under whoever connected Bitrix24";

/// A phone rings: its user sees the card. Nothing is looked up before that; Bitrix24 finds the caller by itself.
pub(super) async fn ring(
    portal: &Portal<'_>,
    access: Access<'_>,
    message: &Message<'_>,
) -> Result<Progress, CrmError> {
    if message.crm_user.is_none() {
        return Ok(Progress::default());
    }
    let (user, _) = user(access, message)?;
    let external = message.record.record_id.to_string();
    let made = portal
        .call("telephony.externalCall.register", register(access, message, user, &external, true))
        .await;
    let made = made.map_err(CrmError::from)?;
    let call = call_id(&made)?;
    let progress = Progress::default().with_id(RUNG, call);
    Ok(match bound(&made) {
        Some(entity) => progress.with_id(RUNG_FOR, entity),
        None => progress,
    })
}

/// A phone stopped ringing: its card goes. That there is none any more is no failure.
pub(super) async fn hide(portal: &Portal<'_>, known: &Progress) -> Result<Progress, CrmError> {
    let Some(call) = known.id(RUNG) else { return Ok(Progress::default()) };
    match portal.call("telephony.externalCall.hide", json!({ "CALL_ID": call })).await {
        Ok(_) | Err(Failure::NoCall(_)) => Ok(Progress::default()),
        Err(failure) => Err(failure.into()),
    }
}

/// The next step of a record.
pub(super) async fn step(
    connector: &Bitrix24Connector,
    portal: &Portal<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    progress: &Progress,
) -> Result<Step, CrmError> {
    if message.kind == RecordKind::Withdrawn {
        return withdraw(portal, message, progress).await;
    }
    let (user, mapped) = user(access, message)?;
    if progress.id(FINISHED).is_some() {
        return recording(portal, message, progress, mapped).await;
    }
    if !progress.is_done(STEP_CONTACT) {
        let found = contact::find(connector, portal, access, message, user).await?;
        let mut progress = progress.clone().with_done(STEP_CONTACT);
        for (name, value) in [
            (BOUND, found.entity),
            (OWNER, found.owner.map(|owner| owner.to_string())),
            (CREATE, found.create.then(|| "1".to_owned())),
        ] {
            match value {
                Some(value) => progress = progress.with_id(name, value),
                None => drop(progress.ids.remove(name)),
            }
        }
        return Ok(Step::Next(progress));
    }
    if message.perhaps_delivered
        && let Some(progress) = logged(portal, message, progress).await?
    {
        return Ok(Step::Next(progress));
    }
    let user = progress.id(OWNER).and_then(|owner| id(&json!(owner))).unwrap_or(user);
    write(portal, access, message, progress, user).await
}

/// Registers what is not, finishes it, and attaches the recording: in one request where that can be. What part of it
/// worked is kept before the rest is tried again.
async fn write(
    portal: &Portal<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    progress: &Progress,
    user: u64,
) -> Result<Step, CrmError> {
    let wanted = progress.id(BOUND);
    let rung = progress.id(RUNG).filter(|_| wanted.is_none() || wanted == progress.id(RUNG_FOR));
    let rung = rung.filter(|_| progress.id(CREATE).or(progress.id(FORGOTTEN)).is_none());
    let call = progress.id(CALL).or(rung);
    let mut commands = Vec::new();
    if call.is_none() {
        commands.push(Command {
            name: "register",
            method: "telephony.externalCall.register",
            params: registration(access, message, progress, user),
        });
    }
    let call = call.unwrap_or(FIRST_CALL).to_owned();
    commands.push(Command {
        name: STEP_FINISH,
        method: "telephony.externalCall.finish",
        params: finish(message, user, &call),
    });
    if let Some(url) = message.recording_url {
        commands.push(Command {
            name: STEP_ATTACH,
            method: "telephony.externalCall.attachRecord",
            params: attach(message, url, &call),
        });
    }
    let results = match <[Command; 1]>::try_from(commands) {
        Ok([Command { name, method, params }]) => vec![(name, portal.call(method, params).await)],
        Err(commands) => portal.batch(commands, true).await?,
    };
    let (mut next, mut failed) = (progress.clone(), None);
    for (name, outcome) in results {
        match (name, outcome) {
            ("register", Ok(made)) => {
                next = next.with_id(CALL, call_id(&made)?);
                if made
                    .get("LEAD_CREATION_ERROR")
                    .and_then(Value::as_str)
                    .is_some_and(|error| !error.is_empty())
                {
                    next = next.with_id(NO_LEAD, "1");
                }
            }
            (STEP_FINISH, Ok(row)) => next = finished(next, &row),
            (STEP_FINISH, Err(Failure::NoCall(status))) => {
                return unknown(portal, next, &call, status).await;
            }
            (_, Ok(_)) => next = next.with_done(STEP_ATTACH),
            (_, Err(failure)) => failed = Some(failure),
        }
    }
    match failed {
        Some(failure) if next == *progress => Err(failure.into()),
        _ => Ok(Step::Next(next)),
    }
}

fn registration(access: Access<'_>, message: &Message<'_>, progress: &Progress, user: u64) -> Value {
    // A card that rang is a call of its own, and the key of its registration is used up.
    let suffix = if progress.id(RUNG).is_some() { ".log" } else { "" };
    let external = format!("{}{suffix}", message.record.record_id);
    let mut params = fields::register(access, message, user, &external, false);
    let bound = progress.id(BOUND).and_then(|bound| bound.split_once(':'));
    if let Some((kind, entity)) = bound.and_then(|(kind, entity)| Some((kind, id(&json!(entity))?))) {
        params["CRM_ENTITY_TYPE"] = json!(kind);
        params["CRM_ENTITY_ID"] = json!(entity);
    }
    params["CRM_CREATE"] = json!(u8::from(progress.id(CREATE).is_some()));
    params
}

/// The call can't be finished: because it is, or because Bitrix24 has forgotten it.
async fn unknown(portal: &Portal<'_>, next: Progress, call: &str, status: u16) -> Result<Step, CrmError> {
    let call = next.id(CALL).unwrap_or(call).to_owned();
    if let Some(row) = statistics(portal, "CALL_ID", &call).await? {
        return Ok(Step::Next(finished(next.with_id(CALL, call), &row)));
    }
    // What rang is forgotten after a while: the record is logged as a call of its own then.
    let rang = next.id(RUNG) == Some(call.as_str()) && next.id(FORGOTTEN).is_none();
    if rang { Ok(Step::Next(next.with_id(FORGOTTEN, "1"))) } else { Err(Failure::NoCall(status).into()) }
}

/// Looks whether an earlier attempt arrived.
async fn logged(
    portal: &Portal<'_>,
    message: &Message<'_>,
    progress: &Progress,
) -> Result<Option<Progress>, CrmError> {
    let own = message.record.record_id.to_string();
    for external in [own.clone(), format!("{own}.log")] {
        if let Some(row) = statistics(portal, "EXTERNAL_CALL_ID", &external).await? {
            let call = row.get("CALL_ID").and_then(Value::as_str).unwrap_or_default().to_owned();
            return Ok(Some(finished(progress.clone().with_id(CALL, call), &row)));
        }
        if progress.id(RUNG).is_none() {
            break;
        }
    }
    Ok(None)
}

/// The row of the statistics in which `field` is that value; a portal that ignores the filter is not believed.
async fn statistics(portal: &Portal<'_>, field: &str, value: &str) -> Result<Option<Value>, CrmError> {
    let rows = portal.call("voximplant.statistic.get", json!({ "FILTER": { field: value } })).await;
    let rows = rows.map_err(CrmError::from)?;
    let is_it = |row: &&Value| row.get(field).and_then(Value::as_str) == Some(value);
    Ok(rows.as_array().into_iter().flatten().find(is_it).cloned())
}

/// The record is in the statistics: what is left is the recording.
async fn recording(
    portal: &Portal<'_>,
    message: &Message<'_>,
    progress: &Progress,
    mapped: bool,
) -> Result<Step, CrmError> {
    let (call, url) = (progress.id(CALL).or(progress.id(RUNG)), message.recording_url);
    let mut progress = progress.clone();
    if let (Some(call), Some(url), false) = (call, url, progress.is_done(STEP_ATTACH)) {
        portal
            .call("telephony.externalCall.attachRecord", attach(message, url, call))
            .await
            .map_err(CrmError::from)?;
        progress = progress.with_done(STEP_ATTACH);
    }
    // This revision is a later one, and the call was finished by one before it.
    let late = !progress.is_done(STEP_FINISH) && message.kind != RecordKind::Recording;
    let lead = progress.id(NO_LEAD).map(|_| LEADLESS);
    let remark = late.then_some(KEPT).or(lead).or((!mapped).then_some(UNMAPPED));
    Ok(Step::Done(Receipt { status: 200, progress, remark }))
}

async fn withdraw(portal: &Portal<'_>, message: &Message<'_>, progress: &Progress) -> Result<Step, CrmError> {
    let stands = progress.id(FINISHED).is_some() || logged(portal, message, progress).await?.is_some();
    if !stands {
        hide(portal, progress).await?;
    }
    Ok(Step::Done(Receipt { status: 200, progress: progress.clone(), remark: stands.then_some(TAKEN_BACK) }))
}

fn finished(progress: Progress, row: &Value) -> Progress {
    let progress = progress.with_id(FINISHED, "1").with_done(STEP_FINISH);
    match row.get("CRM_ACTIVITY_ID").and_then(id) {
        Some(activity) => progress.with_id(Progress::RECORD, activity.to_string()),
        None => progress,
    }
}

fn call_id(made: &Value) -> Result<String, CrmError> {
    let call = made.get("CALL_ID").and_then(Value::as_str).filter(|call| !call.is_empty());
    call.map(str::to_owned).ok_or(CrmError::Unreadable { status: 200 })
}

fn bound(made: &Value) -> Option<String> {
    let kind = made.get("CRM_ENTITY_TYPE").and_then(Value::as_str).filter(|kind| !kind.is_empty())?;
    Some(format!("{kind}:{}", made.get("CRM_ENTITY_ID").and_then(id)?))
}
