//! Settling a call as a whole: whether it was missed, what the history made of it, and each of its legs. The same for
//! the event that raises the question, for a reminder, and for the sweep.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;

use crate::clock::Timestamp;
use crate::error::chain;
use crate::flow::call::drive::{self, Driven};
use crate::flow::call::gate::SIDE_BY_SIDE;
use crate::flow::call::{Turn, book, breaker, notices};
use crate::flow::deps::CallDeps;
use crate::model::connection::Connection;
use crate::model::extension::Extension;
use crate::model::ids::{CallId, ConnectionId, CrmUserId, ExtensionId};
use crate::queue::{LONGEST_DELAY, Reminder, Task};
use crate::rules::delivery::Derived;
use crate::rules::sight::{self, Sight};
use crate::rules::whole::Whole;
use crate::rules::{missed, responsible};
use crate::storage::{CallItem, CallItems, LegItem, StoreError};
use crate::telemetry::field;

/// Looks that one turn takes at a call that changes all the while. The sweep finds what is left.
const MAX_LOOKS: usize = 6;

/// Extensions by id, as far as a call needs them.
type Extensions = BTreeMap<ExtensionId, Extension>;

/// Something of a call changed which may change what was decided for it: whoever is deciding now must look again,
/// and so does this turn.
pub(super) async fn again(
    deps: &CallDeps,
    turn: Turn,
    connection: ConnectionId,
    call_id: &CallId,
) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let touched = deps.store.touch(connection, call_id, now + deps.timing.lease, now).await?;
    call(deps, turn, connection, touched.record.id.call()).await
}

/// Settles a call, from all that is stored of it.
pub async fn call(
    deps: &CallDeps,
    turn: Turn,
    connection: ConnectionId,
    call: [u8; 16],
) -> Result<(), StoreError> {
    for _ in 0..MAX_LOOKS {
        // Boxed: it is large, and every caller would carry it.
        match Box::pin(look(deps, turn, connection, call)).await? {
            Looked::Changed => {}
            Looked::Done(next) => {
                if let Some(next) = next {
                    remind(deps, connection, call, next).await;
                }
                return Ok(());
            }
        }
    }
    Ok(())
}

/// What a look came to.
enum Looked {
    /// Everything is where it belongs; the earliest moment at which something is due that nobody reminds of.
    Done(Option<Timestamp>),
    /// Something changed while it was looked at.
    Changed,
}

async fn look(
    deps: &CallDeps,
    turn: Turn,
    connection: ConnectionId,
    call: [u8; 16],
) -> Result<Looked, StoreError> {
    let items = deps.store.call(connection, call).await?;
    for item in &items.unreadable {
        // The rest of the call goes on without it.
        if deps.store.quarantine(item, deps.clock.now()).await? {
            notices::quarantined(deps, connection, &item.problem).await;
        }
    }
    let Some(call_id) = items.call_id().cloned() else { return Ok(Looked::Done(None)) };
    let (connection, extensions) = deps.store.connection_with(connection, &extensions_of(&items)).await?;
    let Some(connection) = connection else {
        // Disconnected meanwhile: nobody wants these records any more.
        return deps.store.delete_call(&items).await.map(|()| Looked::Done(None));
    };
    breaker::remember(deps, turn, &connection.value);
    if let Some(last) = &items.last
        && deps.store.mark_full(connection.value.id, &call_id, last, deps.clock.now()).await?
    {
        notices::call_full(deps, &connection.value, call).await;
    }
    let extensions: Extensions = extensions.into_iter().map(|e| (e.listed.id, e)).collect();
    let users = Users { extensions: &extensions, connection: &connection.value };
    let whole = Whole::read(&call_id, &items.spoken(), items.evidence(), book(&connection.value));
    let mut driven = Vec::new();
    if let Some((item, sight)) = question(deps, &items, &whole, &users) {
        driven.push(drive::drive(deps, turn, &connection, item, &sight).await?);
    }
    let mut legs = legs(deps, &items, &whole, &users);
    notices::ends_unknown(deps, &connection.value, &mut legs).await?;
    // A few side by side, so that a CRM that hangs does not take their number of times its timeout.
    while !legs.is_empty() {
        let some: Vec<_> = legs.drain(..legs.len().min(SIDE_BY_SIDE)).collect();
        let some = some
            .into_iter()
            .map(async |(item, sight)| drive::drive(deps, turn, &connection, item, &sight).await);
        driven.extend(try_join_all(some).await?);
    }
    Ok(looked(&driven))
}

/// One reminder at most for a call and a look: of the earliest that is due, if this look stored any.
fn looked(driven: &[Driven]) -> Looked {
    if driven.iter().any(|one| one.changed) {
        return Looked::Changed;
    }
    let news = driven.iter().any(|one| one.news);
    Looked::Done(driven.iter().filter_map(|one| one.next).min().filter(|_| news))
}

/// The call's missed record, if there is one, or if anything asks whether there should be.
fn question(
    deps: &CallDeps,
    items: &CallItems,
    whole: &Whole<'_>,
    users: &Users<'_>,
) -> Option<(CallItem, Sight)> {
    let now = deps.clock.now();
    let decided = missed::decide(whole, deps.timing.hold, now);
    let item = match &items.call {
        Some(call) if call.is_concerned() => call.clone(),
        _ if matches!(decided, missed::Missed::NoQuestion | missed::Missed::Answered) => return None,
        Some(call) => call.clone(),
        None => CallItem::blank(users.connection.id, whole.call_id()),
    };
    let stored = item.record.delivery.as_ref();
    let mut sight = sight::of_missed(decided, stored, |id| users.of_missed(id));
    sight.recovered = item.evidence.is_some() && item.places.is_empty() && !item.asked;
    Some((item.clone(), keep_old(deps, items, sight, now)))
}

/// Calls expire item by item: what is left of an old one proves nothing against what was told.
fn keep_old(deps: &CallDeps, items: &CallItems, sight: Sight, now: Timestamp) -> Sight {
    let ended = items.call.as_ref().and_then(|call| call.record.delivery.as_ref()?.record.ended_at);
    let expiring = ended.is_some_and(|ended| now.since(ended) + EXPIRING >= deps.store.keep_calls());
    let derived = if expiring && sight.derived == Derived::Withdraw { Derived::Keep } else { sight.derived };
    Sight { derived, ..sight }
}

/// So long before a call's time is up some of its items may be gone already: times of events and of arrivals differ.
const EXPIRING: std::time::Duration = std::time::Duration::from_hours(26);

/// The legs that have something due, or that say something else than was told.
fn legs(deps: &CallDeps, items: &CallItems, whole: &Whole<'_>, users: &Users<'_>) -> Vec<(LegItem, Sight)> {
    let now = deps.clock.now();
    let mut legs = Vec::new();
    for item in items.legs.iter().filter(|item| !item.leg.events().is_empty()) {
        let Some(reading) = whole.reading(&item.leg) else { continue };
        let record = whole.record_of(&item.leg);
        let stored = item.record.delivery.as_ref();
        let hold = deps.timing.hold;
        let sight = sight::of_leg(reading, &record, stored, |id| users.of_leg(id), hold, now);
        let mut item = item.clone();
        item.begun_in_crm(items.call.as_ref());
        legs.push((item, sight));
    }
    for recovered in whole.recovered() {
        let known = items.legs.iter().find(|item| item.record.id == recovered.id).cloned();
        let item = known.unwrap_or_else(|| {
            let (call, leg) = (whole.call_id(), &recovered.leg);
            LegItem::of_history(users.connection.id, call, leg, recovered.extension.clone())
        });
        let stored = item.record.delivery.as_ref();
        let derived = sight::of_record(&recovered.record, stored, |id| users.of_leg(id));
        let events_came = item.leg.events().len() + usize::from(item.record.delivery.is_some()) > 0;
        legs.push((item, Sight::of_history(derived, !events_came)));
    }
    legs
}

/// Sends a reminder; if the queue fails, the sweep of the index finds the work. What is later than a message can
/// wait is the sweep's alone.
pub(super) async fn remind(deps: &CallDeps, connection: ConnectionId, call: [u8; 16], not_before: Timestamp) {
    let now = deps.clock.now();
    if not_before.since(now) > LONGEST_DELAY {
        return;
    }
    let reminder = Reminder { task: Task::Settle { connection, call }, not_before };
    if let Err(error) = deps.queue.send(&reminder, now).await {
        tracing::warn!(
            { field::CONNECTION } = %connection,
            { field::CALL } = hex::encode(call),
            { field::ERROR } = chain(&error),
            "reminder not sent; the sweep finds the work"
        );
    }
}

/// Who answers for what.
struct Users<'a> {
    extensions: &'a Extensions,
    connection: &'a Connection,
}

impl Users<'_> {
    fn own(&self, id: ExtensionId) -> Option<&CrmUserId> {
        self.extensions.get(&id)?.crm_user.as_ref()
    }

    fn of_leg(&self, id: ExtensionId) -> Option<CrmUserId> {
        responsible::of_leg(self.own(id), &self.connection.policy)
    }

    fn of_missed(&self, id: ExtensionId) -> Option<CrmUserId> {
        let kind = self.extensions.get(&id).map(|extension| extension.listed.kind);
        responsible::of_missed(self.own(id), kind, &self.connection.policy)
    }
}

/// The extensions whose users a call may need.
fn extensions_of(items: &CallItems) -> Vec<ExtensionId> {
    let legs = items.legs.iter().map(|item| &item.leg);
    let legs = legs.chain(items.call.iter().flat_map(|call| &call.places));
    let ids = legs.flat_map(|leg| [Some(leg.extension.id), leg.main.as_ref().map(|main| main.id)]);
    let told = items.evidence().into_iter().flat_map(|evidence| &evidence.legs);
    let ids = ids.chain(told.map(|told| told.told.extension_id));
    ids.flatten().collect::<BTreeSet<_>>().into_iter().collect()
}
