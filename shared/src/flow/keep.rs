//! Recordings are kept in the operator's bucket, for PBXs that delete theirs early. The looks at a connection's history
//! bring it here: the newest first, one at a time, and what is there already is passed by, so that a look that was cut
//! off is simply made again.

use std::time::Duration;

use url::Url;

use crate::bucket::{Bucket, BucketError, Copied, Source};
use crate::clock::Timestamp;
use crate::error::chain;
use crate::flow::call::Turn;
use crate::flow::connection::pbx_access::{AccessError, PbxAccess, Priority};
use crate::flow::deps::{RetryDeps, SettingsDeps};
use crate::model::call::RecordId;
use crate::model::connection::Connection;
use crate::model::delivery::{Delivery, Tells};
use crate::model::ids::ConnectionId;
use crate::storage::{CallItems, Reconciled, Span, StoreError};
use crate::telemetry::field;

/// Each look goes back so far before the one before: calls end, and recordings appear, after they began.
const OVERLAP: Duration = Duration::from_hours(2);
/// What could not be copied for so long is given up.
const PATIENCE: Duration = Duration::from_hours(24);
/// How long one look may take, so that no connection has a hand of the run for itself.
const SHARE: Duration = Duration::from_secs(30);
/// When a look goes on that was cut off there.
const SOON: Duration = Duration::from_mins(5);
/// Recordings that may fail in one look.
const MOST_FAILURES: u32 = 3;
/// Records of one page of the log.
const PAGE: i32 = 50;

/// Copies what is not kept yet of a connection's newer recordings.
pub(super) async fn run(
    deps: &RetryDeps,
    turn: Turn,
    connection: &Connection,
    state: &mut Reconciled,
) -> Result<(), StoreError> {
    let (deps, now) = (&deps.settings, deps.settings.clock.now());
    let Some(bucket) = deps.bucket.as_deref() else { return Ok(()) };
    let oldest = now - PATIENCE;
    let from = state.kept.map_or(oldest, |kept| (kept - OVERLAP).max(oldest));
    let until = turn.deadline.min(now + SHARE);
    let mut look = Look { deps, connection, bucket, until, access: None, failures: 0 };
    let ended = look.look_through(from, now).await;
    let cut = deps.clock.now() >= until;
    if let Some(access) = look.access.take() {
        access.close().await?;
    }
    let whole = ended? && look.failures == 0;
    state.kept = if whole { Some(now) } else { Some(state.kept.unwrap_or(oldest).max(oldest)) };
    if cut {
        state.next_at = state.next_at.min(deps.clock.now() + SOON);
    }
    Ok(())
}

/// One look at a connection's recordings.
struct Look<'a> {
    deps: &'a SettingsDeps,
    connection: &'a Connection,
    bucket: &'a Bucket,
    until: Timestamp,
    access: Option<PbxAccess<'a>>,
    /// What is left for the next look.
    failures: u32,
}

/// Whether it makes sense to go on.
enum Next {
    GoOn,
    Stop,
}

impl Look<'_> {
    /// Answers whether it came to the end.
    async fn look_through(&mut self, from: Timestamp, to: Timestamp) -> Result<bool, StoreError> {
        let (store, id) = (&self.deps.store, self.connection.id);
        let mut cursor: Option<String> = None;
        loop {
            let page = store.records(id, Span { from, to, cursor: cursor.as_deref(), limit: PAGE }).await?;
            for listed in page.items {
                let Some(recording) = recording_of(&listed.delivery) else { continue };
                if self.deps.clock.now() >= self.until {
                    return Ok(false);
                }
                if let Next::Stop = self.keep_one(listed.id, recording).await? {
                    return Ok(false);
                }
            }
            cursor = page.cursor;
            if cursor.is_none() {
                return Ok(true);
            }
        }
    }

    async fn keep_one(&mut self, record: RecordId, recording: &str) -> Result<Next, StoreError> {
        let (bucket, id) = (self.bucket, self.connection.id);
        match bucket.holds(id, record, self.deps.clock.now()).await {
            Ok(true) => return Ok(Next::GoOn),
            Ok(false) => {}
            Err(error) => return Ok(self.note_failure(&error, true)),
        }
        let address = match self.pbx_address(recording).await {
            Ok(Some(address)) => address,
            // Not yet, or no more: within the overlap it is asked for again.
            Ok(None) => return Ok(Next::GoOn),
            Err(AccessError::Store(error)) => return Err(error),
            Err(error) => {
                let meets_all = !matches!(error, AccessError::Request(_));
                return Ok(self.note_failure(&error, meets_all));
            }
        };
        let own = address.origin().ascii_serialization() == self.connection.pbx.origin.as_str();
        let source = if own { Source::Pbx(&address) } else { Source::Elsewhere(&address) };
        match bucket.copy(id, record, source, self.deps.clock.now()).await {
            Ok(Copied::Kept) => self.still_wanted(record).await?,
            Ok(Copied::Gone) => {}
            Ok(Copied::TooLarge) => {
                tracing::warn!({ field::RECORD } = %record, "recording is too large to be kept");
            }
            Err(error) => return Ok(self.note_failure(&error, error.is_of_bucket())),
        }
        Ok(Next::GoOn)
    }

    /// Where the PBX has a recording now.
    async fn pbx_address(&mut self, recording: &str) -> Result<Option<Url>, AccessError> {
        let mut access = match self.access.take() {
            Some(access) => access,
            None => PbxAccess::open(self.deps, self.connection, Priority::Background).await?,
        };
        let asked = access
            .send(|pbx| {
                let recording = recording.to_owned();
                Box::pin(async move { pbx.recording_url(&recording).await })
            })
            .await;
        self.access = Some(access);
        Ok(asked?.and_then(|address| Url::parse(address.reveal()).ok()))
    }

    /// What was erased while it was copied is not kept.
    async fn still_wanted(&self, record: RecordId) -> Result<(), StoreError> {
        let (bucket, id) = (self.bucket, self.connection.id);
        let call = self.deps.store.call_of(id, record).await?;
        if !recorded(&call).contains(&record) {
            bucket.remove(id, record, self.deps.clock.now()).await?;
        }
        Ok(())
    }

    /// One recording that fails leaves the others alone; several end the look, and so does what all would meet.
    fn note_failure(&mut self, error: &(dyn std::error::Error + Sync), meets_all: bool) -> Next {
        tracing::warn!(
            { field::CONNECTION } = %self.connection.id,
            { field::ERROR } = chain(error),
            "recording not kept; the next look tries again"
        );
        self.failures += 1;
        if meets_all || self.failures >= MOST_FAILURES { Next::Stop } else { Next::GoOn }
    }
}

/// The recording of a record that is still true; a CRM that does not answer yet is given the same link later.
fn recording_of(delivery: &Delivery) -> Option<&str> {
    delivery.record.recording_id.as_deref().filter(|id| delivery.tells != Tells::Withdrawal && !id.is_empty())
}

/// Where a browser finds a record's recording in the bucket. A bucket that fails is passed by: the PBX may have it.
pub(super) async fn kept_at(deps: &SettingsDeps, id: ConnectionId, record: RecordId) -> Option<Url> {
    let (bucket, now) = (deps.bucket.as_deref()?, deps.clock.now());
    match bucket.holds(id, record, now).await {
        Ok(kept) => kept.then(|| bucket.address(id, record, now)),
        Err(error) => {
            tracing::warn!(
                { field::ERROR } = chain(&error),
                "the PBX is asked for a recording that may be kept"
            );
            None
        }
    }
}

/// The records of a call of which something may be kept: all that were to be delivered.
pub(super) fn recorded(call: &CallItems) -> Vec<RecordId> {
    let legs = call.legs.iter().map(|leg| &leg.record);
    let records = legs.chain(call.call.iter().map(|call| &call.record));
    records.filter(|record| record.delivery.is_some()).map(|record| record.id).collect()
}

/// The same of the calls that some records belong to; none where nothing is kept.
pub(super) async fn recorded_of(
    deps: &SettingsDeps,
    id: ConnectionId,
    records: &[RecordId],
) -> Result<Vec<RecordId>, StoreError> {
    let mut found = Vec::new();
    for record in records.iter().filter(|_| deps.bucket.is_some()) {
        found.extend(recorded(&deps.store.call_of(id, *record).await?));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Removes what is kept of these records.
pub(super) async fn forget(
    bucket: Option<&Bucket>,
    id: ConnectionId,
    records: &[RecordId],
    now: Timestamp,
) -> Result<(), BucketError> {
    let Some(bucket) = bucket else { return Ok(()) };
    for record in records {
        bucket.remove(id, *record, now).await?;
    }
    Ok(())
}
