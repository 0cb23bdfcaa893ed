//! What the records of some days come to: calls by how they ended and by hour, who waits for a call back, who talked how
//! long. A call of several records, such as one that was transferred, is one call.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::model::call::{CallRecord, Direction, Outcome, RecordKind};
use crate::model::ids::{CallId, CrmUserId};
use crate::model::number::PhoneNumber;

/// How a call ended, as far as a day's picture needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// A caller was talked to.
    Answered,
    /// Somebody was called, and talked to.
    Reached,
    /// A caller was not talked to.
    Missed,
    /// Somebody was called in vain.
    NotReached,
}

/// How many ended in each way, in the order of [`Ending`].
pub type Tally = [u64; 4];

/// A caller who was missed and not talked to since.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting<'a> {
    /// Their latest missed call.
    pub record: &'a CallRecord,
    /// Whose it is.
    pub crm_user: Option<&'a CrmUserId>,
    /// How often they tried in vain.
    pub times: u64,
}

/// How long somebody talked, and in how many calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Talk {
    /// Records with talk.
    pub calls: u64,
    /// Seconds.
    pub seconds: u64,
}

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview<'a> {
    /// Calls of today.
    pub today: Tally,
    /// Calls of the whole span.
    pub week: Tally,
    /// Calls of the span by the hour of the day in which they began.
    pub hours: [Tally; 24],
    /// Who waits for a call back, the latest first.
    pub waiting: Vec<Waiting<'a>>,
    /// Missed calls whose number was withheld: nobody can call back.
    pub withheld: u64,
    /// Talk by person, the longest first.
    pub talk: Vec<(Option<&'a CrmUserId>, Talk)>,
}

/// A record, and whose it is.
pub type Owned<'a> = (&'a CallRecord, Option<&'a CrmUserId>);

/// Counts; `today` is when the day began, and `hour` says which hour of the day a moment is in.
pub fn count<'a>(records: &[Owned<'a>], today: Timestamp, hour: impl Fn(Timestamp) -> usize) -> Overview<'a> {
    let mut calls: BTreeMap<&CallId, (Timestamp, Ending)> = BTreeMap::new();
    let mut talk: BTreeMap<Option<&CrmUserId>, Talk> = BTreeMap::new();
    for (record, user) in records {
        let Some(ending) = ending(record) else { continue };
        let call = calls.entry(&record.call_id).or_insert((record.started_at, ending));
        *call = (call.0.min(record.started_at), call.1.min(ending));
        if record.talk_seconds() > 0 {
            let of_user = talk.entry(*user).or_default();
            of_user.calls += 1;
            of_user.seconds += record.talk_seconds();
        }
    }
    let (mut day, mut week, mut hours) = (Tally::default(), Tally::default(), [Tally::default(); 24]);
    for (at, ending) in calls.values() {
        let place = *ending as usize;
        week[place] += 1;
        if *at >= today {
            day[place] += 1;
        }
        if let Some(tally) = hours.get_mut(hour(*at)) {
            tally[place] += 1;
        }
    }
    let mut talk: Vec<_> = talk.into_iter().collect();
    talk.sort_by_key(|(user, talk)| (std::cmp::Reverse(talk.seconds), *user));
    let (waiting, withheld) = waiting(records);
    Overview { today: day, week, hours, waiting, withheld, talk }
}

fn ending(record: &CallRecord) -> Option<Ending> {
    let answered = record.outcome? == Outcome::Answered;
    Some(match (record.direction, answered) {
        (Direction::Inbound, true) => Ending::Answered,
        (Direction::Inbound, false) => Ending::Missed,
        (Direction::Outbound, true) => Ending::Reached,
        (Direction::Outbound, false) => Ending::NotReached,
    })
}

/// Whoever was missed, and neither called again with success nor was called since.
fn waiting<'a>(records: &[Owned<'a>]) -> (Vec<Waiting<'a>>, u64) {
    let mut callers: BTreeMap<String, Waiting<'a>> = BTreeMap::new();
    let mut withheld = 0;
    let mut by_time = records.to_vec();
    by_time.sort_by_key(|(record, _)| record.started_at);
    for (record, crm_user) in by_time {
        let tail = record.external_number.as_ref().map(PhoneNumber::tail).filter(|tail| !tail.is_empty());
        let missed = record.kind == RecordKind::Missed;
        match tail {
            None => withheld += u64::from(missed),
            Some(tail) if missed => {
                let times = callers.get(&tail).map_or(0, |known| known.times) + 1;
                callers.insert(tail, Waiting { record, crm_user, times });
            }
            Some(tail) => {
                let settled =
                    record.direction == Direction::Outbound || ending(record) == Some(Ending::Answered);
                if settled {
                    callers.remove(&tail);
                }
            }
        }
    }
    let mut waiting: Vec<_> = callers.into_values().collect();
    waiting.sort_by_key(|one| std::cmp::Reverse(one.record.started_at));
    (waiting, withheld)
}
