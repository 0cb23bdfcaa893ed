//! The steps of one attempt: what each learnt is stored under the claim before the next is begun, so that a crash
//! between two repeats none.

use crate::crm::{CrmError, Message, Receipt, Step};
use crate::flow::call::Turn;
use crate::flow::crm_access::OpenCrm;
use crate::flow::deps::CallDeps;
use crate::model::call::CallRecord;
use crate::model::connection::Connection;
use crate::model::delivery::{Claim, Delivery, Progress};
use crate::model::ids::CrmUserId;
use crate::rules::delivery;
use crate::storage::{RecordHolder, Saved, StoreError};

/// Steps that one attempt makes at most; a connector has a handful.
const MOST_STEPS: usize = 12;
/// Tries before a write on a contended item is given up; the sweep finds it.
const MOST_TURNS: usize = 8;

/// A record that this attempt has claimed.
#[derive(Debug)]
pub(super) struct Held<H> {
    pub(super) item: H,
    pub(super) claim: Claim,
    pub(super) delivery: Delivery,
}

/// How the steps ended: the CRM has the record, or no time was left for the next step, or why it failed.
type Ended = Result<Option<Receipt>, CrmError>;

/// Makes the steps that are left; nothing if another attempt took the record over meanwhile.
pub(super) async fn send<H: RecordHolder>(
    deps: &CallDeps,
    turn: Turn,
    connection: &Connection,
    mut held: Held<H>,
) -> Result<Option<(Held<H>, Ended)>, StoreError> {
    let mut crm = match OpenCrm::open(deps.crm(), connection).await? {
        Ok(crm) => crm,
        Err(error) => return Ok(Some((held, Err(error)))),
    };
    let recording = recording_url(deps, connection, &held.delivery.record);
    for _ in 0..MOST_STEPS {
        let delivery = &held.delivery;
        let user = delivery.crm_user.as_ref();
        let told = Message {
            kind: delivery.kind(),
            recording_url: recording.as_deref(),
            perhaps_delivered: delivery::perhaps_delivered(delivery),
            ..message(deps, connection, &delivery.record, user, delivery.revision)
        };
        let progress = match step(&mut crm, &told, &delivery.progress).await? {
            Ok(Step::Done(receipt)) => return Ok(Some((held, Ok(Some(receipt))))),
            Ok(Step::Next(progress)) => progress,
            Err(error) => return Ok(Some((held, Err(error)))),
        };
        let Some(kept) = keep(deps, held, progress).await? else { return Ok(None) };
        held = kept;
        if turn.left(deps.clock.now()) < deps.timing.attempt {
            return Ok(Some((held, Ok(None))));
        }
    }
    Ok(Some((held, Err(CrmError::Settings("the connector makes no progress")))))
}

/// One step, and once more with a new token if the CRM says that it has ended.
async fn step(
    crm: &mut OpenCrm<'_>,
    told: &Message<'_>,
    progress: &Progress,
) -> Result<Result<Step, CrmError>, StoreError> {
    let first = crm.connector.step(crm.access(), told, progress).await;
    if !matches!(first, Err(CrmError::TokenEnded)) {
        return Ok(first);
    }
    if let Err(error) = crm.renew().await? {
        return Ok(Err(error));
    }
    Ok(refused(crm.connector.step(crm.access(), told, progress).await))
}

/// A CRM that takes not even a new token takes none of ours.
fn refused<T>(second: Result<T, CrmError>) -> Result<T, CrmError> {
    second.map_err(|error| if matches!(error, CrmError::TokenEnded) { CrmError::NoConsent } else { error })
}

/// Stores what a step learnt. When events came meanwhile, it is put beside them.
async fn keep<H: RecordHolder>(
    deps: &CallDeps,
    held: Held<H>,
    progress: Progress,
) -> Result<Option<Held<H>>, StoreError> {
    let until = deps.clock.now() + deps.timing.lease;
    let claim = Claim { until, ..held.claim };
    let delivery = delivery::stepped(held.delivery, progress, until);
    let mut item = held.item;
    for _ in 0..MOST_TURNS {
        item.record_mut().due_at = Some(until);
        item.record_mut().delivery = Some(delivery.clone());
        match item.save(&deps.store).await? {
            Saved::Done(item) => return Ok(Some(Held { item, claim, delivery })),
            Saved::Changed(newer) if !is_ours(&newer, &claim) => return Ok(None),
            Saved::Changed(newer) => item = newer,
        }
    }
    Err(StoreError::Contended)
}

/// Tells a CRM what can't be told later, if its kind wants to be told.
pub(super) async fn signal(
    deps: &CallDeps,
    connection: &Connection,
    message: &Message<'_>,
    known: &Progress,
) -> Result<Result<Progress, CrmError>, StoreError> {
    let kind = deps.connectors.of(&connection.crm.kind);
    if kind.is_ok_and(|connector| !connector.about().abilities.signals) {
        return Ok(Ok(Progress::default()));
    }
    let mut crm = match OpenCrm::open(deps.crm(), connection).await? {
        Ok(crm) => crm,
        Err(error) => return Ok(Err(error)),
    };
    let first = crm.connector.signal(crm.access(), message, known).await;
    if !matches!(first, Err(CrmError::TokenEnded)) {
        return Ok(first);
    }
    if let Err(error) = crm.renew().await? {
        return Ok(Err(error));
    }
    Ok(refused(crm.connector.signal(crm.access(), message, known).await))
}

fn recording_url(deps: &CallDeps, connection: &Connection, record: &CallRecord) -> Option<String> {
    let id = record.recording_id.as_ref()?;
    let link = deps.recordings.url(connection.id, record.record_id, record.started_at, id);
    link.map(String::from)
}

pub(super) fn message<'a>(
    deps: &CallDeps,
    connection: &Connection,
    record: &'a CallRecord,
    crm_user: Option<&'a CrmUserId>,
    revision: u32,
) -> Message<'a> {
    Message {
        connection_id: connection.id,
        kind: record.kind,
        record,
        crm_user,
        answered_by: None,
        recording_url: None,
        revision,
        at: deps.clock.now(),
        perhaps_delivered: false,
    }
}

/// Whether an item is still under that claim.
pub(super) fn is_ours<H: RecordHolder>(item: &H, claim: &Claim) -> bool {
    let stored = item.record().delivery.as_ref().and_then(|delivery| delivery.claim.as_ref());
    stored.is_some_and(|stored| stored.id == claim.id)
}
