//! Being told: notices go out as e-mail and as a signed webhook, by the administrator's choice. Raising a notice only puts it
//! on the index of what is due; a retry run writes the letter and sends it, so that no call ever waits for a mail server. Who
//! stores the connection's document with a letter claimed is the one to send it; if they die, it is sent again under its id.

mod send;
pub mod settings;
pub mod test;
mod words;

use futures_util::future::join_all;

pub use self::send::NotSent;
use self::send::Opened;
use super::deps::SettingsDeps;
use crate::model::ids::ConnectionId;
use crate::model::notify::{Channels, Letter, Notify, Reference};
use crate::rules::letters;
use crate::storage::{Saved, StoreError, Stored};
use crate::telemetry::field;

/// Does what is due of a connection's notices.
pub(super) async fn go_on(deps: &SettingsDeps, id: ConnectionId) -> Result<(), StoreError> {
    let store = &deps.store;
    let open = store.connection(id).await?.is_some_and(|connection| !connection.value.closing);
    let mut stored = store.notify(id).await?;
    let standing = store.standing_notices(id).await?;
    let before = stored.value.clone();
    if !open {
        // Whoever removes it has said so themselves.
        stored.value.channels = Channels::default();
    }
    let plan = letters::plan(id, &mut stored.value, &standing, deps.clock.now());
    if stored.value != before {
        match store.save_notify(id, &stored).await? {
            Saved::Done(saved) => stored = saved,
            // Somebody else goes on with it.
            Saved::Changed(_) => return Ok(()),
        }
    }
    for (reference, due_at, next) in &plan.settled {
        store.settle_notice(id, &reference.key, *due_at, *next).await?;
    }
    if plan.send.is_empty() {
        return Ok(());
    }
    let opened = Opened::of(deps, id, &stored.value.channels);
    // Side by side: a claim is not long enough for several that hang.
    let sent = plan.send.iter().map(async |letter| {
        let notices = letter.notices.iter().filter_map(|reference| {
            standing.iter().map(|one| &one.notice).find(|notice| Reference::of(notice) == *reference)
        });
        opened.letter(deps, id, letter, &notices.collect::<Vec<_>>()).await
    });
    let sent = join_all(sent).await;
    put_back(deps, id, stored, sent).await
}

/// What became of the letters: those that were sent whole, or that nothing is left to tell of, are gone; the others wait for
/// their next attempt, as long as there is one.
async fn put_back(
    deps: &SettingsDeps,
    id: ConnectionId,
    stored: Stored<Notify>,
    sent: Vec<Letter>,
) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let mut left: Vec<Option<Letter>> = Vec::new();
    for mut letter in sent.iter().cloned() {
        if letter.mailed && letter.posted {
            left.push(None);
            continue;
        }
        letter.failures += 1;
        left.push(deps.delay_after(letter.failures).map(|delay| Letter { next_at: now + delay, ..letter }));
    }
    let given_up =
        left.iter().zip(&sent).filter(|(left, sent)| left.is_none() && !(sent.mailed && sent.posted));
    for _ in given_up {
        tracing::error!({ field::CONNECTION } = %id, "nobody could be told of a notice, and the last attempt was used");
    }
    let put = |notify: &mut Notify| {
        for (letter, left) in sent.iter().zip(&left) {
            match left {
                Some(waiting) => {
                    let same = notify.letters.iter_mut().find(|one| one.id == letter.id);
                    if let Some(same) = same {
                        same.clone_from(waiting);
                    }
                }
                None => notify.letters.retain(|one| one.id != letter.id),
            }
        }
    };
    deps.store.update_notify(id, stored, put).await.map(drop)
}
