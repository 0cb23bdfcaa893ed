//! Whether a connection's CRM works: its users, what it says to the credentials, and a record that is told and taken back,
//! the way that every other one goes.

use std::time::Duration;

use super::crm_account;
use crate::clock::Timestamp;
use crate::crm::{Access, CrmError, CrmUser, Message, Step, Unshared, Withdraws};
use crate::error::{Classified as _, Retryability};
use crate::flow::crm_access::{OpenCrm, Opened};
use crate::flow::deps::SettingsDeps;
use crate::model::call::{CallRecord, Direction, Outcome, RecordId, RecordKind};
use crate::model::connection::{Connection, Policy, UnknownContact};
use crate::model::crm_target::OpenCrmTarget;
use crate::model::delivery::Progress;
use crate::model::ids::{CallId, ExtensionId};

/// The beginning of the test record's call id.
pub const MARK: &str = "ringbridge-test-";
/// Steps that one record may take.
const MOST_STEPS: usize = 12;
/// How long a person waits for the whole of it.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came of trying a CRM.
#[derive(Debug)]
pub enum Checked {
    /// It works; what became of the test record, and what a person should know of it.
    Works(Withdraws, Option<&'static str>),
    /// It does not.
    Fails(CrmError),
    /// It took too long.
    Slow,
}

/// Tries settings before they are stored, where nobody must consent first. A CRM that only fails for the moment refuses
/// nothing: its records wait.
pub(in crate::flow) async fn prove(deps: &SettingsDeps, target: &OpenCrmTarget) -> Result<(), CrmError> {
    let connector = deps.connectors.of(&target.kind)?;
    if connector.consent(target).is_some() {
        return Ok(());
    }
    let access = Access { target, grant: None, policy: &Policy::default(), makers: &Unshared };
    match connector.check(access).await {
        Err(error) if matches!(error.retryability(), Retryability::Permanent) => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The CRM's users.
pub async fn users(deps: &SettingsDeps, connection: &Connection) -> Opened<Vec<CrmUser>> {
    let mut crm = match OpenCrm::open(deps.crm(), connection).await? {
        Ok(crm) => crm,
        Err(error) => return Ok(Err(error)),
    };
    match crm.connector.users(crm.access()).await {
        Err(CrmError::TokenEnded) => match crm.renew().await? {
            Ok(()) => Ok(crm.connector.users(crm.access()).await),
            Err(error) => Ok(Err(error)),
        },
        answer => Ok(answer),
    }
}

/// Tries a connection's CRM.
pub async fn check(
    deps: &SettingsDeps,
    connection: &Connection,
) -> Result<Checked, crate::storage::StoreError> {
    match tokio::time::timeout(PATIENCE, Box::pin(tried(deps, connection))).await {
        Ok(tried) => Ok(tried?.unwrap_or_else(Checked::Fails)),
        Err(_) => Ok(Checked::Slow),
    }
}

async fn tried(deps: &SettingsDeps, connection: &Connection) -> Opened<Checked> {
    let mut crm = match OpenCrm::open(deps.crm(), connection).await? {
        Ok(crm) => crm,
        Err(error) => return Ok(Err(error)),
    };
    match crm.connector.check(crm.access()).await {
        Ok(()) => {}
        Err(CrmError::TokenEnded) => {
            if let Err(error) = crm.renew().await? {
                return Ok(Err(error));
            }
            if let Err(error) = crm.connector.check(crm.access()).await {
                return Ok(Err(error));
            }
        }
        Err(error) => return Ok(Err(error)),
    }
    // Where nobody consents this is the moment at which an address that could not be told before is told.
    if crm.connector.consent(crm.access().target).is_none()
        && let Err(error) = crm_account::subscribe(deps, crm.connector, crm.access(), connection.id).await?
    {
        return Ok(Err(error));
    }
    // No contact is made for a test.
    let policy = Policy { unknown_contact: UnknownContact::Ignore, ..connection.policy.clone() };
    let access = Access { policy: &policy, ..crm.access() };
    let Some(told) = test_record(deps, connection, deps.clock.now()) else {
        return Ok(Err(CrmError::Settings("no test record can be made")));
    };
    let said = match deliver(deps, &crm, access, &told, RecordKind::Ended, Progress::default()).await {
        Ok(said) => said,
        Err(error) => return Ok(Err(error)),
    };
    let (progress, first) = said;
    match deliver(deps, &crm, access, &told, RecordKind::Withdrawn, progress).await {
        Ok((_, last)) => Ok(Ok(Checked::Works(crm.connector.withdraws(crm.access().target), last.or(first)))),
        Err(error) => Ok(Err(error)),
    }
}

/// Brings the test record to the CRM under the next revision of its kind.
async fn deliver(
    deps: &SettingsDeps,
    crm: &OpenCrm<'_>,
    access: Access<'_>,
    record: &CallRecord,
    kind: RecordKind,
    mut progress: Progress,
) -> Result<(Progress, Option<&'static str>), CrmError> {
    progress.done.clear();
    let revision = if kind == RecordKind::Withdrawn { 2 } else { 1 };
    for _ in 0..MOST_STEPS {
        let message = Message {
            connection_id: crm.connection_id(),
            kind,
            record,
            crm_user: None,
            answered_by: None,
            recording_url: None,
            revision,
            at: deps.clock.now(),
            perhaps_delivered: false,
        };
        match crm.connector.step(access, &message, &progress).await? {
            Step::Next(next) => progress = next,
            Step::Done(receipt) => return Ok((receipt.progress, receipt.remark)),
        }
    }
    Err(CrmError::Settings("the CRM takes more steps than a record has"))
}

/// A call that nobody made, with no number in it.
fn test_record(deps: &SettingsDeps, connection: &Connection, now: Timestamp) -> Option<CallRecord> {
    let call_id = CallId::parse(&format!("{MARK}{}", deps.random_id()))?;
    Some(CallRecord {
        record_id: RecordId::of_missed(connection.id, &call_id),
        call_id,
        leg_id: None,
        kind: RecordKind::Ended,
        direction: Direction::Inbound,
        outcome: Some(Outcome::Answered),
        external_number: None,
        internal_number: None,
        extension_id: ExtensionId::new(1)?,
        did: None,
        started_at: now,
        answered_at: Some(now),
        ended_at: Some(now),
        talk_micros: 0,
        recording_id: None,
        via: Vec::new(),
        transferred: false,
    })
}
