//! Erases what is kept of a person: every call in which their number took part goes, with its events, its records, its
//! attempts and what leads to its recordings. The PBX and the CRM keep their own copies.

use std::time::Duration;

use crate::flow::deps::CallDeps;
use crate::flow::keep;
use crate::model::agent::Agent;
use crate::model::call::{Leg, RecordId};
use crate::model::ids::ConnectionId;
use crate::model::number::PhoneNumber;
use crate::storage::{CallItems, RecordItem, Span, StoreError};

/// A person waits at most this long; the cursor goes on where the time was up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Calls of one look at the log.
const PAGE: i32 = 50;

/// Digits that two spellings of one number share at least: a national and an international one do.
const SHARED_DIGITS: usize = 9;

/// Which list of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Those with a record.
    Logged,
    /// Legs without one.
    Unlogged,
    /// Legs that go on.
    Live,
}

/// Where to go on: a list, and a place in it, from the newest on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which list.
    pub part: Part,
    /// The place, as the list gave it; its beginning, if there is none.
    pub cursor: Option<String>,
}

/// What was erased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Calls.
    pub calls: u32,
    /// Records among them.
    pub records: u32,
    /// Where to go on, if the time was up.
    pub next: Option<Place>,
}

/// A number, whatever its spelling.
#[derive(Clone)]
pub struct Wanted(String);

impl Wanted {
    /// Reads a number; `None` if it has too few digits to be one person's.
    pub fn parse(text: &str) -> Option<Self> {
        let wanted = digits(text);
        (5..=20).contains(&wanted.len()).then_some(Self(wanted))
    }

    /// Whether a text is another spelling of it.
    pub fn is(&self, text: &str) -> bool {
        let other = digits(text);
        let (short, long) = if other.len() < self.0.len() { (&other, &self.0) } else { (&self.0, &other) };
        short == long || (short.len() >= SHARED_DIGITS && long.ends_with(short.as_str()))
    }
}

/// Erases a number from a connection's calls, as far as a person can wait.
pub async fn erase(
    deps: &CallDeps,
    id: ConnectionId,
    wanted: &Wanted,
    from: Option<Place>,
) -> Result<Erased, StoreError> {
    let deadline = deps.clock.now() + PATIENCE;
    let mut erased = Erased::default();
    if from.is_none() {
        forget_agents(deps, id, wanted).await?;
    }
    let mut place = from.unwrap_or(Place { part: Part::Logged, cursor: None });
    loop {
        let (ids, cursor) = page(deps, id, &place).await?;
        for record in ids {
            let call = deps.store.call_of(id, record).await?;
            if !call.is_empty() && takes_part(&call, wanted) {
                let records = records(&call).filter(|record| record.delivery.is_some()).count();
                let (bucket, kept) = (deps.bucket.as_deref(), keep::recorded(&call));
                keep::forget(bucket, id, &kept, deps.clock.now()).await?;
                deps.store.delete_call(&call).await?;
                // A copy that was on its way meanwhile.
                keep::forget(bucket, id, &kept, deps.clock.now()).await?;
                erased.calls += 1;
                erased.records += u32::try_from(records).unwrap_or(u32::MAX);
            }
        }
        place = match (place.part, cursor) {
            (part, Some(cursor)) => Place { part, cursor: Some(cursor) },
            (Part::Logged, None) => Place { part: Part::Unlogged, cursor: None },
            (Part::Unlogged, None) => Place { part: Part::Live, cursor: None },
            (Part::Live, None) => return Ok(erased),
        };
        if deps.clock.now() >= deadline {
            return Ok(Erased { next: Some(place), ..erased });
        }
    }
}

/// Forgets number, name and state of agents who take calls at that number. The PBX lists them still, so the next
/// reading of its list would bring them back: they are to be taken off it first.
async fn forget_agents(deps: &CallDeps, id: ConnectionId, wanted: &Wanted) -> Result<(), StoreError> {
    for agent in deps.store.agents(id).await?.items {
        if agent.value.listed.number.as_ref().is_some_and(|number| wanted.is(number.reveal())) {
            let forget = |agent: &mut Agent| {
                agent.listed.number = None;
                agent.listed.label = None;
                agent.presence = None;
            };
            deps.store.update_agent(id, agent, forget).await?;
        }
    }
    Ok(())
}

async fn page(
    deps: &CallDeps,
    id: ConnectionId,
    place: &Place,
) -> Result<(Vec<RecordId>, Option<String>), StoreError> {
    let (from, to) = (crate::clock::Timestamp::default(), crate::clock::Timestamp::from_micros(i64::MAX));
    let span = Span { from, to, cursor: place.cursor.as_deref(), limit: PAGE };
    Ok(match place.part {
        Part::Logged => {
            let page = deps.store.records(id, span).await?;
            (page.items.into_iter().map(|listed| listed.id).collect(), page.cursor)
        }
        Part::Unlogged => {
            let page = deps.store.unlogged(id, span).await?;
            (page.items, page.cursor)
        }
        Part::Live => {
            let page = deps.store.live(id, span).await?;
            (page.items, page.cursor)
        }
    })
}

fn records(call: &CallItems) -> impl Iterator<Item = &RecordItem> {
    call.legs.iter().map(|leg| &leg.record).chain(call.call.iter().map(|call| &call.record))
}

/// Whether a number is one of a call's parties, by its events, its records or the PBX's history.
fn takes_part(call: &CallItems, wanted: &Wanted) -> bool {
    let places = call.call.iter().flat_map(|call| &call.places);
    let legs = call.legs.iter().map(|item| &item.leg).chain(places);
    let events = legs.flat_map(Leg::events).flat_map(|arrived| arrived.event.raw());
    let mut events = events.filter(|(key, _)| PARTIES.iter().any(|party| key.eq_ignore_ascii_case(party)));
    let told = call.evidence().and_then(|evidence| evidence.caller.as_ref()).map(PhoneNumber::reveal);
    let mut numbers = records(call)
        .filter_map(|record| record.delivery.as_ref()?.record.external_number.as_ref())
        .map(PhoneNumber::reveal)
        .chain(told);
    events.any(|(_, value)| wanted.is(value)) || numbers.any(|number| wanted.is(number))
}

/// Fields of an event that name a party; the number that was dialled into is the customer's own.
const PARTIES: &[&str] =
    &["CallerIDNum", "CallerNum", "CallerIDName", "CalledNumber", "CalledNum", "RemoteNumber"];

/// The digits, without zeros or a plus before them.
fn digits(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').to_owned()
}
