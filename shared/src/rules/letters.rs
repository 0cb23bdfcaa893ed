//! Who is told of notices, and when: at once of what stops calls, once a day of the rest, and of each once. A notice that
//! stands is told of once; one that was resolved and raised anew is told of again, but not more than once an hour.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::model::ids::ConnectionId;
use crate::model::notice::{Standing, Urgency};
use crate::model::notify::{Letter, LetterKind, Notify, Reference};

/// Between two letters at once of one cause: a CRM that goes and comes back every few minutes fills no mailbox.
pub const FLOOR: Duration = Duration::from_hours(1);
/// How long whoever is to send a letter has for it; if they die, it is sent again then.
pub const CLAIM: Duration = Duration::from_mins(1);

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Notices whose turn has come, with the moment that it had: told of by a letter or by nobody (`None`), or to be told of
    /// later.
    pub settled: Vec<(Reference, Timestamp, Option<Timestamp>)>,
    /// Letters to be sent now. They stand in the document too, claimed.
    pub send: Vec<Letter>,
}

/// Writes letters of what is due, and claims those whose time has come. Whoever stores the document then is the one to send
/// them.
pub fn plan(id: ConnectionId, notify: &mut Notify, standing: &[Standing], now: Timestamp) -> Plan {
    let mut plan = Plan::default();
    notify.told.retain(|_, told| now < *told + FLOOR);
    let due = standing.iter().filter_map(|one| {
        let due_at = one.due_at.filter(|due_at| *due_at <= now)?;
        Some((one, Reference::of(&one.notice), due_at))
    });
    let mut digest = false;
    for (one, reference, due_at) in due {
        // Nobody is to be told, or a run that died wrote the letter and did not come to settle this.
        if !notify.channels.any() || is_in_letter(notify, &reference) {
            plan.settled.push((reference, due_at, None));
            continue;
        }
        match one.notice.cause.urgency() {
            Urgency::AtOnce => {
                if let Some(told) = notify.told.get(&reference.key) {
                    plan.settled.push((reference, due_at, Some(*told + FLOOR)));
                    continue;
                }
                notify.told.insert(reference.key.clone(), now);
                // A letter of an earlier raising has nothing to tell any more.
                notify.letters.retain(|letter| !is_of(letter, &reference.key));
                notify.letters.push(Letter::new(id, LetterKind::Raised, vec![reference.clone()], now));
                plan.settled.push((reference, due_at, None));
            }
            Urgency::Digest if notify.channels.digest => digest = true,
            Urgency::Digest => plan.settled.push((reference, due_at, None)),
        }
    }
    if digest {
        write_digest(id, notify, standing, now, &mut plan);
    }
    if !notify.channels.any() {
        notify.letters.clear();
    }
    for letter in notify.letters.iter_mut().filter(|letter| letter.next_at <= now) {
        letter.next_at = now + CLAIM;
        plan.send.push(letter.clone());
    }
    plan
}

/// One digest at a time: while the last one is under way, what is new waits for it.
fn write_digest(
    id: ConnectionId,
    notify: &mut Notify,
    standing: &[Standing],
    now: Timestamp,
    plan: &mut Plan,
) {
    let under_way = notify.letters.iter().find(|letter| letter.kind == LetterKind::Digest);
    let under_way = under_way.map(|letter| letter.next_at.max(now + CLAIM));
    let new: Vec<_> = standing
        .iter()
        .filter(|one| one.notice.cause.urgency() == Urgency::Digest)
        .filter_map(|one| Some((Reference::of(&one.notice), one.due_at?)))
        .filter(|(reference, due_at)| {
            !is_in_letter(notify, reference) && (under_way.is_none() || *due_at <= now)
        })
        .collect();
    if under_way.is_none() {
        let named = new.iter().map(|(reference, _)| reference.clone()).collect();
        notify.letters.push(Letter::new(id, LetterKind::Digest, named, now));
    }
    plan.settled.extend(new.into_iter().map(|(reference, due_at)| (reference, due_at, under_way)));
}

fn is_in_letter(notify: &Notify, reference: &Reference) -> bool {
    notify.letters.iter().any(|letter| letter.notices.contains(reference))
}

fn is_of(letter: &Letter, key: &str) -> bool {
    letter.kind == LetterKind::Raised && letter.notices.iter().any(|one| one.key == key)
}
