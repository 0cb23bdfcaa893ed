//! Settling: bring a call's records where they belong. The same functions for the first attempt and the fifth,
//! for a leg that is at hand and for a call that was found due.

use std::collections::{BTreeMap, BTreeSet};

use crate::call::{CallRecord, RecordKind};
use crate::clock::Timestamp;
use crate::connection::{Connection, MissedResponsible, Pause, PauseReason, Policy};
use crate::delivery::Delivery;
use crate::error::chain;
use crate::extension::{Extension, ExtensionKind};
use crate::flow::deps::CallDeps;
use crate::flow::{deliver, notices};
use crate::ids::{ConnectionId, CrmUserId, ExtensionId};
use crate::queue::{Reminder, Task};
use crate::rules::delivery::{self, Action};
use crate::rules::leg::Rulebook;
use crate::rules::missed::{self, Missed, NotMissed};
use crate::rules::step::{self, Circumstances, LegStep, Question, Told};
use crate::storage::{CallItems, LegItem, MissedItem, RecordHolder, Saved, StoreError, Stored};
use crate::telemetry::field;

/// Steps that one record may take in one run: tell, deliver, and some lost races. The sweep finds what is left.
const MAX_STEPS: usize = 12;

/// Extensions by id, as far as a call needs them.
type Extensions = BTreeMap<ExtensionId, Extension>;

/// Settles one leg that is at hand. Answers whether the whole call must be looked at now.
pub(super) async fn leg(
    deps: &CallDeps,
    connection: &Stored<Connection>,
    item: LegItem,
    crm_user: Option<&CrmUserId>,
) -> Result<bool, StoreError> {
    steps(deps, connection, item, crm_user, Question::Unasked).await
}

/// Settles a whole call: whether it was missed, then each of its legs that has something due.
pub async fn call(deps: &CallDeps, connection: ConnectionId, call: [u8; 16]) -> Result<(), StoreError> {
    // A leg that changes while the call is looked at raises its question anew, so the call is looked at again.
    for _ in 0..MAX_STEPS {
        // Boxed: it is large, and every caller would carry it.
        if !Box::pin(once(deps, connection, call)).await? {
            break;
        }
    }
    Ok(())
}

async fn once(deps: &CallDeps, connection: ConnectionId, call: [u8; 16]) -> Result<bool, StoreError> {
    let items = deps.store.call(connection, call).await?;
    for item in &items.unreadable {
        // The rest of the call goes on without it.
        if deps.store.set_aside(item, deps.clock.now()).await? {
            notices::set_aside(deps, connection, &item.problem).await;
        }
    }
    let (connection, extensions) = deps.store.connection_with(connection, &extensions_of(&items)).await?;
    let Some(connection) = connection else {
        // Disconnected meanwhile: nobody wants these records any more.
        return deps.store.delete_call(&items).await.map(|()| false);
    };
    let extensions: Extensions = extensions.into_iter().map(|e| (e.listed.id, e)).collect();
    let again = missed(deps, &connection, &items, &extensions).await?;
    let mut ask_now = false;
    for item in items.legs.into_iter().filter(|item| item.record.due_at.is_some()) {
        let user_of = |id: &ExtensionId| extensions.get(id).and_then(|extension| extension.crm_user.clone());
        let user =
            user_of(&item.leg.extension.id).or_else(|| main_extension(&item).as_ref().and_then(user_of));
        ask_now |= steps(deps, &connection, item, user.as_ref(), Question::Asked(again)).await?;
    }
    Ok(ask_now)
}

async fn steps(
    deps: &CallDeps,
    connection: &Stored<Connection>,
    mut item: LegItem,
    crm_user: Option<&CrmUserId>,
    mut question: Question,
) -> Result<bool, StoreError> {
    let mut pause = connection.value.pause.clone();
    let mut attempted = false;
    for _ in 0..MAX_STEPS {
        let before = item.record.revision();
        let at = Circumstances {
            book: book(&connection.value),
            pause: pause.as_ref(),
            crm_user,
            hold: deps.timing.hold,
            now: deps.clock.now(),
        };
        let (delivery, until, ask_now) =
            match step::next(&item.leg, item.record.delivery.as_ref(), told(&item), question, at) {
                LegStep::Tell(record) => {
                    item = tell(deps, &connection.value, item, &record, crm_user, at.now).await?;
                    continue;
                }
                LegStep::Attempt(delivery) => {
                    let now = at.now;
                    match deliver::attempt(deps, connection, item, *delivery).await? {
                        Saved::Done(tried) => {
                            if tried.record.revision() > before + 2 {
                                // More than the claim and the outcome was written: events came meanwhile.
                                question = Question::Unasked;
                            }
                            pause = begun_pause(&tried, now).or(pause);
                            (item, attempted) = (tried, true);
                        }
                        Saved::Changed(newer) => (item, question) = (newer, Question::Unasked),
                    }
                    continue;
                }
                LegStep::Wait(delivery, until) => (delivery, Some(until), false),
                LegStep::AskNow(delivery) => (delivery, item.record.due_at, true),
                LegStep::Rest(delivery) => (delivery, None, false),
            };
        let reminded = reminded(&item, attempted);
        match rest(deps, item, delivery, until).await? {
            Saved::Done(item) => {
                if let Some(until) = until.filter(|until| !ask_now && reminded != Some(*until)) {
                    remind(deps, &item, until).await;
                }
                return Ok(ask_now);
            }
            Saved::Changed(newer) => {
                question = Question::Unasked;
                item = newer;
            }
        }
    }
    Ok(false)
}

fn told(item: &LegItem) -> Told {
    Told { ringing: item.record.ringing_told.is_some(), answered: item.record.answered_told.is_some() }
}

/// Marks a pop-up as told, then tells it: at most once, since a late pop-up is worse than none.
async fn tell(
    deps: &CallDeps,
    connection: &Connection,
    mut item: LegItem,
    record: &CallRecord,
    crm_user: Option<&CrmUserId>,
    now: Timestamp,
) -> Result<LegItem, StoreError> {
    if record.kind == RecordKind::Answered {
        item.record.answered_told = Some(now);
    }
    item.record.ringing_told = item.record.ringing_told.or(Some(now));
    // Nothing else of a leg that still goes on is due: one write marks both.
    item.record.due_at = None;
    match item.save(&deps.store).await? {
        Saved::Done(marked) => {
            let user = crm_user.or(connection.policy.default_crm_user.as_ref());
            deliver::tell(deps, connection, record, user).await;
            Ok(marked)
        }
        Saved::Changed(newer) => Ok(newer),
    }
}

/// Decides whether the call was missed and brings that record where it belongs. Answers when to ask again.
async fn missed(
    deps: &CallDeps,
    connection: &Stored<Connection>,
    items: &CallItems,
    extensions: &Extensions,
) -> Result<Option<Timestamp>, StoreError> {
    let legs: Vec<_> = items.legs.iter().map(|item| &item.leg).collect();
    let stored = items.missed.record.delivery.as_ref();
    let is_recovered = stored.is_some_and(|delivery| delivery.recovered);
    let stored = stored.map(|delivery| delivery.record.clone());
    let decided = missed::decide(&legs, book(&connection.value), deps.timing.hold, deps.clock.now());
    let (derived, again) = match decided {
        Missed::Yes(record) => (Some(*record), None),
        Missed::AskAgain(at) => (stored, Some(at)),
        // A change of policy takes nothing back; only events do.
        Missed::No(NotMissed::Internal | NotMissed::Ignored | NotMissed::DirectOff) => (stored, None),
        // What the history told needs no event.
        Missed::NoQuestion if is_recovered => (stored, None),
        Missed::No(NotMissed::Answered) | Missed::NoQuestion => (None, None),
    };
    let mut item: MissedItem = items.missed.clone();
    let user = derived.as_ref().and_then(|record| {
        user_of(&connection.value.policy, extensions.get(&record.extension_id), record.kind).cloned()
    });
    let mut pause = connection.value.pause.clone();
    let mut attempted = false;
    for _ in 0..MAX_STEPS {
        let now = deps.clock.now();
        let stored = item.record.delivery.as_ref();
        let (delivery, action) = delivery::next(stored, derived.as_ref(), user.as_ref(), pause.as_ref(), now);
        let until = match (action, &delivery) {
            (Action::Attempt, Some(delivery)) => {
                match deliver::attempt(deps, connection, item, delivery.clone()).await? {
                    Saved::Done(tried) => {
                        pause = begun_pause(&tried, now).or(pause);
                        (item, attempted) = (tried, true);
                    }
                    Saved::Changed(newer) => item = newer,
                }
                continue;
            }
            (Action::WaitUntil(until), _) => Some(until),
            (Action::Rest | Action::Attempt, _) => None,
        };
        let withdrawn = derived.is_none() && delivery.is_some() && stored != delivery.as_ref();
        let reminded = reminded(&item, attempted);
        match rest(deps, item, delivery, until).await? {
            Saved::Done(item) => {
                if withdrawn && until.is_none() {
                    notices::record_withdrawn(deps, connection.value.id).await?;
                }
                if let Some(until) = until.filter(|until| reminded != Some(*until)) {
                    remind(deps, &item, until).await;
                }
                break;
            }
            Saved::Changed(newer) => item = newer,
        }
    }
    Ok(again)
}

/// The pause that an attempt of this run began: the connection at hand was read before it.
fn begun_pause<H: RecordHolder>(item: &H, since: Timestamp) -> Option<Pause> {
    let paused = item.record().delivery.as_ref().is_some_and(|delivery| delivery.paused);
    paused.then_some(Pause { since, reason: PauseReason::CrmRefusedCredentials })
}

/// Stores what a record rests with, unless it says so already.
async fn rest<H: RecordHolder>(
    deps: &CallDeps,
    mut item: H,
    delivery: Option<Delivery>,
    due_at: Option<Timestamp>,
) -> Result<Saved<H>, StoreError> {
    let record = item.record_mut();
    let due_enough = match (record.due_at, due_at) {
        (None, None) => true,
        // The message reminds in time; the index is its second, and may be a lease late.
        (Some(stored), Some(wanted)) => stored >= wanted && stored <= wanted + deps.timing.lease,
        (Some(_), None) | (None, Some(_)) => false,
    };
    if due_enough && record.delivery == delivery {
        return Ok(Saved::Done(item));
    }
    record.delivery = delivery;
    record.due_at = due_at;
    item.save(&deps.store).await
}

/// The time of which somebody has reminded already: whoever stores a wait does. If everybody who looks at a call
/// reminded of each of its waiting records, two of them would double the messages at every look.
fn reminded<H: RecordHolder>(item: &H, attempted: bool) -> Option<Timestamp> {
    item.record().due_at.filter(|_| !attempted)
}

/// Sends a reminder; if the queue fails, the sweep of the index finds the work.
async fn remind<H: RecordHolder>(deps: &CallDeps, item: &H, until: Timestamp) {
    let record = item.record();
    if record.delivery.as_ref().is_some_and(|delivery| delivery.paused) {
        // A pause ends when somebody changes the credentials, and nobody knows when that is.
        return;
    }
    let task = Task::Settle { connection: record.connection, call: record.id.call() };
    if let Err(error) = deps.queue.send(&Reminder { task, not_before: until }, deps.clock.now()).await {
        tracing::warn!({ field::ERROR } = chain(&error), "reminder not sent; the sweep finds the work");
    }
}

const fn book(connection: &Connection) -> Rulebook<'_> {
    Rulebook { connection: connection.id, numbers: &connection.numbers, policy: &connection.policy }
}

/// Who answers for a record: the extension's user, and for a missed call whoever the policy names
/// (`missed_responsible`); a phone's own user answers for his phone.
pub(super) fn user_of<'a>(
    policy: &'a Policy,
    place: Option<&'a Extension>,
    kind: RecordKind,
) -> Option<&'a CrmUserId> {
    let default = policy.default_crm_user.as_ref();
    let own = place.and_then(|place| place.crm_user.as_ref());
    if kind != RecordKind::Missed {
        return own.or(default);
    }
    let is_phone = place.is_some_and(|place| place.listed.kind == ExtensionKind::Phone);
    match policy.missed_responsible {
        MissedResponsible::Queue => own.or(default),
        MissedResponsible::Default | MissedResponsible::Owner if is_phone => own.or(default),
        MissedResponsible::Default | MissedResponsible::Owner => default,
    }
}

/// The extensions whose users a call may need: of what is due, and of the places where it can be missed.
fn extensions_of(items: &CallItems) -> Vec<ExtensionId> {
    let needed = items
        .legs
        .iter()
        .filter(|item| item.record.due_at.is_some() || item.leg.extension.kind != ExtensionKind::Phone);
    let ids = needed.flat_map(|item| [Some(item.leg.extension.id), main_extension(item)]).flatten();
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}

fn main_extension(item: &LegItem) -> Option<ExtensionId> {
    item.leg.events.iter().find_map(|arrived| arrived.event.bundle()).map(|bundle| bundle.extension_id)
}
