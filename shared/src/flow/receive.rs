//! An event arrives: find its sender, store it, answer; then settle its leg.

use std::time::Duration;

use crate::call::{ArrivedEvent, CallEvent, EventKind, LegExtension, RecordId};
use crate::clock::Timestamp;
use crate::extension::Admission;
use crate::flow::deps::CallDeps;
use crate::flow::settle;
use crate::ids::{ConnectionId, LegId};
use crate::storage::{LegItem, Sender, StoreError};
use crate::token::EventToken;

/// What became of an event.
#[derive(Debug)]
pub enum Received {
    /// Stored, so that it survives whatever happens next (P1); the leg is to be settled.
    Stored(Box<Pending>),
    /// Nothing is to be done: a repeat, or a kind that makes no call.
    NothingToDo,
    /// No extension of ours has this token.
    UnknownToken,
}

/// A stored event whose leg is to be settled after the answer.
#[derive(Debug)]
pub struct Pending {
    sender: Sender,
    item: LegItem,
}

/// How long a call goes on being let in on a URL that is no longer in use.
pub const OLD_URL_GRACE: Duration = Duration::from_hours(2);

/// The sweep comes after the reminder: an event's due time is nobody's wait, so it is told apart from one that somebody
/// has stored, and reminded of, already.
const SWEPT_AFTER: Duration = Duration::from_secs(1);

/// Stores an event. Two round trips; the claim before the CRM is the third (design §5).
pub async fn receive(
    deps: &CallDeps,
    token: &EventToken,
    mut event: CallEvent,
) -> Result<Received, StoreError> {
    let main = event.bundle().map(|bundle| bundle.extension_id);
    let Some(sender) = deps.store.sender(token, main).await? else { return Ok(Received::UnknownToken) };
    if let Admission::BegunBefore(moment) = sender.admission {
        if !Box::pin(admitted(deps, sender.connection.value.id, &event, moment)).await? {
            return Ok(Received::UnknownToken);
        }
        event.mark_old_url();
    }
    if event.kind() == EventKind::Other {
        return Ok(Received::NothingToDo);
    }
    let extension = LegExtension {
        id: sender.extension.listed.id,
        kind: sender.extension.listed.kind,
        number: sender.extension.listed.number.clone(),
    };
    // Every documented call event has a leg; one without belongs to the only leg that its extension can mean.
    let fallback = || LegId::parse(&format!("{}-{}", extension.id, event.call_id()));
    let Some(leg) = event.leg_id().cloned().or_else(fallback) else { return Ok(Received::NothingToDo) };
    let now = deps.clock.now();
    let arrived = ArrivedEvent { at: now, event };
    let due_at = now + deps.timing.lease.max(deps.timing.hold + SWEPT_AFTER);
    let accepted = deps.store.accept(sender.connection.value.id, &extension, &leg, &arrived, due_at).await?;
    // A repeat whose first copy was settled has nothing due; one whose first invocation died is taken up here.
    if !accepted.new && accepted.leg.record.due_at.is_none() {
        return Ok(Received::NothingToDo);
    }
    Ok(Received::Stored(Box::new(Pending { sender, item: accepted.leg })))
}

/// Whether an event may come on a URL that is no longer in use: for a while, and for a call of which we had an event
/// before. The only event that costs another read.
async fn admitted(
    deps: &CallDeps,
    connection: ConnectionId,
    event: &CallEvent,
    moment: Timestamp,
) -> Result<bool, StoreError> {
    if deps.clock.now() >= moment + OLD_URL_GRACE {
        return Ok(false);
    }
    let call = deps.store.call(connection, RecordId::call_key(connection, event.call_id())).await?;
    Ok(call.legs.iter().flat_map(|item| &item.leg.events).any(|known| known.at < moment))
}

/// Settles the leg of a stored event: the same function as the retry job's, on what is already at hand.
pub async fn settle(deps: &CallDeps, pending: Pending) -> Result<(), StoreError> {
    let Pending { sender, item } = pending;
    let (connection, call) = (sender.connection.value.id, item.record.id.call());
    // Boxed: it is large, and every caller would carry it.
    let ask_now = Box::pin(settle::leg(deps, &sender.connection, item, sender.crm_user.as_ref())).await?;
    if ask_now {
        settle::call(deps, connection, call).await?;
    }
    Ok(())
}
