//! A test: one marked telling by each channel, at once, and what came of it.

use std::time::Duration;

use super::send::{NotSent, Opened, Told};
use super::words;
use crate::flow::deps::SettingsDeps;
use crate::model::ids::ConnectionId;
use crate::storage::{Saved, StoreError};

/// Between two tests: addresses are not proved to be the administrator's, and a test must fill nobody's mailbox.
pub const EVERY: Duration = Duration::from_mins(1);
/// How long a person waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why no test was sent.
#[derive(Debug, thiserror::Error)]
pub enum NotTested {
    /// Nobody is to be told.
    #[error("nobody is to be told")]
    Nobody,
    /// One was sent a moment ago.
    #[error("a test was sent a moment ago")]
    TooSoon(Duration),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What came of a test: by each channel, if it is used.
#[derive(Debug)]
pub struct Tested {
    /// By e-mail.
    pub email: Option<Result<(), NotSent>>,
    /// By webhook.
    pub webhook: Option<Result<(), NotSent>>,
}

/// Sends a test.
pub async fn test(deps: &SettingsDeps, id: ConnectionId) -> Result<Tested, NotTested> {
    let now = deps.clock.now();
    let mut stored = deps.store.notify(id).await?;
    if !stored.value.channels.any() {
        return Err(NotTested::Nobody);
    }
    let next = stored.value.tested_at + EVERY;
    if now < next {
        return Err(NotTested::TooSoon(next.since(now)));
    }
    stored.value.tested_at = now;
    // Whoever was quicker has tested.
    let Saved::Done(stored) = deps.store.save_notify(id, &stored).await? else {
        return Err(NotTested::TooSoon(EVERY));
    };
    let opened = Opened::of(deps, id, &stored.value.channels);
    let letter = format!("ntc_test_{}", deps.random_id());
    let told = Told { id: &letter, kind: words::TEST_KIND, notices: &[], more: 0 };
    let slow = |used: bool| used.then_some(Err(NotSent::Slow));
    let mail = async {
        let sent = tokio::time::timeout(PATIENCE, opened.mail(deps, told)).await;
        sent.unwrap_or_else(|_| slow(opened.email.is_some()))
    };
    let post = async {
        let sent = tokio::time::timeout(PATIENCE, opened.post(deps, id, told)).await;
        sent.unwrap_or_else(|_| slow(opened.webhook.is_some()))
    };
    let (email, webhook) = futures_util::future::join(mail, post).await;
    Ok(Tested { email, webhook })
}
