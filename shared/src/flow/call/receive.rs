//! An event arrives: find its sender, store it, answer; then announce it, and settle its leg or its call.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::flow::call::drive;
use crate::flow::call::note::Place;
use crate::flow::call::{Turn, announce, book, flood, notices, settle};
use crate::flow::deps::CallDeps;
use crate::model::call::{ArrivedEvent, CallEvent, CallStatus, EventKind, Flow, Leg, LegExtension, RecordId};
use crate::model::connection::Connection;
use crate::model::extension::{Admission, ExtensionKind};
use crate::model::ids::{ConnectionId, LegId};
use crate::model::token::EventToken;
use crate::rules::leg::LegReading;
use crate::rules::{missed, responsible, sight};
use crate::storage::{Accepted, Arrival, CallItem, Due, LegItem, Sender, StoreError, Unread};

/// When a leg is looked at whose hangup never came: by then the PBX's history has been asked long ago.
const GIVEN_UP_AFTER: Duration = Duration::from_hours(12);
/// How long a call goes on being let in on a URL that is no longer in use.
pub const OLD_URL_GRACE: Duration = Duration::from_hours(2);
/// An event that comes so late may meet what the history told meanwhile.
const LATE: Duration = Duration::from_mins(5);

/// What became of an event.
#[derive(Debug)]
pub enum Reception {
    /// Stored, so that it survives whatever happens next (P1); its leg or its call is to be settled.
    Stored(Box<Pending>),
    /// Nothing is to be done: a repeat, a kind that makes no call, or a call that holds as much as is taken.
    NothingToDo,
    /// No extension of ours has this token.
    UnknownToken,
    /// The URL brings more events than any extension has.
    Flood,
}

/// A stored event that is to be settled after the answer.
#[derive(Debug)]
pub struct Pending {
    sender: Sender,
    event: ArrivedEvent,
    place: Place,
    stored: StoredEvent,
}

#[derive(Debug)]
enum StoredEvent {
    /// Of a leg; whether it is new.
    Leg(Unread<LegItem>, bool),
    /// Of a queue or an IVR, and when it made the call due.
    Word(Unread<CallItem>, Timestamp),
}

/// Stores an event. Two round trips; the claim before the CRM is the third (docs/promises.md §5).
pub async fn receive(deps: &CallDeps, token: &EventToken, event: CallEvent) -> Result<Reception, StoreError> {
    let now = deps.clock.now();
    let admission = deps.flood.admit(&token.digest(), now);
    if admission == flood::Admission::Refused {
        return Ok(Reception::Flood);
    }
    let bundle = event.bundle();
    let sender = deps.store.sender(token, Some(event.call_id()), bundle.as_ref()).await?;
    let Some(sender) = sender else { return Ok(Reception::UnknownToken) };
    if admission == flood::Admission::RefusedAnew {
        notices::flooded(deps, &sender).await;
        return Ok(Reception::Flood);
    }
    let mut event = event;
    if let Admission::BegunBefore(moment) = sender.admission {
        if !Box::pin(admitted(deps, sender.connection.value.id, &event, moment)).await? {
            return Ok(Reception::UnknownToken);
        }
        event.mark_old_url();
    }
    let extension = LegExtension {
        id: sender.extension.listed.id,
        kind: sender.extension.listed.kind,
        number: sender.extension.listed.number.clone(),
    };
    // Every documented call event has a leg; one without belongs to the only leg that its extension can mean.
    let leg = event.leg_id().cloned().unwrap_or_else(|| LegId::only(extension.id, event.call_id()));
    let event = ArrivedEvent::new(now, event);
    let main = sender.main_extension();
    let place = Place {
        connection: sender.connection.value.id,
        record: RecordId::of_leg(sender.connection.value.id, event.event.call_id(), extension.id, &leg),
        kind: event.event.kind(),
    };
    let arrival = Arrival {
        connection: sender.connection.value.id,
        extension: &extension,
        main: main.as_ref(),
        leg: &leg,
        record: place.record,
        event: &event,
        due: Due::Nothing,
        tells: None,
        known_legs_only: sender.call.as_ref().is_some_and(|call| call.full),
    };
    let stored = match extension.kind {
        ExtensionKind::Queue | ExtensionKind::Ivr => {
            let at = now + deps.timing.hold + deps.timing.lease;
            let arrival = Arrival { due: word_due(&sender, &event, now, at, deps), ..arrival };
            match deps.store.accept_word(arrival).await? {
                Accepted::New(call) => Some(StoredEvent::Word(call, at)),
                Accepted::Repeat(_) => return Ok(repeat(place)),
                Accepted::Full => None,
            }
        }
        ExtensionKind::Phone | ExtensionKind::Fax => {
            let due = leg_due(&sender.connection.value, &event, now, deps);
            let tells = announce::mark(&sender.connection.value, extension.kind, &event, now);
            match deps.store.accept(Arrival { due, tells, ..arrival }).await? {
                Accepted::New(leg) => Some(StoredEvent::Leg(leg, true)),
                // A repeat whose first copy was settled has nothing due soon; one whose first invocation died is
                // taken up here.
                Accepted::Repeat(leg) if is_due_soon(&leg, now, deps) => Some(StoredEvent::Leg(leg, false)),
                Accepted::Repeat(_) => return Ok(repeat(place)),
                Accepted::Full => None,
            }
        }
    };
    let Some(stored) = stored else {
        place.note("not kept: its call holds as much as is taken", None);
        notices::call_full(deps, &sender.connection.value, place.record.call()).await;
        return Ok(Reception::NothingToDo);
    };
    Ok(Reception::Stored(Box::new(Pending { sender, event, place, stored })))
}

/// An event that is stored already, and of which nothing is left to do.
fn repeat(place: Place) -> Reception {
    place.note("came before", None);
    Reception::NothingToDo
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
    let places = call.call.iter().flat_map(|call| &call.places);
    let legs = call.legs.iter().map(|item| &item.leg).chain(places);
    Ok(legs.flat_map(Leg::events).any(|known| known.at < moment))
}

fn is_due_soon(leg: &Unread<LegItem>, now: Timestamp, deps: &CallDeps) -> bool {
    leg.due_at().is_some_and(|due| due <= now + deps.timing.lease)
}

/// When something is due from a word of a queue or IVR: from a "no" after the hold. What may change an earlier
/// decision is due at once.
fn word_due(
    sender: &Sender,
    event: &ArrivedEvent,
    now: Timestamp,
    after_hold: Timestamp,
    deps: &CallDeps,
) -> Due {
    match (sender.call.as_ref().filter(|call| is_decided(call)), event.event.bridged()) {
        (Some(_), Some(_)) => Due::At(now + deps.timing.lease),
        (None, Some(false)) => Due::Unless(after_hold),
        (Some(_) | None, _) => Due::Nothing,
    }
}

/// Whether something was decided for a call that a new word may change.
fn is_decided(call: &CallItem) -> bool {
    call.is_concerned() && (call.record.due_at.is_none() || call.record.delivery.is_some())
}

/// When something is due from an event of a phone: from a hangup that may give a record, at once; from the rest
/// only if the leg's end never comes.
fn leg_due(connection: &Connection, event: &ArrivedEvent, now: Timestamp, deps: &CallDeps) -> Due {
    let event = &event.event;
    match event.kind() {
        EventKind::DialIn | EventKind::DialOut | EventKind::Answer => Due::Unless(now + GIVEN_UP_AFTER),
        EventKind::Hangup => {
            let outward = event.flow() == Some(Flow::Out);
            let in_vain = !matches!(event.status(), CallStatus::Answer | CallStatus::Absent);
            let via_place =
                event.caller_extension().is_some_and(|number| connection.numbers.is_place(&number));
            // A phone that a queue rang in vain gives no record and raises no question.
            if in_vain && !outward && via_place && event.remote_number().is_none() {
                Due::Unless(now + GIVEN_UP_AFTER)
            } else {
                Due::At(now + deps.timing.lease)
            }
        }
        EventKind::Other => Due::Nothing,
    }
}

/// Settles a stored event: its leg alone, on what is already at hand, or its call as a whole. Its line is written first.
pub async fn settle(deps: &CallDeps, turn: Turn, pending: Pending) -> Result<(), StoreError> {
    let Pending { sender, event, place, stored } = pending;
    let stored = read(deps, &sender, &event, place, stored)?;
    if event.event.kind() == EventKind::Other {
        return Ok(());
    }
    if names_a_new_extension(&sender.connection.value, &event) {
        // The list of extensions is older than the PBX's: it is read again in the background.
        deps.store.mark_list_stale(&sender.connection, event.at).await?;
    }
    match stored {
        Settled::Leg(mut item, new) => {
            item.begun_in_crm(sender.call.as_ref());
            if new {
                announce::announce(deps, &sender, &item, &event).await?;
            }
            // Boxed: it is large, and every caller would carry it.
            Box::pin(leg(deps, turn, &sender, &event, item)).await
        }
        Settled::Word(call, due_at) => word(deps, turn, &sender, &call, due_at, &event).await,
    }
}

/// What is settled: as [`StoredEvent`], read.
enum Settled {
    Leg(LegItem, bool),
    Word(CallItem, Timestamp),
}

/// Reads what an event was stored in, and writes the event's line.
fn read(
    deps: &CallDeps,
    sender: &Sender,
    event: &ArrivedEvent,
    place: Place,
    stored: StoredEvent,
) -> Result<Settled, StoreError> {
    Ok(match stored {
        StoredEvent::Leg(item, new) => {
            let item = item.read()?;
            if new {
                place.note_leg(deps, sender, event, &item);
            } else {
                place.note("came before, and is settled now", item.record.due_at);
            }
            Settled::Leg(item, new)
        }
        StoredEvent::Word(call, due_at) => {
            let call = call.read()?;
            place.note_word(deps, sender, event, &call);
            Settled::Word(call, due_at)
        }
    })
}

fn names_a_new_extension(connection: &Connection, event: &ArrivedEvent) -> bool {
    let named = [event.event.caller_extension(), event.event.called_extension()];
    named.iter().flatten().any(|number| connection.numbers.is_new(number))
}

async fn word(
    deps: &CallDeps,
    turn: Turn,
    sender: &Sender,
    call: &CallItem,
    due_at: Timestamp,
    event: &ArrivedEvent,
) -> Result<(), StoreError> {
    let connection = sender.connection.value.id;
    let asked_before = sender.call.as_ref().is_some_and(CallItem::is_concerned);
    if event.event.bridged() == Some(true) && asked_before || sender.call.as_ref().is_some_and(is_decided) {
        return settle::call(deps, turn, connection, call.record.id.call()).await;
    }
    if call.record.due_at == Some(due_at) {
        settle::remind(deps, connection, call.record.id.call(), event.at + deps.timing.hold).await;
    }
    Ok(())
}

async fn leg(
    deps: &CallDeps,
    turn: Turn,
    sender: &Sender,
    event: &ArrivedEvent,
    item: LegItem,
) -> Result<(), StoreError> {
    let connection = &sender.connection;
    let (id, call_id) = (connection.value.id, item.leg.call_id.clone());
    if is_concerned(deps, sender, event).await? {
        return settle::again(deps, turn, id, &call_id).await;
    }
    let reading = LegReading::new(&item.leg, book(&connection.value));
    let now = deps.clock.now();
    let asks = missed::asks(&item.leg, book(&connection.value)) && connection.value.policy.direct_missed;
    let hangup_at = reading.hangup().map_or(now, |hangup| hangup.at);
    if asks && event.event.kind() != EventKind::Other {
        let due_at = hangup_at + deps.timing.hold + deps.timing.lease;
        let asked = deps.store.ask(id, &call_id, due_at, now).await?;
        if asked.record.due_at == Some(due_at) {
            settle::remind(deps, id, asked.record.id.call(), hangup_at + deps.timing.hold).await;
        }
    }
    let stored = item.record.delivery.as_ref();
    let user = |extension| responsible::of_leg(sender.user_of(extension), &connection.value.policy);
    let sight = sight::of_leg(&reading, &reading.record(), stored, user, deps.timing.hold, now);
    let call = item.record.id.call();
    let driven = drive::drive(deps, turn, connection, item, &sight).await?;
    if driven.changed {
        return settle::call(deps, turn, id, call).await;
    }
    if let Some(next) = driven.next.filter(|_| driven.news) {
        settle::remind(deps, id, call, next).await;
    }
    Ok(())
}

/// Whether the call as a whole is concerned. What the event's own read said may be outdated when the event's write
/// took long, or when the event came so late that the history may have told of its call meanwhile.
async fn is_concerned(deps: &CallDeps, sender: &Sender, event: &ArrivedEvent) -> Result<bool, StoreError> {
    if sender.call.as_ref().is_some_and(CallItem::is_concerned) {
        return Ok(true);
    }
    let now = deps.clock.now();
    let slow = now.since(event.at) >= deps.timing.hold / 2;
    if !slow && now.since(event.time()) < LATE {
        return Ok(false);
    }
    let key = RecordId::call_key(sender.connection.value.id, event.event.call_id());
    let call = deps.store.whole_call(sender.connection.value.id, key).await?;
    Ok(call.as_ref().is_some_and(CallItem::is_concerned))
}
